"""After the search: one candidate more, a mixture of those that were scored, if dev supports it.

Its rows are its parts' own, in their shares, so the journal has nearly all of them. It is
generated, curated, scored and logged as any candidate, at equal rows, and competes with them in
the finals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.errors import BudgetError, ProposalError
from synthlab.outcomes import Score, Trial
from synthlab.records import Row
from synthlab.search.mixing import choose
from synthlab.workflow.objective import Objective
from synthlab.workflow.plan import Member, Plan

NAME = "mixture"


def mixed(plan: Plan, objective: Objective, trials: Sequence[Trial]) -> Trial | None:
    """The trial of a mixture; None where there is none, and progress is told why.

    Args:
        plan: the run.
        objective: which has scored the trials.
        trials: the search's, best first.

    Raises:
        SynthlabError: what must end the run; a cap that is reached only ends the mixture.
    """
    alike = _alike(objective.members, trials)
    if len(alike) < 2:
        return None
    objective.progress.say("looking for a mixture of candidates")

    def score(rows: Sequence[Row]) -> Score:
        return plan.scorer.score(rows, plan.splits.dev)

    # Where the finals write it afresh, it needs no proof: a chance of being better is enough.
    settings = plan.config.finals
    rope = None if settings.replicates > 1 else settings.rope
    chosen = choose(alike, score, rope, plan.config.seed)
    if not chosen.shares:
        objective.progress.note(f"no mixture: {chosen.why}")
        return None
    changes = {"generator": _section(objective, chosen.shares)}
    why = f"mixes candidates: {chosen.why}"
    try:
        return objective(objective.change(alike[0].candidate, changes, NAME, why))
    except (ProposalError, BudgetError) as exc:
        # What the run was to try has been tried: its finals need no mixture.
        objective.rest(exc.what)
        objective.progress.note(f"no mixture: {exc.what}")
        return None


def _alike(members: Mapping[str, Member], trials: Sequence[Trial]) -> list[Trial]:
    """The best whole trial, and those that one LM, with the same curation, can write with it."""
    whole = [trial for trial in trials if not trial.out and not trial.short]
    if not whole:
        return []
    best = _conditions(members[whole[0].candidate.name])
    return [
        trial
        for trial in whole
        if trial.candidate.generator != NAME and _conditions(members[trial.candidate.name]) == best
    ]


def _conditions(member: Member) -> tuple[Any, ...]:
    """What all parts of a mixture share."""
    config = member.config
    steps = [step.identity for step in member.steps]
    return member.lm, steps, config.budget, config.generator.rows_per_request


def _section(objective: Objective, shares: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The mixture's section of the config; each part brings all its prompts and its source."""
    parts = []
    rows = 1
    for name, share in shares.items():
        member = objective.members[name]
        rows = member.config.generator.rows_per_request
        parts.append(
            {
                "use": member.generator.ref,
                "with": dict(member.candidate.params),
                "prompts": dict(member.make().texts),
                "share": dict(share),
                "name": name,
                "source": member.generator.source or "",
            }
        )
    return {"use": NAME, "with": {"parts": parts}, "rows_per_request": rows}
