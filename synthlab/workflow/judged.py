"""One set of rows from anywhere, judged: its arms, other classifiers, its curve, and sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from synthlab.errors import SynthlabError
from synthlab.report.curves import needed_in_words, worth_in_words
from synthlab.scoring.baselines import RealRows, first_rows
from synthlab.scoring.score import Scorer
from synthlab.statistics.curves import Curve, fit, worth
from synthlab.workflow.curves import Scores, real_curve, synthetic_curve
from synthlab.workflow.exam import (
    BOTH,
    NOISE,
    REAL,
    SYNTHETIC,
    Marks,
    choose_weight,
    difference,
    mixed,
)
from synthlab.workflow.ground import Ground
from synthlab.workflow.rowfiles import RowSet
from synthlab.workflow.verdict import filled

CURVE_ROWS = 1_000
"""Rows a class up to which a curve doubles; the whole set, which is trained on anyway, ends it."""

CURVE_SETS = 5
"""Generations that a curve is drawn through."""


@dataclass(frozen=True)
class Judged:
    """What was found of one set.

    Attributes:
        item: the set.
        marks: of its arms: synthetic rows alone; with real rows, also these alone, and both.
        families: the same arms as other kinds of classifier see them, as plain objects.
        curve: the scores of its first rows, in rising numbers.
        said: what curves say of it.
        notes: what must be known of it besides.
    """

    item: RowSet
    marks: tuple[Marks, ...]
    families: list[dict[str, Any]]
    curve: list[Scores]
    said: list[str]
    notes: list[str]

    @property
    def questions(self) -> list[tuple[Marks, Marks]]:
        """What is compared: the synthetic rows, and both together, with the real rows."""
        return _questions(self.marks)


class Judge:
    """Judges sets on one ground; what is the same for all of them is trained once.

    Args:
        ground: what they are judged on.

    Attributes:
        curve: of real rows alone; empty where there are none to train on.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        pool = RealRows(ground.yardstick, ground.scorer.labels, ground.draws, ground.seed)
        self.curve = real_curve(ground.scorer, pool, ground.sizes, ground.test)
        self._worth = _fitted(self.curve, filled(pool))
        self._real: dict[Scorer, Marks] = {}

    def judge(self, item: RowSet) -> Judged:
        """Train on one set.

        Raises:
            SynthlabError: it cannot be trained on; the message begins with its name.
        """
        try:
            return self._judged(item)
        except SynthlabError as exc:
            raise SynthlabError(f"{item.name}: {exc.what}", exc.fix) from exc

    def _judged(self, item: RowSet) -> Judged:
        ground = self.ground
        weight = 1.0
        if ground.real and ground.halves is not None:
            train, judge = ground.halves
            weight = choose_weight(ground.scorer, ground.weights, train, item.sets, judge)
        marks = self._marks(ground.scorer, item, weight)
        families, notes = [], []
        for name, scorer in ground.others.items():
            seen = self._marks(scorer, item, weight if scorer.takes_weights else 1.0)
            against = _against(marks, seen, ground.rope)
            families.append({"model": name, "arms": [asdict(mark.arm) for mark in seen]})
            families[-1]["against"] = against
            notes += [f"{item.name}: {name} sees {pair} the other way round" for pair in against]
        curve = self._curve(item, marks[0])
        return Judged(item, marks, families, curve, self._said(marks[0], curve), notes)

    def _marks(self, scorer: Scorer, item: RowSet, weight: float) -> tuple[Marks, ...]:
        real, test = self.ground.real, self.ground.test
        alone = Marks(SYNTHETIC, tuple(scorer.score(rows, test) for rows in item.sets))
        if not real:
            return (alone,)
        if scorer not in self._real:
            found = (scorer.score(real, test),)
            self._real[scorer] = Marks(REAL, found, len(real), fixed=True)
        both = tuple(mixed(scorer, real, rows, weight, test) for rows in item.sets)
        return alone, self._real[scorer], Marks(BOTH, both, len(real), weight)

    def _curve(self, item: RowSet, alone: Marks) -> list[Scores]:
        """Of the first rows of each class; empty where a class has none."""
        labels = self.ground.scorer.labels
        counts = [own[label] for own in item.counts() for label in labels]
        if not min(counts):
            return []
        size = min(*counts, CURVE_ROWS)
        sets = [first_rows(rows, size) for rows in item.sets[:CURVE_SETS]]
        found = synthetic_curve(self.ground.scorer, sets, self.ground.test)
        if size < min(counts) == max(counts):
            values = tuple(score.f1 for score in alone.scores)
            found.append(Scores(counts[0], counts[0] * len(labels), values))
        return sorted(found, key=lambda scores: scores.rows)

    def _said(self, alone: Marks, curve: Sequence[Scores]) -> list[str]:
        values = [score.f1 for score in alone.scores]
        said = []
        if self._worth is not None:
            found = worth_in_words(worth(self._worth, values, NOISE), alone.arm.rows)
            said.append(f"{found.capitalize()}.")
        law = _fitted(curve)
        if law is not None:
            goal = min(0.99, math.floor(fmean(values) * 20 + 1) / 20)
            words = needed_in_words(law.needed(goal), None, priced=False)
            said.append(f"With more rows of this kind, {words}.")
        return said


def _questions(marks: Sequence[Marks]) -> list[tuple[Marks, Marks]]:
    if len(marks) == 1:
        return []
    alone, real, both = marks
    return [(alone, real), (both, real)]


def _against(marks: Sequence[Marks], seen: Sequence[Marks], rope: float) -> list[str]:
    """The questions that another classifier answers the other way round, both being sure."""
    found = []
    for (a, b), (c, d) in zip(_questions(marks), _questions(seen), strict=True):
        main, other = difference(a, b, rope), difference(c, d, rope)
        if (main.low > 0 and other.high < 0) or (main.high < 0 and other.low > 0):
            found.append(f"{a.name} - {b.name}")
    return found


def _fitted(scores: Sequence[Scores], pool: int | None = None) -> Curve | None:
    points = {item.rows: item.values for item in scores}
    return fit(points, pool=pool) if len(points) > 1 else None
