"""The contract of a proposer: a scored candidate in, what to change about it out.

A proposer sees findings, prompts and synthetic rows; of real rows only what findings tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from synthlab.outcomes import Trial
from synthlab.search.base import Objective


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of one candidate.

    Attributes:
        changes: values by dotted key of the config, as ``Objective.change`` takes them.
        why: what is meant by it, in one sentence.
    """

    changes: Mapping[str, Any]
    why: str


class Proposer(Protocol):
    """Built-in and user classes alike; ``Params`` are checked by the search that uses it.

    ``propose`` raises ``ProposalError``, which says why, where it has nothing to propose for this
    candidate; None does the same without a reason. It is called in the same order with the same
    numbers whenever a run is repeated, and draws from ``objective.seed`` and ``number`` only.

    A class may name the feedback parts that it cannot do without: ``needs = ("credit",)``. A config
    without them is refused. ``asks`` may say how many questions to the reflection LM a proposal
    takes, for estimates. One that reads nothing of a trial but findings and synthetic rows says
    ``tells_findings_only = True``.
    """

    Params: type[BaseModel]

    def __init__(self, params: Any) -> None: ...

    def propose(self, trial: Trial, objective: Objective, number: int) -> Proposal | None: ...
