"""``grid``: every candidate once, in the order of the config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import Trials


class Grid:
    """Tries what it was given and proposes nothing."""

    class Params(BaseModel):
        """No parameters."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: BaseModel) -> None:
        self.params = params

    def run(self, start: Sequence[Candidate], objective: Trials) -> Iterator[Trial]:
        """Yield a trial for each candidate that made rows of every class."""
        for candidate in start:
            trial = objective(candidate)
            if trial is not None:
                yield trial
