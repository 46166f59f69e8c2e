"""Learning curves on real rows: real rows, synthetic rows, and real ones with synthetic added.

Points only; what is read off a curve (worth, reach) stands in ``statistics/curves.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from synthlab.comparisons import Point
from synthlab.records import Row
from synthlab.scoring.baselines import RealRows, first_rows
from synthlab.scoring.score import Scorer
from synthlab.workflow.exam import Sets, choose_weight, mixed

SMALLEST = 5
"""Rows a class of the first point of a synthetic curve, which then doubles."""


@dataclass(frozen=True)
class Scores:
    """The scores of one size, a draw each."""

    per_class: int
    rows: int
    values: tuple[float, ...]

    @property
    def point(self) -> Point:
        """Mean and standard deviation."""
        values = self.values
        sd = stdev(values) if len(values) > 1 else 0.0
        return Point(self.per_class, self.rows, fmean(values), sd, len(values))


def real_curve(
    scorer: Scorer, pool: RealRows, sizes: Iterable[int], test: Sequence[Row]
) -> list[Scores]:
    """Real rows alone, at each size that every class can fill; nested draws."""
    return [
        _scores(size, [scorer.score(rows, test).f1 for rows in pool.draws(size)], pool)
        for size in sorted(set(sizes))
        if size <= pool.smallest
    ]


def synthetic_curve(scorer: Scorer, sets: Sets, test: Sequence[Row]) -> list[Scores]:
    """The first rows of each class of a generation, doubling; then generations put together."""
    labels = len(scorer.labels)
    whole = min(len(rows) for rows in sets) // labels
    sizes, size = [], min(SMALLEST, whole)
    while size < whole:
        sizes.append(size)
        size *= 2
    found = []
    for size in [*sizes, whole]:
        values = [scorer.score(first_rows(rows, size), test).f1 for rows in sets]
        found.append(Scores(size, size * labels, tuple(values)))
    return found + [_pooled(scorer, sets, many, whole, test) for many in _together(len(sets))]


def both_curve(
    scorer: Scorer,
    pool: RealRows,
    sizes: Sequence[int],
    sets: Sets,
    test: Sequence[Row],
    weights: Sequence[float],
    judge: Sequence[Row],
) -> list[tuple[Scores, float]]:
    """Synthetic rows added to real ones, with the weight that ``judge`` chose at each size.

    A draw of real rows gets one generation of synthetic ones, in turn.
    """
    found = []
    for size in sorted(set(sizes)):
        if size > pool.smallest:
            continue
        draws = pool.draws(size)
        pairs = [(rows, sets[n % len(sets)]) for n, rows in enumerate(draws)]
        weight = _weight(scorer, weights, pairs, judge)
        values = [mixed(scorer, real, made, weight, test).f1 for real, made in pairs]
        found.append((_scores(size, values, pool), weight))
    return found


def _weight(
    scorer: Scorer,
    weights: Sequence[float],
    pairs: Sequence[tuple[Sequence[Row], Sequence[Row]]],
    judge: Sequence[Row],
) -> float:
    """Chosen with the first draw, on rows that this draw does not train on."""
    real, made = pairs[0]
    known = {row.id for row in real}
    apart = [row for row in judge if row.id not in known]
    if len({row.label for row in apart}) < len(scorer.labels):
        return max(weights) if scorer.takes_weights else 1.0
    return choose_weight(scorer, weights, real, [made], apart)


def _scores(size: int, values: Sequence[float], pool: RealRows) -> Scores:
    return Scores(size, size * len(pool.labels), tuple(values))


def _together(count: int) -> list[int]:
    """How many generations are put together: two, and all."""
    return sorted({many for many in (2, count) if 1 < many <= count})


def _pooled(scorer: Scorer, sets: Sets, many: int, whole: int, test: Sequence[Row]) -> Scores:
    groups = [sets[at : at + many] for at in range(0, len(sets) - many + 1, many)]
    values = [
        scorer.score([row for rows in group for row in first_rows(rows, whole)], test).f1
        for group in groups
    ]
    return Scores(whole * many, whole * many * len(scorer.labels), tuple(values))
