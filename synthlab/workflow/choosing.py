"""The ways to choose rows from a pool, some of them by what dev rows teach about each row.

A way takes places of dev rows and gives a set of rows. What the sets are worth is for
``workflow/pool.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.features.space import similarity
from synthlab.outcomes import PoolSet
from synthlab.records import Row
from synthlab.scoring.baselines import RealRows, first_rows
from synthlab.scoring.score import Scorer
from synthlab.statistics.credit import knn_shapley, over_real
from synthlab.statistics.macro import Codes, Floats

DRAWS = 3
"""Random choices that are judged; the first of them is the one that can be taken."""

LEAST, MOST = 0.25, 4.0
"""A row counts at least and at most so many times what it would without credit. On 600 rows of
three prompts for BBC News, other bounds between 0.1 and 4 change macro-F1 on dev by 0.003."""

CELLS = 100_000_000
"""Dev rows times rows of the pool up to which rows get credit: 0.8 GB for each array of them."""

OWN, OWN_WEIGHTS = "the winner's rows of the search", "the winner's rows, weighted by credit"
MINE = (OWN, OWN_WEIGHTS)
ALL, RANDOM, CREDIT = "all", "at random", "by credit"
TWICE, HARMLESS = "by credit, twice as many", "all that credit does not find harmful"
WEIGHTS = "all, weighted by credit"
BY_LABELS = (CREDIT, TWICE, HARMLESS, WEIGHTS)
"""Ways that learn from the labels of dev rows what to take, or what a row counts."""

Places = NDArray[Any]

_SCORE_ONLY = "Rows of the pool got no credit, as real rows may only score."
_LARGE = f"Rows of the pool got no credit: dev rows times rows are more than {CELLS:,}."

Choose = Callable[[Places], PoolSet]
"""Places of dev rows -> the rows that these choose."""


class Chooser:
    """The ways to choose from a pool.

    Args:
        scorer: the classifier, in whose vectors rows are near to each other.
        rows: the pool.
        dev: real rows that give credit.
        per_class: rows of each class in a set of the winner's size.
        seed: of random choices.
        labelled: whether the labels of dev rows may say what is taken.

    Attributes:
        notes: which ways are left out, and why.
    """

    def __init__(
        self,
        scorer: Scorer,
        rows: Sequence[Row],
        dev: Sequence[Row],
        per_class: int,
        seed: int,
        labelled: bool = True,
    ) -> None:
        self.scorer = scorer
        self.rows = tuple(rows)
        self.dev = dev
        self.per_class = per_class
        large = len(self.rows) * len(dev) > CELLS
        self.notes = (*([] if labelled else [_SCORE_ONLY]), *([_LARGE] if large else []))
        self._shuffled = RealRows(rows, scorer.labels, DRAWS, seed)

    @property
    def ways(self) -> dict[str, tuple[Choose, ...]]:
        """By name, the simpler ones first; several where a way is a matter of luck."""
        classes, size = len(self.scorer.labels), self.per_class
        ways: dict[str, tuple[Choose, ...]] = {
            ALL: (lambda _: PoolSet(ALL, self.rows),),
            RANDOM: tuple(partial(self._random, number) for number in range(DRAWS)),
        }
        if self.notes:
            return ways
        ways[CREDIT] = (lambda by: self._top(by, CREDIT, size),)
        if len(self.rows) > size * classes:
            ways[TWICE] = (lambda by: self._top(by, TWICE, 2 * size),)
        ways[HARMLESS] = (self._harmless,)
        if self.scorer.takes_weights:
            ways[WEIGHTS] = (self._weighted,)
        return ways

    def first(self, name: str) -> PoolSet:
        """All rows, those that the first draw of ``name`` takes standing first in their class."""
        if name == CREDIT:
            return self._top(np.arange(len(self.dev)), CREDIT, len(self.rows))
        return PoolSet(name, tuple(self._shuffled.draw(0, len(self.rows))))

    def _random(self, number: int, by: Places) -> PoolSet:
        """A balanced draw."""
        return PoolSet(RANDOM, tuple(self._shuffled.draw(number, self.per_class)))

    def _top(self, by: Places, name: str, per_class: int) -> PoolSet:
        """The rows of each class that help the dev rows ``by`` most, the best first."""
        credit = self._credit(by)
        order = np.argsort(-credit, kind="stable")
        return PoolSet(name, tuple(first_rows([self.rows[place] for place in order], per_class)))

    def _harmless(self, by: Places) -> PoolSet:
        """Every row that is better than a guess; of a class without any, all rows."""
        credit = self._credit(by)
        helped = {row.label for row, own in zip(self.rows, credit, strict=True) if own > 0}
        kept = [
            row
            for row, own in zip(self.rows, credit, strict=True)
            if own > 0 or row.label not in helped
        ]
        return PoolSet(HARMLESS, tuple(kept))

    def _weighted(self, by: Places) -> PoolSet:
        """Every row, counting by its credit; 1 in the mean, so that a penalty means the same."""
        credit = self._credit(by)
        usual = np.abs(credit).mean()
        times = np.clip(credit / usual, LEAST, MOST) if usual > 0 else np.ones(len(credit))
        return PoolSet(WEIGHTS, self.rows, tuple((times / times.mean()).tolist()))

    def _credit(self, by: Places) -> Floats:
        credit, true = self._credits
        return over_real(credit[by], true[by])[0]

    @cached_property
    def _credits(self) -> tuple[Floats, Codes]:
        """Shape (dev rows, rows), and the dev rows' classes.

        The vectors are those of a model of all rows, which saw no dev row: so the credit that one
        half of dev gives knows nothing of the other half.
        """
        places = {label: place for place, label in enumerate(self.scorer.labels)}
        labels = np.array([places[row.label] for row in self.rows])
        true = np.array([places[row.label] for row in self.dev])
        texts = self.scorer.texts
        near = similarity(self.scorer.fit(self.rows), texts(self.rows), texts(self.dev))
        return knn_shapley(near, labels, true, guess=1 / len(places)), true
