"""What a candidate's learning curve promises at more rows: the guard of late bloomers in a race.

Good for ranking candidates a few doublings ahead; it gives no interval and no verdict to report.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_POWER = 0.5
"""Three or four points cannot tell an exponent from a floor, so one of the two must be assumed:
errors that fall with the square root of the rows are the classical rate, and the middle of the
0.1 to 1 that text classifiers show."""


def expected(curve: Sequence[tuple[int, float]], rows: int) -> float:
    """The score to be expected at ``rows``: ``floor - slope / sqrt(n)`` through the last point.

    The slope is a least-squares one with points weighted by their rows (a score's variance falls
    as 1 / n) and never negative, as more rows do not teach less. The line is hung on the last
    point, which has seen every row that the earlier ones have.

    Args:
        curve: (rows a class, score in 0..1), ascending in rows; at least one point.
        rows: rows a class to look ahead to; up to the last point's gives the last point's score.

    Returns:
        A score in 0..1, at least the last point's. A curve of one point promises no more.
    """
    counts, scores = (np.asarray(column, dtype=float) for column in zip(*curve, strict=True))
    ahead = counts[-1] ** -_POWER - max(rows, counts[-1]) ** -_POWER
    x = counts**-_POWER
    x_off, y_off = x - np.average(x, weights=counts), scores - np.average(scores, weights=counts)
    spread = float(counts @ x_off**2)
    slope = -float(counts @ (x_off * y_off)) / spread if spread > 0 else 0.0
    return min(1.0, float(scores[-1] + max(0.0, slope) * ahead))
