"""``hints``: turns findings into topics and words, without an LM."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from synthlab.outcomes import Trial
from synthlab.search.base import Objective
from synthlab.search.proposers.base import Proposal


class Hints:
    """Proposes changes."""

    class Params(BaseModel):
        """No parameters yet."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params) -> None:
        self.params = params

    def propose(self, trial: Trial, objective: Objective, number: int) -> Proposal | None:
        """Nothing."""
        return None
