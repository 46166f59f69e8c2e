"""``grid``: every candidate once, in the order of the config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import SideBySide, Trials, many


class Grid:
    """Tries what it was given and proposes nothing."""

    tells_findings_only = True

    class Params(BaseModel):
        """Nothing but how fast."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        at_once: SideBySide = 1

    def __init__(self, params: Params) -> None:
        self.params = params

    def run(self, start: Sequence[Candidate], objective: Trials) -> Iterator[Trial]:
        """Yield a trial for each candidate that made rows of every class."""
        for _, trial in many(objective, start, None, self.params.at_once):
            if trial is not None:
                yield trial
