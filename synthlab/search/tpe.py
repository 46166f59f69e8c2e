"""``tpe``: random combinations first, then those that their scores speak for.

What is asked of Optuna stands in ``study.py``. In a race, candidates come in batches, and each
batch runs against the best so far, rung by rung.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import Objective, SideBySide, Trials, many
from synthlab.search.extent import Extent, counted
from synthlab.search.raced import Raced, way
from synthlab.search.racing import Racing
from synthlab.search.random import shuffled, spread
from synthlab.search.study import Study


class Tpe:
    """Learns from each score which values of the swept keys to try next."""

    tells_findings_only = True

    class Params(BaseModel):
        """How many, how many of them at random, and whether they race."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        trials: int = Field(30, ge=1, description="combinations that are tried, at most")
        startup: int = Field(10, ge=1, description="so many of them are drawn at random, first")
        racing: Raced = None
        batch: int = Field(4, ge=1, description="in a race, so many run against the best so far")
        at_once: SideBySide = 1

    def __init__(self, params: Params) -> None:
        self.params = params

    def run(self, start: Sequence[Candidate], objective: Objective) -> Iterator[Trial]:
        """Yield a trial for each that was tried, but for those that made no rows of some class."""
        if not start:
            return
        race = self._race(start)
        best = _Best(objective, race.rungs if race else ())
        study = Study(shuffled(start, objective.seed), ordered(start, objective), objective.seed)
        wanted = min(self.params.trials, len(start))
        batch = [study.next() for _ in range(min(self.params.startup, wanted))]
        runs = way(race, self.params.at_once)
        # The best so far holds a place, and the finals' shortlist comes from all batches.
        later = way(race and race.model_copy(update={"keep": 1}), self.params.at_once)
        while batch:
            fresh = {one.name: one for one in batch if one is not None}
            for trial in runs.run([*best.candidates, *fresh.values()], best):
                if trial.candidate.name in fresh:
                    study.tell(fresh.pop(trial.candidate.name), trial)
                    yield trial
            for failed in fresh.values():
                study.tell(failed, None)
            best.settle()
            count = self.params.batch if race else 1
            batch = [study.ask() for _ in range(min(count, wanted - len(study.begun)))]
            runs = later

    def extent(self, start: Sequence[Candidate]) -> Extent:
        """As many as are tried; in a race, whoever comes later may be dropped at the first rung."""
        some = spread(start, self.params.trials)
        notes = counted("tpe", self.params.trials, len(start))
        race = self._race(start)
        if race is None or not some:
            return Extent(len(some), notes=notes)
        first = Racing(race).extent(spread(some, self.params.startup))
        part = first.tried / len(some)
        # The best so far may hold the one place that is certain.
        rest = Racing(race.model_copy(update={"keep": 0})).extent(some).least
        least, most = (share * part for share in (first.least, first.most))
        return Extent(len(some), least + rest * (1 - part), most + 1 - part, notes)

    def _race(self, start: Sequence[Candidate]) -> Racing.Params | None:
        """The race's parameters, with the same rungs for every batch."""
        race = self.params.racing
        return race and race.model_copy(update={"rungs": Racing(race).rungs(start)})


def ordered(start: Sequence[Candidate], objective: Objective) -> set[str]:
    """Swept keys whose values are all numbers, each larger than the one before."""
    values: dict[str, dict[int, Any]] = {}
    for one in start:
        for key, place in one.choices.items():
            if place not in values.setdefault(key, {}):
                values[key][place] = _value(objective.config(one), key)
    return {key for key, found in values.items() if _ascend([found[n] for n in sorted(found)])}


def _value(config: Any, key: str) -> Any:
    for part in key.split("."):
        config = config.get(part) if isinstance(config, dict) else None
    return config


def _ascend(values: Sequence[Any]) -> bool:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return numbers and all(low < high for low, high in itertools.pairwise(values))


class _Best:
    """The objective, which also remembers how the best so far stood at each rung.

    Args:
        objective: that of the search.
        rungs: rows a class that every candidate is scored at on its way.

    Attributes:
        candidates: the best so far, if there is one: to be raced again, at no cost.
    """

    def __init__(self, objective: Trials, rungs: Sequence[int]) -> None:
        self.candidates: list[Candidate] = []
        self._objective = objective
        self._rungs = rungs
        self._stood: dict[str, dict[int | None, Trial]] = {}

    def __call__(self, candidate: Candidate, rows_per_class: int | None = None) -> Trial | None:
        """Its trial; None too where the best so far never stood: it does not compete there."""
        return self.many([candidate], rows_per_class)[0]

    def many(
        self, candidates: Sequence[Candidate], rows_per_class: int | None = None
    ) -> list[Trial | None]:
        """The same of each, with their calls side by side."""
        running = [one for one in candidates if one not in self.candidates]
        # A race that could drop nobody looks at no rung; later ones will want to know.
        for rung in self._rungs:
            waiting = [one for one in running if self._passes(one, rung, rows_per_class)]
            out = self._failed(waiting, rung)
            running = [one for one in running if one.name not in out]
        self._failed(running, rows_per_class)
        return [self._stood.get(one.name, {}).get(rows_per_class) for one in candidates]

    def _passes(self, one: Candidate, rung: int, rows_per_class: int | None) -> bool:
        """Whether it has to be looked at there on its way."""
        most = one.rows_per_class if rows_per_class is None else rows_per_class
        return rung < most and rung not in self._stood.get(one.name, {})

    def _failed(self, candidates: Sequence[Candidate], rows: int | None) -> set[str]:
        """Try them, and give the names of those that come to nothing."""
        failed = set()
        for one, trial in many(self._objective, candidates, rows, max(1, len(candidates))):
            if trial is None:
                failed.add(one.name)
            else:
                self._stood.setdefault(one.name, {})[rows] = trial
        return failed

    def drop(self, candidate: Candidate, reason: str) -> Trial:
        """The best so far has ended already: nothing is logged of it."""
        if candidate in self.candidates:
            return replace(self._stood[candidate.name][None], out=reason)
        return self._objective.drop(candidate, reason)

    def settle(self) -> None:
        """Who is the best now; what the others came to is forgotten."""
        whole = [stood[None] for stood in self._stood.values() if None in stood]
        if whole:
            best = min(whole, key=lambda trial: (bool(trial.short), -trial.score.f1))
            self.candidates = [best.candidate]
            self._stood = {best.candidate.name: self._stood[best.candidate.name]}
