"""``mauve``: one figure of how much of what is written both ways, over clusters of the rows.

MAUVE's own implementation asks GPT-2 for features and faiss for clusters. Here the features are
those of ``spaces.py`` and the clusters scikit-learn's, so that the value is not that of a paper:
it stands beside the value of other real rows, at the same n, and says nothing alone. That of an
LM's text is near 0 whether its rows train a good classifier or a poor one
(``experiments/quality``), so that a low one is to be watched, and never bad.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import auc

from synthlab.features.threads import one_thread
from synthlab.measures import Measure
from synthlab.quality.base import Subject
from synthlab.quality.spaces import InSpace, placed

PART = "mauve"
MOST = 5000
"""Rows of a draw."""
SCALE = 5.0
POINTS = 25
EDGE = 1e-6
"""Constants of the published implementation: scaling, points of the curve, its ends."""
VARIANCE = 0.9
"""Directions that clusters are sought in hold this share of the variance, also as there."""


class Mauve:
    """Measures MAUVE (Pillutla et al., NeurIPS 2021, arXiv 2102.01454; JMLR 2023)."""

    COST: ClassVar[Literal["fast", "slow"]] = "slow"

    class Params(InSpace):
        """In which space."""

    def __init__(self, params: Params) -> None:
        self.params = params

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """One figure.

        Raises:
            Skip: too few rows can be matched, or no two texts share a word.
        """
        with one_thread():
            there = placed(subject, MOST, self.params.space, self.params.path)
            found = [
                sides.both(lambda rows, real: mauve(rows, real, subject.seed))
                for sides in there.sides
            ]
        value, reference = (fmean(pair[side] for pair in found) for side in (0, 1))
        n, drawn = len(there.drawn[0]), len(there.drawn)
        fine = max(0.05, 1 / math.sqrt(n), 2 * (1 - reference))
        return [
            Measure(
                "mauve", PART, value, "near", "0 to 1",
                f"MAUVE is {value:.3f} (1: the same mix of everything as real rows), that of other "
                f"real rows {reference:.3f}",
                "good" if reference - value <= fine else "watch",
                reference, details={"rows": n, "draws": drawn, "clusters": clusters(n)},
            )
        ]  # fmt: skip


def mauve(rows: NDArray[np.float64], real: NDArray[np.float64], seed: int) -> float:
    """MAUVE of rows of shape (n, dimensions), over n / 10 clusters of both sets together."""
    both = np.vstack([rows, real])
    found = PCA(svd_solver="full").fit(both)
    share = np.cumsum(found.explained_variance_ratio_)
    narrow = found.transform(both)[:, : int(np.argmax(share >= VARIANCE)) + 1]
    count = min(clusters(min(len(rows), len(real))), len(np.unique(narrow, axis=0)))
    means = KMeans(count, n_init=2, random_state=seed).fit_predict(narrow)
    sides = (means[: len(rows)], means[len(rows) :])
    p, q = (np.bincount(side, minlength=count) / len(side) for side in sides)
    return of_histograms(p, q)


def clusters(n: int) -> int:
    """How many clusters n rows of a side get."""
    return max(2, round(n / 10))


def of_histograms(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """The area under the divergence curve of two histograms.

    The curve has the points ``(exp(-c KL(q | r)), exp(-c KL(p | r)))`` of the mixtures
    ``r = w p + (1 - w) q``, with its ends on the axes; the mean of the areas seen from each axis,
    as in the package mauve-text 0.4.

    Args:
        p: shares, shape (clusters,), that sum to 1.
        q: the same of the other set.
    """
    curve = [(1.0, 0.0)]
    for weight in np.linspace(EDGE, 1 - EDGE, POINTS):
        mixed = weight * p + (1 - weight) * q
        curve.append((_near(q, mixed), _near(p, mixed)))
    curve.append((0.0, 1.0))
    x, y = np.array(curve).T
    return float((_area(x, y) + _area(y, x)) / 2)


def _near(p: NDArray[np.float64], mixed: NDArray[np.float64]) -> float:
    held = p > 0
    return float(np.exp(-SCALE * np.sum(p[held] * np.log(p[held] / mixed[held]))))


def _area(x: NDArray[np.float64], y: NDArray[np.float64]) -> Any:
    order = np.argsort(x, kind="stable")
    return auc(x[order], y[order])
