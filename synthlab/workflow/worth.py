"""What learning curves say of synthetic rows: their worth in real ones, and what more would reach.

The points are made in ``curves.py``, the fits in ``statistics/curves.py``; here they meet the words
that the finals of a run and ``synthlab score`` both use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from synthlab.report.curves import needed_in_words, worth_in_words
from synthlab.statistics.curves import Curve, fit, worth
from synthlab.statistics.paired import NOISE
from synthlab.workflow.curves import Scores


def fitted(scores: Sequence[Scores], pool: int | None = None) -> Curve | None:
    """The curve through points; None where there are fewer than two sizes.

    Args:
        scores: the points.
        pool: rows of the largest balanced set that all draws come from: draws overlap, and differ
            less than those of fresh rows would. None for rows made for each draw.
    """
    points = {item.rows: item.values for item in scores}
    return fit(points, pool=pool) if len(points) > 1 else None


def worth_said(real: Curve | None, values: Sequence[float], rows: int) -> list[str]:
    """What ``rows`` synthetic rows are worth in real ones; empty without a curve.

    Args:
        real: of real rows, on the same test rows as ``values``.
        values: macro-F1 of each generation; of a single one, ``NOISE`` is assumed.
        rows: synthetic rows of one generation.
    """
    if real is None:
        return []
    return [f"{worth_in_words(worth(real, values, NOISE), rows).capitalize()}."]


def reach_said(
    law: Curve | None,
    values: Sequence[float],
    of: str,
    usd_per_row: float | None = None,
    priced: bool = True,
) -> list[str]:
    """How many rows reach the next step of 0.05 in macro-F1; empty without a curve.

    Args:
        law: of synthetic rows.
        values: macro-F1 of each generation.
        of: what is made more of: "this prompt".
        usd_per_row: None when a price is not known.
        priced: whether money is spoken of.
    """
    if law is None:
        return []
    goal = min(0.99, math.floor(fmean(values) * 20 + 1) / 20)
    words = needed_in_words(law.needed(goal), usd_per_row, priced=priced)
    return [f"With more rows of {of}, {words}."]
