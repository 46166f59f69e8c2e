"""What is ahead of a run and of a candidate, for who watches; see ``workflow/progress.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import fmean

from synthlab.records import Usage
from synthlab.steps import Outlook, Part
from synthlab.workflow.estimate import final_sets
from synthlab.workflow.plan import Member, Plan


def outlook(plan: Plan, expected: Mapping[str, float], paid: Callable[[], Usage]) -> Outlook:
    """What is ahead of a run.

    Args:
        plan: the run.
        expected: what ``Estimate.as_metrics`` says of it.
        paid: what it has paid so far.
    """
    extent = plan.extent
    each = fmean(sum(member.wanted().values()) for member in plan.members)
    made = each * (extent.tried * (extent.least + extent.most) / 2 + final_sets(plan))
    return Outlook(
        plan.config.name,
        extent.tried,
        round(made),
        expected["est_minutes"],
        expected.get("est_usd"),
        plan.config.budget.caps,
        paid,
    )


def part_of(member: Member, target: int, kept: int = 0) -> Part:
    """A candidate's share of the rows that come next.

    Args:
        member: the candidate.
        target: kept rows of each class.
        kept: rows that it has, all classes together.
    """
    candidate, full = member.candidate, member.config.budget.rows_per_class
    rows = sum(member.wanted(target).values())
    return Part(candidate.digest, candidate.name, rows, kept, target, full, candidate.parent)


def target_of(member: Member, rows_per_class: int | None) -> int:
    """Kept rows of each class that are wanted of a candidate: at most, and by default, all."""
    full = member.config.budget.rows_per_class
    return full if rows_per_class is None else min(rows_per_class, full)
