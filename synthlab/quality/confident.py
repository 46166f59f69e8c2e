"""Confident learning: which given labels a model's probabilities speak against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6


def issues(given: NDArray[np.intp], proba: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows that are confidently of another class than the one given.

    Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels"
    (JAIR 2021): the threshold of a class is the mean probability that rows given as that class have
    of it. A row counts for the class above whose threshold it lies, the most probable one of
    several; an issue is one that counts for another class than its own, and that the model would
    call another. cleanlab 2.9 finds the same with ``filter_by="confident_learning"``.

    Args:
        given: shape (rows,): place of each row's class.
        proba: shape (rows, classes): from a model that was not trained on the row.
    """
    places = np.arange(proba.shape[1])
    thresholds = np.array(
        [proba[given == at, at].mean() if (given == at).any() else np.inf for at in places]
    )
    able = proba >= thresholds - ROUNDING
    best = np.where(able, proba, -1.0).argmax(axis=1)
    called = proba.argmax(axis=1)
    return np.asarray(able.any(axis=1) & (best != given) & (called != given))
