"""A candidate and some changed keys -> another candidate, while a search runs.

What a search proposes is checked as the config was: what cannot be run is told to the search
(``ProposalError``) and never becomes a candidate.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from synthlab.config.checked import checked
from synthlab.config.dotted import set_dotted
from synthlab.config.problems import Problems
from synthlab.config.sweep import SWEPT, Variant
from synthlab.errors import ConfigError, ProposalError
from synthlab.workflow.members import check_parts, make_member
from synthlab.workflow.plan import Member, Plan


def derive(
    plan: Plan, parent: Member, changes: Mapping[str, Any], name: str, why: str = ""
) -> Member:
    """A member that is ``parent`` but for ``changes``.

    Args:
        plan: the run.
        parent: of the run.
        changes: values by dotted key of the config; short keys are set first.
        name: unique in the run.
        why: what is meant by it.

    Raises:
        ProposalError: a key that may not vary within a run, or a config that cannot be run.
    """
    data = plain(parent)
    data["generator"]["name"] = name
    problems = Problems(f"'{name}'", {})
    for key, value in sorted(changes.items(), key=lambda pair: pair[0].count(".")):
        if key.split(".")[0] not in SWEPT:
            raise ProposalError(f"'{name}' changes {key}, which cannot vary within a run")
        try:
            set_dotted(data, key, copy.deepcopy(value))
        except ConfigError as exc:
            raise ProposalError(f"'{name}': {exc.what}") from exc
    config = checked(data, problems)
    member = None
    if not problems.found:
        capped = plan.config.budget.usd is not None
        parts = check_parts(Variant(name, config, {}), capped, problems)
        member = make_member(parts, plan.data, problems) if parts else None
    if member is None or problems.found:
        raise ProposalError("; ".join(text for _, _, text in problems.found))
    candidate = replace(member.candidate, parent=parent.candidate.name, why=why)
    return replace(member, candidate=candidate)


def plain(member: Member) -> dict[str, Any]:
    """A member's config as plain data, with every prompt of its generator as a text."""
    data = member.config.model_dump(mode="json", by_alias=True)
    data["generator"]["prompts"] = dict(member.make().texts)
    data.pop("sweep", None)
    return data
