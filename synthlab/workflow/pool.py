"""The pool: every row that the search paid for, and what is chosen from it on dev.

Candidates that lose leave rows behind that may still teach something. The kept rows of all trials,
those of a race's losers included, are put together without near-duplicates, and ways to choose from
them are compared on dev: what one half of it chooses, the other half judges. Nothing is asked of an
LM or of test here; test is asked in ``workflow/poolexam.py``.

Credit is what dev's labels teach, so a part of what it wins could be had without a pool: hence the
winner's own rows with credit as weights are among the ways. (BBC News, five times 200 rows of each
of two prompts, on dev: 0.843 for the better one, 0.867 with credit, 0.880 for both, 0.900 for both
with credit.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.comparisons import PoolMethod
from synthlab.errors import SynthlabError
from synthlab.features.near import NearIndex
from synthlab.features.space import similarity
from synthlab.outcomes import PoolSet, Trial
from synthlab.records import Row
from synthlab.scoring.baselines import RealRows, first_rows
from synthlab.scoring.score import Scorer
from synthlab.statistics.credit import knn_shapley, over_real
from synthlab.statistics.macro import Codes, Floats
from synthlab.workflow.plan import Plan
from synthlab.workflow.realrows import halves

CLOSE = 0.8
"""Jaccard similarity of near-duplicates, as the curation step has it."""

DRAWS = 3
"""Random choices that are judged; the first of them is the one that can be taken."""

LEAST, MOST = 0.25, 4.0
"""A row counts at least and at most so many times what it would without credit. On 600 rows of
three prompts for BBC News, other bounds between 0.1 and 4 change macro-F1 on dev by 0.003."""

OWN, ALL, RANDOM, CREDIT = "the winner's rows of the search", "all", "random", "credit"
TWICE, HARMLESS, WEIGHTS = "credit, twice the size", "without harmful", "credit as weights"

Places = NDArray[Any]
OWN_WEIGHTS = "the winner's, credit as weights"

Choose = Callable[[Places], PoolSet]
"""Places of dev rows -> the rows that these choose."""


@dataclass(frozen=True)
class Pool:
    """What dev made of the rows.

    Attributes:
        rows: all of them.
        candidates: that wrote them.
        methods: as in ``comparisons.PoolFound``.
        same: rows in the winner's number, the most telling of each class first.
        best: the rows, and what each counts, that dev likes best at any size.
    """

    rows: tuple[Row, ...]
    candidates: int
    methods: tuple[PoolMethod, ...]
    same: PoolSet
    best: PoolSet


def pooled(plan: Plan, trials: Sequence[Trial], winner: Trial, per_class: int) -> Pool | None:
    """The pool of a run; None with one candidate, or where dev cannot judge it by halves.

    Args:
        plan: the run.
        trials: of the search, best first: of near-duplicates, the better candidate's row is kept.
        winner: that the finals picked.
        per_class: rows of each class in a set of the winner's size.

    Raises:
        SynthlabError: the classifier cannot read the rows.
    """
    dev = plan.splits.dev
    parts = halves(dev, plan.brief.labels, plan.config.seed)
    if len(trials) < 2 or parts is None:
        return None
    rows = _apart([row for trial in trials for row in trial.curated.kept], plan.splits.field)
    chooser = Chooser(plan.scorer, rows, dev, per_class, plan.config.seed)
    first = {row.id for row in parts[0]}
    mask = np.array([row.id in first for row in dev])
    ways = {**_own(plan, winner, per_class), **chooser.ways}
    scores: dict[str, float] = {}
    for name, draws in ways.items():
        # A classifier may need more rows of a class than a way leaves it.
        with suppress(SynthlabError):
            scores[name] = fmean(_crossed(plan.scorer, dev, mask, way) for way in draws)
    equal = [name for name in (RANDOM, CREDIT) if name in scores]
    if not equal or OWN not in scores:
        return None
    chosen = {name: ways[name][0](np.arange(len(dev))) for name in scores}
    methods = [PoolMethod(name, scores[name], len(chosen[name].rows)) for name in scores]
    # Of equals the first: the simpler one.
    same = max(equal, key=scores.__getitem__)
    best = max((name for name in scores if name != OWN), key=scores.__getitem__)
    return Pool(rows, len(trials), tuple(methods), chosen[same], chosen[best])


def _own(plan: Plan, winner: Trial, per_class: int) -> dict[str, tuple[Choose, ...]]:
    """The winner's rows: as they are, and with credit."""
    kept = winner.curated.kept
    ways: dict[str, tuple[Choose, ...]] = {OWN: (lambda _: PoolSet(OWN, kept),)}
    chooser = Chooser(plan.scorer, kept, plan.splits.dev, per_class, plan.config.seed)
    if WEIGHTS in chooser.ways:
        (weigh,) = chooser.ways[WEIGHTS]
        ways[OWN_WEIGHTS] = (lambda by: replace(weigh(by), method=OWN_WEIGHTS),)
    return ways


class Chooser:
    """The ways to choose from a pool.

    Args:
        scorer: the classifier, in whose vectors rows are near to each other.
        rows: the pool.
        dev: real rows that give credit.
        per_class: rows of each class in a set of the winner's size.
        seed: of random choices.
    """

    def __init__(
        self, scorer: Scorer, rows: Sequence[Row], dev: Sequence[Row], per_class: int, seed: int
    ) -> None:
        self.scorer = scorer
        self.rows = tuple(rows)
        self.dev = dev
        self.per_class = per_class
        self._shuffled = RealRows(rows, scorer.labels, DRAWS, seed)

    @property
    def ways(self) -> dict[str, tuple[Choose, ...]]:
        """By name, the simpler ones first; several where a way is a matter of luck."""
        classes, size = len(self.scorer.labels), self.per_class
        ways: dict[str, tuple[Choose, ...]] = {
            ALL: (lambda _: PoolSet(ALL, self.rows),),
            RANDOM: tuple(partial(self._random, number) for number in range(DRAWS)),
            CREDIT: (lambda by: self._top(by, CREDIT, size),),
        }
        if len(self.rows) > size * classes:
            ways[TWICE] = (lambda by: self._top(by, TWICE, 2 * size),)
        ways[HARMLESS] = (self._harmless,)
        if self.scorer.takes_weights:
            ways[WEIGHTS] = (self._weighted,)
        return ways

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


def _crossed(scorer: Scorer, dev: Sequence[Row], mask: Places, way: Choose) -> float:
    """Macro-F1 of what one half of dev chooses on the other half, the mean of both ways round."""
    values = []
    for judge in (mask, ~mask):
        chosen = way(np.flatnonzero(~judge))
        real = [dev[place] for place in np.flatnonzero(judge).tolist()]
        values.append(scorer.score(chosen.rows, real, chosen.weights or None).f1)
    return fmean(values)


def _apart(rows: Sequence[Row], field: str) -> tuple[Row, ...]:
    """The rows without those that nearly say what an earlier one says."""
    index, kept = NearIndex(CLOSE), []
    for row in rows:
        text = str(row.values[field])
        if index.match(text) is None:
            index.add(row.id, text)
            kept.append(row)
    return tuple(kept)
