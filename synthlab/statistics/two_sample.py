"""Are two sets of rows from one source? Permutation tests that see rows as numbers only.

Under the null the rows of both sets are exchangeable within a class, so a statistic is held against
its values when the set labels are shuffled within classes (Good 2005, "Permutation, Parametric and
Bootstrap Tests of Hypotheses"). The classifier test is that of Lopez-Paz and Oquab (2017,
"Revisiting Classifier Two-Sample Tests") with a kernel ridge classifier: its leave-one-out scores
have a closed form that is linear in the labels (Rifkin and Lippert 2007, "Notes on Regularized
Least Squares"), so a thousand shuffles cost one matrix product, and the null is that of the very
figure which is reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tested:
    """A statistic beside its null.

    Attributes:
        value: the statistic.
        low: 2.5% point of its null.
        high: 97.5% point.
        mean: of its null.
        p: chance of a value at least as far from the null's mean.
    """

    value: float
    low: float
    high: float
    mean: float
    p: float


def shuffled(new: NDArray[np.bool_], strata: Sequence[str], draws: int, seed: int) -> Floats:
    """``draws`` shuffles of ``new`` within strata, as columns of 0 and 1; the first is ``new``.

    Args:
        new: which rows are of the second set.
        strata: the class of each row.
        draws: how many.
        seed: of the shuffles.
    """
    rng = np.random.default_rng(seed)
    made = np.tile(new.astype(float)[:, None], (1, draws + 1))
    classes = np.array(strata)
    for label in sorted(set(strata)):
        places = np.flatnonzero(classes == label)
        made[places, 1:] = rng.permuted(made[places, 1:], axis=0)
    return made


def separation(kernel: Floats, groups: Floats, ridge: float = 1.0) -> Tested:
    """AUC of a leave-one-out classifier that tells the second set from the first.

    Leaving one out pushes the AUC of equal sets a little below 0.5; so does it the null's.

    Args:
        kernel: (n, n), of rows of length 1.
        groups: (n, 1 + draws), as ``shuffled`` gives them.
        ridge: strength of the penalty.
    """
    fitted, hat = _ridge(kernel, ridge)
    scores = _left_out(fitted, hat, 2 * groups - 1)
    ranks = stats.rankdata(scores, axis=0)
    ones = groups.sum(axis=0)
    auc = ((ranks * groups).sum(axis=0) - ones * (ones + 1) / 2) / (ones * (len(groups) - ones))
    # One-sided: sets that are less alike than chance cannot be told apart worse than chance.
    return _tested(auc, one_sided=True)


def agreement(kernel: Floats, labels: Sequence[str], new: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a classifier that learnt the first set's classes gives each row its own class.

    Rows of the first set are judged by a classifier without them.
    """
    names = sorted(set(labels))
    target = np.array([[1.0 if label == name else -1.0 for name in names] for label in labels])
    old = ~new
    inner = kernel[np.ix_(old, old)]
    fitted, hat = _ridge(inner, 1.0)
    scores = np.empty_like(target)
    scores[old] = _left_out(fitted, hat, target[old])
    mean = target[old].mean(axis=0)
    dual = np.linalg.solve(_centred(inner) + np.eye(len(inner)), target[old] - mean)
    across = kernel[np.ix_(new, old)]
    scores[new] = mean + _centred_across(across, inner) @ dual
    right: NDArray[np.bool_] = np.array(names)[scores.argmax(axis=1)] == np.array(labels)
    return right


def mean_gap(values: Floats, groups: Floats) -> Tested:
    """Mean of the second set minus that of the first."""
    ones = groups.sum(axis=0)
    total = values @ groups
    return _tested(total / ones - (values.sum() - total) / (len(values) - ones))


def distinct_gap(runs: Sequence[NDArray[np.int64]], groups: Floats, most: int = 200) -> Tested:
    """Share of distinct runs in the second set minus that in the first, at equal numbers of runs.

    Li et al. (2016, "A Diversity-Promoting Objective Function for Neural Conversation Models"); the
    share falls with the number of runs, so both sets are cut to as many.

    Args:
        runs: of each row, its runs of two words as numbers.
        groups: as ``shuffled`` gives them.
        most: shuffles that are used of them; their null is taken as normal.
    """
    gaps = []
    for column in groups.T[: most + 1].astype(bool):
        new = np.concatenate([run for run, is_new in zip(runs, column, strict=True) if is_new])
        old = np.concatenate([run for run, is_new in zip(runs, column, strict=True) if not is_new])
        size = max(1, min(len(new), len(old)))
        gaps.append((len(np.unique(new[:size])) - len(np.unique(old[:size]))) / size)
    return _tested(np.array(gaps), normal=True)


def share_p(hits: tuple[int, int], trials: tuple[int, int]) -> float:
    """Fisher's exact test: the chance of two shares at least as different, if they are equal."""
    table = [[hits[0], trials[0] - hits[0]], [hits[1], trials[1] - hits[1]]]
    return float(stats.fisher_exact(table).pvalue)


def _tested(found: Floats, one_sided: bool = False, normal: bool = False) -> Tested:
    value, null = float(found[0]), found[1:]
    mean, spread = float(null.mean()), float(null.std())
    low, high = (float(point) for point in np.quantile(null, [0.025, 0.975]))
    off, offs = value - mean, null - mean
    if normal:
        z = abs(off) / spread if spread > 0 else (0.0 if off == 0 else math.inf)
        p = 2 * float(stats.norm.sf(z))
    elif one_sided:
        p = float((1 + (offs >= off).sum()) / (1 + len(null)))
    else:
        p = float((1 + (abs(offs) >= abs(off)).sum()) / (1 + len(null)))
    return Tested(value, low, high, mean, p)


def _ridge(kernel: Floats, ridge: float) -> tuple[Floats, Floats]:
    """The matrix from labels to fitted values of ridge with an intercept, and its diagonal."""
    n = len(kernel)
    centred = _centred(kernel)
    smooth = np.linalg.solve(centred + ridge * np.eye(n), centred)
    fitted = smooth - smooth.mean(axis=1, keepdims=True) + 1 / n
    return fitted, np.diag(fitted).copy()


def _left_out(fitted: Floats, hat: Floats, target: Floats) -> Floats:
    own = hat[:, None]
    scores: Floats = (fitted @ target - own * target) / (1 - own)
    return scores


def _centred(kernel: Floats) -> Floats:
    across = kernel - kernel.mean(axis=0, keepdims=True)
    centred: Floats = across - across.mean(axis=1, keepdims=True)
    return centred


def _centred_across(across: Floats, inner: Floats) -> Floats:
    """The kernel between other rows and those of ``inner``, both about the mean of ``inner``."""
    own = across - across.mean(axis=1, keepdims=True)
    centred: Floats = own - inner.mean(axis=0)[None, :] + inner.mean()
    return centred
