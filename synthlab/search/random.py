"""``random``: some of the combinations, drawn without replacement; a race among them if wanted.

Of many swept values only a few matter, and a random draw tries another value of each of them every
time, where a grid repeats itself (Bergstra and Bengio 2012).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import Objective, SideBySide
from synthlab.search.extent import Extent, counted, extent_of
from synthlab.search.raced import Raced, way


class RandomSearch:
    """Tries candidates in a random order, and stops after so many."""

    tells_findings_only = True

    class Params(BaseModel):
        """How many, and whether they race."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        trials: int = Field(20, ge=1, description="combinations that are tried, at most")
        racing: Raced = None
        at_once: SideBySide = 1

    def __init__(self, params: Params) -> None:
        self.params = params
        self._way = way(params.racing, params.at_once)

    def run(self, start: Sequence[Candidate], objective: Objective) -> Iterator[Trial]:
        """Yield a trial for each that was drawn, but for those that made no rows of some class."""
        chosen = shuffled(start, objective.seed)[: self.params.trials]
        yield from self._way.run(chosen, objective)

    def extent(self, start: Sequence[Candidate]) -> Extent:
        """As many as are drawn, and what a race makes of them."""
        some = spread(start, self.params.trials)
        notes = counted("random", self.params.trials, len(start))
        return replace(extent_of(self._way, some), notes=notes)


def shuffled(start: Sequence[Candidate], seed: int) -> list[Candidate]:
    """A random order; the first of it stay the first when more of them are wanted."""
    order = list(start)
    random.Random(f"order of candidates {seed}").shuffle(order)
    return order


def spread(start: Sequence[Candidate], count: int) -> list[Candidate]:
    """At most ``count`` of them at equal distances: what any ``count`` of them may be like."""
    count = min(count, len(start))
    return [start[place * len(start) // count] for place in range(count)]
