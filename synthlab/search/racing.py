"""``racing``: all candidates make a few rows, the better part goes on to more.

Successive halving (Karnin et al. 2013; Jamieson and Talwalkar 2016) on rungs of rows a class. Rows
kept at one rung are kept at the next, so that a race never costs more than the full grid. Who is
dropped is decided on dev scores of single generations: the race makes a shortlist, it proves
nothing; that is for fresh generations of those who finish. Fewer rows than a quarter say more about
the luck of a generation than about a prompt (``experiments/honest-comparison``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydantic import BaseModel, ConfigDict, Field, field_validator

from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import SideBySide, Trials, many
from synthlab.search.extent import Extent
from synthlab.search.outlook import expected
from synthlab.statistics.paired import contrast

_DRAWS = 500  # an end that moves by a tenth of a standard error changes no drop that matters


@dataclass(frozen=True)
class _Runner:
    """A candidate as it stands at a rung; ``expected`` is its outlook at its full number."""

    trial: Trial
    expected: float

    @property
    def name(self) -> str:
        return self.trial.candidate.name

    @property
    def full(self) -> int:
        return self.trial.candidate.rows_per_class

    @property
    def f1(self) -> float:
        return self.trial.score.f1

    @property
    def standing(self) -> float:
        """Half-way between what is seen and what is promised: a slope is noisier than a score."""
        return (self.f1 + self.expected) / 2

    @property
    def so_far(self) -> str:
        return f"at {self.trial.rows_per_class} rows a class {self.f1:.2f}"

    @property
    def ahead(self) -> str:
        return f"about {self.expected:.2f} to be expected at {self.full}"


class Racing:
    """Drops at each rung of rows the candidates that are not worth more of them."""

    tells_findings_only = True

    class Params(BaseModel):
        """When to look, and how many go on."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        rungs: tuple[int, ...] = Field(
            (), description="rows a class to look at; empty: a quarter and half of the most"
        )
        eta: float = Field(2, gt=1, description="one of so many goes on at each rung")
        keep: int = Field(3, ge=1, description="so many go on in any case: the finals' shortlist")
        noise: float = Field(
            0.03, ge=0, description="sd of macro-F1 assumed between generations of one candidate"
        )
        at_once: SideBySide = 1

        @field_validator("rungs")
        @classmethod
        def _ascend(cls, rungs: tuple[int, ...]) -> tuple[int, ...]:
            if any(low >= high for low, high in zip((0, *rungs), rungs, strict=False)):
                raise ValueError("give rungs from low to high, each 1 or more")
            return rungs

    def __init__(self, params: Params) -> None:
        self.params = params

    def run(self, start: Sequence[Candidate], objective: Trials) -> Iterator[Trial]:
        """Yield each trial when it has its full number of rows or is dropped.

        Candidates with fewer rows than a rung finish there; they can be the leader, and take a
        place among those who go on. Without a full number nothing can be looked ahead to, so a
        candidate with ``rows_per_class`` 0 finishes at the first rung.
        """
        running, finished = list(start), list[Trial]()
        for rung in self.rungs(start):
            if len(running) + len(finished) <= self.params.keep:
                break  # nobody could be dropped
            there: list[Trial] = []
            for candidate, trial in self._at(rung, running, objective):
                if trial is None:
                    continue
                goes_on = rung < candidate.rows_per_class
                (there if goes_on else finished).append(trial)
                if not goes_on:
                    yield trial
            out = self._out(there, finished)
            for trial in there:
                if trial.candidate.name in out:
                    yield objective.drop(trial.candidate, out[trial.candidate.name])
            running = [trial.candidate for trial in there if trial.candidate.name not in out]
        for _, trial in many(objective, running, None, self.params.at_once):
            if trial is not None:
                yield trial

    def _at(
        self, rung: int, running: Sequence[Candidate], objective: Trials
    ) -> Iterator[tuple[Candidate, Trial | None]]:
        """Each with its trial at a rung, or at its full number where that is not more."""
        for goes_on, alike in groupby(running, lambda one: rung < one.rows_per_class):
            rows = rung if goes_on else None
            yield from many(objective, list(alike), rows, self.params.at_once)

    def extent(self, start: Sequence[Candidate]) -> Extent:
        """The rows that are made when each rung drops as few as it can, and as many."""
        whole = sum(candidate.rows_per_class for candidate in start)
        least, most = self._rows(start, few=True), self._rows(start, few=False)
        return Extent(len(start), least / whole, most / whole) if whole else Extent(len(start))

    def _rows(self, start: Sequence[Candidate], few: bool) -> int:
        """Rows a class over all candidates; ``few``: only those go on who do in any case."""
        keep, eta, made, rows = self.params.keep, self.params.eta, 0, 0
        running = sorted((c.rows_per_class for c in start), reverse=not few)
        finished = 0
        for rung in self.rungs(start):
            if len(running) + finished <= keep:
                break
            rows += sum(min(full, rung) - made for full in running)
            there = [full for full in running if full > rung]
            finished += len(running) - len(there)
            places = max(keep, math.ceil((len(there) + finished) / eta))
            running, made = there[: max(0, keep - finished) if few else places], rung
        return rows + sum(full - made for full in running)

    def rungs(self, start: Sequence[Candidate]) -> tuple[int, ...]:
        """Rows a class to look at, ascending; all below the largest full number."""
        full = max((candidate.rows_per_class for candidate in start), default=0)
        given = self.params.rungs or (round(full / 4), round(full / 2))
        return tuple(sorted({max(1, rung) for rung in given if rung < full}))

    def _out(self, there: Sequence[Trial], finished: Sequence[Trial]) -> dict[str, str]:
        """Names of those who stay behind, with the reason; ``finished`` ones only compete."""
        runners = [_Runner(trial, _outlook(trial)) for trial in (*there, *finished)]
        # Short sets come last, as on the leaderboard; ties keep the order of the config.
        ranked = sorted(runners, key=lambda one: (bool(one.trial.short), -one.standing))
        if not ranked:
            return {}
        leader = min(runners, key=lambda one: (bool(one.trial.short), -one.f1))
        places = max(self.params.keep, math.ceil(len(ranked) / self.params.eta))
        racing = {trial.candidate.name for trial in there}
        out: dict[str, str] = {}
        for place, one in enumerate(ranked, start=1):
            if one.name not in racing or place <= self.params.keep:
                continue
            reason = self._behind(one, leader)
            if not reason and place > places:
                reason = (
                    f"{one.so_far}; {one.ahead}: place {place} of {len(ranked)}, {places} go on"
                )
            if reason:
                out[one.name] = reason
        return out

    def _behind(self, one: _Runner, leader: _Runner) -> str:
        """Why it cannot be expected to reach the leader; empty if it can."""
        if one is leader or one.expected >= leader.expected:
            return ""
        mine, best = one.trial.score, leader.trial.score
        found = contrast(
            (one.name, leader.name),
            mine.true,
            mine.called,
            best.called,
            len(mine.labels),
            noise=self.params.noise,
            draws=_DRAWS,
        )
        if found.high >= 0:
            return ""
        under = f"{-found.high:.2f} to {-found.low:.2f} under {leader.name} ({leader.f1:.2f})"
        return f"{one.so_far}, {under}; {one.ahead}"


def _outlook(trial: Trial) -> float:
    curve = trial.curve or ((max(1, trial.rows_per_class), trial.score.f1),)
    return expected(curve, trial.candidate.rows_per_class)
