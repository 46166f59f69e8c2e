"""How far the points of a learning curve may lie from where fresh rows would put them.

Draws of n rows out of one pool of N overlap: two of them share a part f = n / N of their rows, and
so of what those rows do to the score. Scores of J draws then scatter less than scores of fresh
rows, whose variance is V, and their mean is less sure than the scatter says:

    E[s**2] = V * (1 - f)        Var(mean) = V * (1 / J + (1 - 1 / J) * f)

as for the overlapping training sets of Nadeau and Bengio, "Inference for the Generalization
Error", Machine Learning 52, 2003; exact for a score that is a sum over its rows, and too wide
rather than too narrow otherwise. Sizes share rows as well, as the 5 rows of a draw are the first of
its 10: their means move up and down together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthlab.errors import DataError
from synthlab.statistics.powerlaw import Floats

USUAL = 0.15
"""Standard deviation over draws as a share of the error, where no size has two draws.

Of BBC News: 0.04 of 0.34 at 2 real rows a class, 0.01 of 0.06 at 20.
"""

BORROWED = 4.0
"""Degrees of freedom that each size's variance borrows from all sizes."""

WHOLE = 0.9
"""Draws of this part of the pool or more are the same rows nearly: their scatter says nothing."""

LEAST = 1e-3
"""No score is surer than this: one row of a thousand."""


@dataclass(frozen=True, eq=False)
class Points:
    """Mean errors of several numbers of rows.

    Attributes:
        sizes: numbers of rows, rising, shape (m,).
        errors: 1 - mean macro-F1, shape (m,).
        ses: standard errors of the means, shape (m,).
        df: degrees of freedom that the noise is known with.
        together: correlations of the means, shape (m, m).
    """

    sizes: Floats
    errors: Floats
    ses: Floats
    df: float
    together: Floats

    def widened(self, times: float) -> Points:
        """The same points with larger standard errors."""
        return replace(self, ses=self.ses * times)


def measured(scores: Mapping[int, Sequence[float]], pool: int | None = None) -> Points:
    """The means and their noise.

    A variance of a few draws says little, so each is moderated (Smyth, 2004): a mean of its own,
    with its degrees of freedom, and of ``(k * error)**2`` with ``BORROWED`` more, where k is pooled
    over all sizes. Draws scatter less where errors are fewer, which is why k is a share.

    Args:
        scores: macro-F1 of each draw of rows, by the number of rows.
        pool: rows that all draws come from, nested over sizes; None for rows that were fresh.

    Raises:
        DataError: on fewer than two sizes, a size without a score, a score outside 0..1, or a size
            above the pool.
    """
    sizes = sorted(scores)
    if len(sizes) < 2:
        raise DataError(f"a learning curve through {len(sizes)} size", "score two sizes or more")
    for size in sizes:
        _check(size, scores[size])
    if pool is not None and sizes[-1] > pool:
        raise DataError(f"{sizes[-1]} rows of a pool of {pool}", "count all rows of the pool")
    counts = np.array([len(scores[size]) for size in sizes], dtype=np.float64)
    errors = np.array([1 - np.mean(scores[size]) for size in sizes])
    own = np.array([np.var(scores[size], ddof=1) if len(scores[size]) > 1 else 0 for size in sizes])
    rows = np.array(sizes, dtype=np.float64)
    part = rows / pool if pool else np.zeros(len(sizes))
    df = np.where(part < WHOLE, counts - 1, 0.0)
    variance = _moderated(own / np.maximum(1 - part, 1 - WHOLE), df, errors)
    shared = _shared(rows, counts, pool) if pool else np.diag(1 / counts)
    ses = np.maximum(np.sqrt(variance * np.diag(shared)), LEAST)
    scale = np.sqrt(np.diag(shared))
    return Points(rows, errors, ses, float(df.sum() + BORROWED), shared / np.outer(scale, scale))


def resampled(points: Points, draws: int, rng: np.random.Generator) -> Floats:
    """Errors as fresh rows might have given them, shape (draws, m); with the tails of a t.

    A parametric bootstrap: resampling five scores would understate their variance by a fifth.
    """
    size, axes = np.linalg.eigh(points.together)
    mixed = axes * np.sqrt(np.maximum(size, 0.0))
    noise = rng.standard_normal((draws, len(points.sizes))) @ mixed.T
    wide = np.sqrt(points.df / rng.chisquare(points.df, (draws, 1)))
    moved: Floats = np.clip(points.errors + noise * wide * points.ses, 0.0, 1.0)
    return moved


def _moderated(own: Floats, df: Floats, errors: Floats) -> Floats:
    scale = np.maximum(errors, 0.01)
    share = USUAL**2 if not df.any() else float(np.sum(df * own / scale**2) / df.sum())
    moderated: Floats = (df * own + BORROWED * share * scale**2) / (df + BORROWED)
    return moderated


def _shared(rows: Floats, counts: Floats, pool: int) -> Floats:
    """Covariances of mean scores whose draws have variance 1, shape (m, m).

    The same draw at two sizes holds the smaller one's rows twice, two draws share what chance
    gives them; of n and m rows that is a correlation of sqrt(n / m), and of sqrt(n * m) / pool.
    """
    less, more = np.minimum.outer(rows, rows), np.maximum.outer(rows, rows)
    same = 1 / np.maximum.outer(counts, counts)
    shared: Floats = same * np.sqrt(less / more) + (1 - same) * np.sqrt(less * more) / pool
    return shared


def _check(size: int, scores: Sequence[float]) -> None:
    if size < 1:
        raise DataError(f"a learning curve at {size} rows", "give sizes of 1 row or more")
    if not len(scores):
        raise DataError(f"no score at {size} rows", "leave the size out, or score it")
    if not all(0 <= score <= 1 for score in scores):
        raise DataError(f"a score at {size} rows is outside 0..1", "give macro-F1, not percent")
