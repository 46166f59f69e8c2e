"""Learning curves on real rows: real rows, synthetic rows, and real ones with synthetic added.

Points only; what is read off a curve (worth, reach) stands in ``statistics/curves.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import fmean, stdev

from synthlab.comparisons import Point
from synthlab.errors import SynthlabError
from synthlab.records import Row
from synthlab.scoring.baselines import RealRows, first_rows
from synthlab.scoring.score import Scorer
from synthlab.workflow.exam import Sets, choose_weight, mixed

SMALLEST = 5
"""Rows a class of the first point of a synthetic curve, which then doubles."""


@dataclass(frozen=True)
class Scores:
    """The scores of one size, a draw each; ``weight`` as in ``Point``."""

    per_class: int
    rows: int
    values: tuple[float, ...]
    weight: float = 1.0

    @property
    def point(self) -> Point:
        """Mean and standard deviation."""
        values = self.values
        sd = stdev(values) if len(values) > 1 else 0.0
        return Point(self.per_class, self.rows, fmean(values), sd, len(values), self.weight)


def real_curve(
    scorer: Scorer, pool: RealRows, sizes: Iterable[int], test: Sequence[Row]
) -> list[Scores]:
    """Real rows alone, at each size that every class can fill; nested draws.

    A size that the classifier cannot be trained on is left out, here and below.
    """
    classes = len(pool.labels)
    return _each(
        scorer, test, [(size, size * classes, pool.draws(size)) for size in _fitting(pool, sizes)]
    )


def synthetic_curve(scorer: Scorer, sets: Sets, test: Sequence[Row]) -> list[Scores]:
    """The first rows of each class of a generation, doubling; then generations put together."""
    classes = len(scorer.labels)
    whole = max(1, min(len(rows) for rows in sets) // classes)
    sizes, size = [], min(SMALLEST, whole)
    while size < whole:
        sizes.append(size)
        size *= 2
    parts = [(size, [first_rows(rows, size) for rows in sets]) for size in [*sizes, whole]]
    parts += [(whole * many, _pooled(sets, many, whole)) for many in _together(len(sets))]
    return _each(scorer, test, [(size, size * classes, groups) for size, groups in parts])


def both_curve(
    scorer: Scorer,
    pool: RealRows,
    sizes: Iterable[int],
    sets: Sets,
    test: Sequence[Row],
    weights: Sequence[float],
    judge: Sequence[Row],
) -> list[Scores]:
    """Synthetic rows added to real ones, with the weight that ``judge`` chose at each size.

    A draw of real rows gets one generation of synthetic ones, in turn.
    """
    found = []
    for size in _fitting(pool, sizes):
        pairs = [(rows, sets[n % len(sets)]) for n, rows in enumerate(pool.draws(size))]
        with suppress(SynthlabError):
            weight = _weight(scorer, weights, pairs, judge)
            values = [mixed(scorer, real, made, weight, test).f1 for real, made in pairs]
            found.append(Scores(size, size * len(pool.labels), tuple(values), weight))
    return found


def _each(
    scorer: Scorer, test: Sequence[Row], parts: Sequence[tuple[int, int, Sequence[Sequence[Row]]]]
) -> list[Scores]:
    found = []
    for size, rows, groups in parts:
        with suppress(SynthlabError):
            values = tuple(scorer.score(group, test).f1 for group in groups)
            found.append(Scores(size, rows, values))
    return found


def _fitting(pool: RealRows, sizes: Iterable[int]) -> list[int]:
    return [size for size in sorted(set(sizes)) if size <= pool.smallest]


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
    return choose_weight(scorer, weights, real, apart, [made])


def _together(count: int) -> list[int]:
    """How many generations are put together: two, and all."""
    return sorted({many for many in (2, count) if 1 < many <= count})


def _pooled(sets: Sets, many: int, whole: int) -> list[list[Row]]:
    """Each so many generations in turn, as one set."""
    groups = [sets[at : at + many] for at in range(0, len(sets) - many + 1, many)]
    return [[row for rows in group for row in first_rows(rows, whole)] for group in groups]
