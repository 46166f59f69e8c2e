"""How far two sets of vectors are apart: maximum mean discrepancy and Fréchet distance."""

from __future__ import annotations

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
    n = len(one)
    kernel = _kernel(np.vstack([one, two]))
    rng = np.random.default_rng(seed)
    sides = np.empty((2 * n, PERMUTATIONS + 1))
    sides[:, 0] = np.repeat([1.0, 0.0], n)
    both = np.concatenate([strata, strata])
    groups = [np.flatnonzero(both == label) for label in np.unique(strata)]
    for turn in range(1, PERMUTATIONS + 1):
        for group in groups:
            sides[group, turn] = rng.permutation(sides[group, 0])
    values = _statistic(kernel, sides, n)
    as_far = int((values >= values[0] - 1e-12).sum())
    return Mmd(float(values[0]), as_far / (PERMUTATIONS + 1))


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
