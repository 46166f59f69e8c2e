"""Candidates that have been scored -> shares of a mixture of them, chosen on dev, or none.

A mixture is a bag of candidates for each class, as in ensemble selection from libraries of models
(Caruana et al., ICML 2004): bags begin with the best candidate and take in, with repetition, who
lifts the score most. What is scored is the classifier fitted on the bags' rows, at equal rows a
class.

So many choices on one dev set find luck, too. So the choice is made on each half of dev and judged
on the other (cross-fitting), and only where this beats the best candidate is the choice on all of
dev given. The luck of the one generation whose rows are mixed stays in: it is for the finals.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.outcomes import Score, Trial
from synthlab.records import Row
from synthlab.statistics.halves import halves
from synthlab.statistics.paired import contrast
from synthlab.statistics.turns import cycle, turn_of

PLACES = 5
"""Candidates that are looked at, the best ones: more of them are more luck than gain."""

LEAST, LEAST_OF_CLASS = 100, 4
"""Dev rows without which no half can judge: in all, and of each class."""

SWEEPS = 2
"""Times that each class is looked at."""

WORK, FITS = 30_000, (8, 100)
"""Rows that one choice trains on in all, and the classifiers that these give, at least and most."""

_TIE = 1e-9

Shares = tuple[tuple[int, ...], ...]
"""For each class, in the labels' order, how often each candidate is in its bag."""


@dataclass(frozen=True)
class Chosen:
    """What came of it.

    Attributes:
        shares: by candidate's name, then by class, relative to each other; empty: no mixture.
        gain: macro-F1 over the best candidate, each row judged by the choice of the other half.
        why: in one sentence.
    """

    shares: Mapping[str, Mapping[str, int]]
    gain: float
    why: str


def choose(
    trials: Sequence[Trial], score: Callable[[Sequence[Row]], Score], rope: float | None, seed: int
) -> Chosen:
    """Shares of the mixture that dev supports.

    Args:
        trials: whole ones with all their rows, of equally many rows a class; the best one first.
        score: fits the classifier on rows and judges it on dev, in the order of the trials' scores.
        rope: macro-F1 by which a mixture may be better and still count as equal; it must also gain
            more than the standard error. None: fresh generations will judge it, any gain will do.
        seed: of the halves.

    Raises:
        SynthlabError: what ``score`` raised.
    """
    if len(trials) < 2:
        return Chosen({}, 0.0, "there are no two candidates to mix")
    dev = Counter(trials[0].score.true.tolist())
    classes = len(trials[0].score.labels)
    if dev.total() < LEAST or len(dev) < classes or min(dev.values()) < LEAST_OF_CLASS:
        return Chosen({}, 0.0, f"{dev.total()} dev rows cannot choose a mixture and judge it")
    return _Mixer(trials[:PLACES], score).choose(rope, seed)


def fits(per_class: int, classes: int) -> int:
    """Classifiers that one choice may train on sets of so many rows; there are three choices."""
    return min(max(WORK // (per_class * classes), FITS[0]), FITS[1])


class _Mixer:
    """Bags and what they score; a bag is fitted once for all choices."""

    def __init__(self, trials: Sequence[Trial], score: Callable[[Sequence[Row]], Score]) -> None:
        self.trials = trials
        self.labels = trials[0].score.labels
        self.true = trials[0].score.true
        self.rows = [_by_class(trial) for trial in trials]
        self.each = trials[0].rows_per_class
        self.asked = trials[0].asked
        self.fits = fits(self.each, len(self.labels))
        self._score = score
        self._known: dict[Shares, NDArray[np.int16]] = {
            self.alone(place): trial.score.called for place, trial in enumerate(trials)
        }

    def choose(self, rope: float | None, seed: int) -> Chosen:
        """See ``choose``."""
        first, second = halves(self.true, seed)
        called = self.called(self.alone(0)).copy()
        for half, other in ((first, second), (second, first)):
            called[other] = self.called(self.best(half))[other]
        names = ("mixture", self.trials[0].candidate.name)
        found = contrast(names, self.true, called, self.trials[0].score.called, len(self.labels))
        said = f"{found.value:+.3f} over {names[1]} on the halves of dev that did not choose it"
        if found.value <= (0 if rope is None else max(rope, found.se)):
            return Chosen({}, found.value, f"{said} (se {found.se:.3f}) is too little")
        shares = self.best(np.arange(len(self.true)))
        if shares == self.alone(0):
            return Chosen({}, found.value, f"on all of dev no mixture beats {names[1]}")
        return Chosen(self._named(shares), found.value, said)

    def best(self, rows: NDArray[Any]) -> Shares:
        """The bags that score highest on some dev rows."""
        climb = _Climb(self, rows)
        climb.step([self.alone(place) for place in range(len(self.trials))])
        climb.step([self._winners(rows)])
        while climb.step(self._added(climb.best)):
            pass
        for _ in range(SWEEPS):
            for label in np.argsort(self.f1s(climb.best, rows), kind="stable"):
                climb.step(self._changed(climb.best, int(label)))
        return climb.best

    def known(self, shares: Shares) -> bool:
        """Whether asking costs nothing."""
        return shares in self._known

    def called(self, shares: Shares) -> NDArray[np.int16]:
        """What the classifier that is fitted on these bags' rows calls each dev row."""
        if shares not in self._known:
            self._known[shares] = self._score(self._mixed(shares)).called
        return self._known[shares]

    def f1s(self, shares: Shares, rows: NDArray[Any]) -> NDArray[np.float64]:
        """F1 of each class on some dev rows; their mean is macro-F1."""
        true, called = self.true[rows], self.called(shares)[rows]
        codes = np.arange(len(self.labels))[:, None]
        both = ((true == codes) & (called == codes)).sum(axis=1)
        total = (true == codes).sum(axis=1) + (called == codes).sum(axis=1)
        return np.asarray(2 * both / np.maximum(total, 1), dtype=np.float64)

    def alone(self, place: int) -> Shares:
        """One candidate in every bag."""
        return (self._only(place),) * len(self.labels)

    def _only(self, place: int) -> tuple[int, ...]:
        return tuple(int(other == place) for other in range(len(self.trials)))

    def _winners(self, rows: NDArray[Any]) -> Shares:
        """In each class's bag the candidate with the highest F1 of that class."""
        found = [self.f1s(self.alone(place), rows) for place in range(len(self.trials))]
        return tuple(self._only(int(place)) for place in np.argmax(found, axis=0))

    def _added(self, shares: Shares) -> Iterator[Shares]:
        """One candidate more in all bags."""
        for place in range(len(self.trials)):
            yield tuple(_with(bag, place) for bag in shares)

    def _changed(self, shares: Shares, label: int) -> Iterator[Shares]:
        """One candidate more in one class's bag, or alone in it."""
        for place in range(len(self.trials)):
            for bag in (_with(shares[label], place), self._only(place)):
                yield (*shares[:label], bag, *shares[label + 1 :])

    def _mixed(self, shares: Shares) -> list[Row]:
        """Rows in the turns in which a generator would write them."""
        mixed = []
        for label, bag in zip(self.labels, shares, strict=True):
            turns = cycle(tuple(map(float, bag)))
            for number in range(self.asked[label]):
                place, own = turn_of(turns, number)
                mixed.append(self.rows[place][label][own])
        return mixed

    def _named(self, shares: Shares) -> dict[str, dict[str, int]]:
        by_label = dict(zip(self.labels, shares, strict=True))
        return {
            trial.candidate.name: {label: bag[place] for label, bag in by_label.items()}
            for place, trial in enumerate(self.trials)
            if any(bag[place] for bag in shares)
        }


class _Climb:
    """Steps uphill until the classifiers of one choice are used up."""

    def __init__(self, mixer: _Mixer, rows: NDArray[Any]) -> None:
        self.best = mixer.alone(0)
        self._mixer = mixer
        self._rows = rows
        self._left = mixer.fits

    def step(self, options: Iterable[Shares]) -> bool:
        """Go to the best option, if it is better than where we are; a tie changes nothing."""
        before = self.best
        for option in options:
            if not self._mixer.known(option):
                if not self._left:
                    continue
                self._left -= 1
            if self._value(option) > self._value(self.best) + _TIE:
                self.best = option
        return self.best != before

    def _value(self, shares: Shares) -> float:
        return float(self._mixer.f1s(shares, self._rows).mean())


def _with(bag: tuple[int, ...], place: int) -> tuple[int, ...]:
    more = [count + (other == place) for other, count in enumerate(bag)]
    common = math.gcd(*more)
    return tuple(count // common for count in more)


def _by_class(trial: Trial) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {label: [] for label in trial.score.labels}
    for row in trial.curated.kept:
        rows[row.label].append(row)
    return rows
