"""Can a linear model tell the rows apart, and by which words: the classifier two-sample test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

FOLDS = 5
SHARED = 5
"""Rows that must hold a word before it is told, so that it is no single row's."""
SHARE = 0.01
"""And the least share of rows."""
TIMES = 1.5
"""And how many times the other side's share this must be."""


@dataclass(frozen=True, slots=True)
class Telltale:
    """A word, or pair of words, by which rows of one side are known.

    Attributes:
        word: in lower case.
        own: share of rows of its side that hold it.
        other: share of rows of the other side.
    """

    word: str
    own: float
    other: float


def auc(one: Any, two: Any, seed: int) -> float:
    """Area under the ROC curve of a model that tells rows of ``one`` from those of ``two``.

    The classifier two-sample test of Lopez-Paz and Oquab ("Revisiting Classifier Two-Sample Tests",
    ICLR 2017) with the AUC in place of the accuracy: logistic regression, the mean over 5 folds of
    rows that it was not trained on. 0.5: it cannot tell. Below that, rows repeat rows of the other
    side: each is taken for what its twin is.

    Args:
        one: features of shape (rows, columns).
        two: the same of other rows.
        seed: of the folds.
    """
    features, side = _joined(one, two)
    folds = StratifiedKFold(min(FOLDS, one.shape[0], two.shape[0]), shuffle=True, random_state=seed)
    found = []
    for train, test in folds.split(side, side):
        model = _fitted(features[train], side[train])
        found.append(roc_auc_score(side[test], model.decision_function(features[test])))
    return float(np.mean(found))


def telltales(
    one: Any, two: Any, names: NDArray[Any], most: int
) -> tuple[list[Telltale], list[Telltale]]:
    """Terms that give rows of ``one`` away, and terms of ``two`` that ``one`` lacks.

    Ordered by what they add to the distance between the sides: coefficient times the difference of
    the mean weights. A term is told only if 5 rows of its side and 1% of them hold it, and
    half as many again as of the other side, in shares.

    Args:
        one: features of shape (rows, terms).
        two: the same of other rows.
        names: the terms.
        most: of each list.
    """
    features, side = _joined(one, two)
    model = _fitted(features, side)
    gap = np.asarray(one.mean(axis=0)).ravel() - np.asarray(two.mean(axis=0)).ravel()
    moved = model.coef_[0] * gap
    rows = [np.asarray((part != 0).sum(axis=0)).ravel() for part in (one, two)]
    counts = [part.shape[0] for part in (one, two)]
    lists = []
    for place, toward in ((0, gap > 0), (1, gap < 0)):
        least = max(SHARED, SHARE * counts[place])
        shares = [rows[at] / counts[at] for at in (place, 1 - place)]
        enough = (rows[place] >= least) & (shares[0] >= TIMES * shares[1])
        able = np.flatnonzero(toward & enough & (moved > 0))
        order = able[np.argsort(-moved[able], kind="stable")]
        lists.append(_listed(order, names, shares, most))
    return lists[0], lists[1]


def _listed(
    order: NDArray[np.intp], names: NDArray[Any], shares: list[NDArray[np.float64]], most: int
) -> list[Telltale]:
    """The first terms none of whose words another of them has said already."""
    told: list[Telltale] = []
    said: set[str] = set()
    for at in order:
        if len(told) == most:
            break
        parts = set(str(names[at]).split())
        if not parts & said:
            told.append(Telltale(str(names[at]), float(shares[0][at]), float(shares[1][at])))
            said |= parts
    return told


def _joined(one: Any, two: Any) -> tuple[Any, NDArray[np.int8]]:
    from scipy.sparse import vstack

    side = np.repeat(np.array([1, 0], dtype=np.int8), [one.shape[0], two.shape[0]])
    return vstack([one, two]).tocsr(), side


def _fitted(features: Any, side: NDArray[np.int8]) -> Any:
    return LogisticRegression(C=10.0, max_iter=1000).fit(features, side)
