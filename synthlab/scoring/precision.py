"""Average precision: the area under the precision-recall curve, which judges rare classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def average_precision(true: NDArray[Any], score: NDArray[Any]) -> float | None:
    """``sum((R_n - R_{n-1}) P_n)`` over the thresholds, as scikit-learn's.

    A coin has the share of the class, not 0.5.

    Args:
        true: shape (rows,), bool: whether a row is of the class.
        score: shape (rows,): the higher, the more the model takes it to be.

    Returns:
        0..1; None where no row is of the class.
    """
    if not true.any():
        return None
    order = np.argsort(-score, kind="stable")
    hits, ranked = np.cumsum(true[order]), score[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # equals share a threshold
    precision = hits[ends] / (ends + 1)
    recall = hits[ends] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))
