"""Figures of how far vectors lie apart: Vendi score, mean cosines within and between sets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def vendi(vectors: Any) -> float:
    """The Vendi score: how many different rows there are, in effect (Friedman and Dieng 2023).

    ``exp(-sum(l * log(l)))`` over the eigenvalues ``l`` of the rows' cosines over their number. It
    is 1 where all rows are the same and their number where no two have anything in common.

    Args:
        vectors: shape (rows, dimensions), of length 1; dense or sparse. The smaller of the two Gram
            matrices is used, which have the same eigenvalues but for zeros.
    """
    rows, dimensions = vectors.shape
    gram = vectors @ vectors.T if rows <= dimensions else vectors.T @ vectors
    dense = np.asarray(gram.toarray() if sparse.issparse(gram) else gram, dtype=np.float64)
    values: NDArray[np.float64] = np.linalg.eigvalsh(dense / rows)
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def within(vectors: Any) -> float:
    """Mean cosine of two different rows, 0 of fewer than two: ``(|sum x|^2 - n) / (n (n - 1))``.

    AttrPrompt's average pairwise similarity (Yu et al. 2023).
    """
    rows = vectors.shape[0]
    if rows < 2:
        return 0.0
    total = np.asarray(vectors.sum(axis=0), dtype=np.float64).ravel()
    own = vectors.multiply(vectors).sum() if sparse.issparse(vectors) else (vectors**2).sum()
    return float((total @ total - own) / (rows * (rows - 1)))


def between(groups: list[Any]) -> float:
    """Mean cosine of two rows of different groups, each pair of groups counting the same."""
    means = [np.asarray(group.mean(axis=0), dtype=np.float64).ravel() for group in groups]
    pairs = [a @ b for place, a in enumerate(means) for b in means[:place]]
    return float(np.mean(pairs)) if pairs else 0.0


def to_others(groups: list[Any]) -> list[float]:
    """Mean cosine of a row of each group and one of another, each other group counting the same."""
    means = [np.asarray(group.mean(axis=0), dtype=np.float64).ravel() for group in groups]
    if len(means) < 2:
        return [0.0] * len(means)
    return [
        float(np.mean([a @ b for there, b in enumerate(means) if there != place]))
        for place, a in enumerate(means)
    ]
