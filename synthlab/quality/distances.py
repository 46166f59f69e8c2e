"""How far two sets of vectors are apart: maximum mean discrepancy and Fréchet distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]

PERMUTATIONS = 200


@dataclass(frozen=True, slots=True)
class Mmd:
    """A squared maximum mean discrepancy.

    Attributes:
        value: the unbiased estimate; about 0, also below it, for two samples of the same thing.
        p: share of permutations, the given one included, that are as far apart or farther.
    """

    value: float
    p: float


@dataclass(frozen=True, slots=True)
class ClassMmd:
    """A squared maximum mean discrepancy of each class.

    Attributes:
        values: the unbiased estimate, by class.
        ps: by class, corrected for the number of classes; the least of them is the p value of
            "every class lies where its real rows lie".
    """

    values: Mapping[str, float]
    ps: Mapping[str, float]


def mmd2(one: Vectors, two: Vectors, strata: NDArray[np.str_], seed: int) -> Mmd:
    """Squared MMD with an RBF kernel of the median distance (Gretton et al., JMLR 2012, eq. 3).

    ``MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y)`` over different rows, with
    ``k(x, y) = exp(-|x - y|^2 / (2 s^2))`` and ``s`` the median distance of all rows. The p value
    is that of 200 permutations of the two sides within each class.

    Args:
        one: shape (n, dimensions).
        two: the same shape; row by row of the same class.
        strata: shape (n,): the classes.
        seed: of the permutations.
    """
    values = _permuted(one, two, strata, np.random.default_rng(seed))
    return Mmd(float(values[0]), _share(values, values[0]))


def mmd2_by_class(one: Vectors, two: Vectors, strata: NDArray[np.str_], seed: int) -> ClassMmd:
    """Squared MMD of each class with its own kernel, and p values that hold for all together.

    Both sides can lie in the same places as a whole while their labels are wrong. The p values are
    those of the largest statistic over classes, each in units of its permutations' spread
    (Westfall and Young, "Resampling-Based Multiple Testing", 1993: single-step maxT).

    Args:
        one: shape (n, dimensions).
        two: the same shape; row by row of the same class.
        strata: shape (n,): the classes, two rows of each or more.
        seed: of the permutations.
    """
    rng = np.random.default_rng(seed)
    labels = [str(label) for label in np.unique(strata)]
    found = []
    for label in labels:
        at = strata == label
        found.append(_permuted(one[at], two[at], strata[at], rng))
    values = np.array(found)
    spread = values.std(axis=1, keepdims=True)
    apart = (values - values.mean(axis=1, keepdims=True)) / np.where(spread > 1e-12, spread, 1.0)
    largest = apart.max(axis=0)
    return ClassMmd(
        {label: float(own[0]) for label, own in zip(labels, values, strict=True)},
        {label: _share(largest, own[0]) for label, own in zip(labels, apart, strict=True)},
    )


def frechet(one: Vectors, two: Vectors) -> float:
    """Squared Fréchet distance of two Gaussians with these means and covariances.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``: Dowson and Landau (1982), as Heusel et al.
    ("GANs Trained by a Two Time-Scale Update Rule", 2017) use it. It falls as rows grow more: hold
    only values at equal n against each other, with ten rows or more a dimension.
    """
    c1, c2 = (np.atleast_2d(np.cov(part, rowvar=False)) for part in (one, two))
    values, vectors = np.linalg.eigh(c1)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    # tr (C1 C2)^(1/2) = tr (C1^(1/2) C2 C1^(1/2))^(1/2), of a symmetric matrix.
    between = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ c2 @ root), 0)).sum()
    gap = one.mean(axis=0) - two.mean(axis=0)
    return float(max(0.0, gap @ gap + np.trace(c1) + np.trace(c2) - 2 * between))


def _permuted(
    one: Vectors, two: Vectors, strata: NDArray[np.str_], rng: np.random.Generator
) -> Vectors:
    """The statistic as given, then of each permutation within classes: shape (turns + 1,)."""
    n = len(one)
    kernel = _kernel(np.vstack([one, two]))
    sides = np.empty((2 * n, PERMUTATIONS + 1))
    sides[:, 0] = np.repeat([1.0, 0.0], n)
    both = np.concatenate([strata, strata])
    groups = [np.flatnonzero(both == label) for label in np.unique(strata)]
    for turn in range(1, PERMUTATIONS + 1):
        for group in groups:
            sides[group, turn] = rng.permutation(sides[group, 0])
    return _statistic(kernel, sides, n)


def _share(values: Vectors, own: float) -> float:
    """Share of values, ``own`` being one of them, that are as large or larger."""
    return float((values >= own - 1e-12).mean())


def _kernel(rows: Vectors) -> Vectors:
    """The kernel of all pairs, with 0 for a row and itself."""
    sums = (rows**2).sum(axis=1)
    squared = np.maximum(sums[:, None] + sums[None, :] - 2 * (rows @ rows.T), 0.0)
    middle = float(np.median(squared[np.triu_indices(len(rows), 1)]))
    found = np.exp(-squared / (2 * middle)) if middle > 0 else (squared <= 1e-12).astype(float)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)


def _statistic(kernel: Vectors, sides: Vectors, n: int) -> Vectors:
    """The statistic of each column of ``sides``, which has ``n`` ones and ``n`` zeros."""
    summed = kernel @ sides
    mine = (sides * summed).sum(axis=0)
    across = summed.sum(axis=0) - mine
    theirs = kernel.sum() - mine - 2 * across
    return np.asarray((mine + theirs) / (n * (n - 1)) - 2 * across / (n * n))
