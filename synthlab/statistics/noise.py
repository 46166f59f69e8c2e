"""How far the points of a learning curve may lie from where more draws would put them."""

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
    """

    sizes: Floats
    errors: Floats
    ses: Floats
    df: float

    def widened(self, times: float) -> Points:
        """The same points with larger standard errors."""
        return replace(self, ses=self.ses * times)


def measured(scores: Mapping[int, Sequence[float]]) -> Points:
    """The means and their noise.

    A variance of a few draws says little, so each is moderated (Smyth, 2004): a mean of its own,
    with its degrees of freedom, and of ``(k * error)**2`` with ``BORROWED`` more, where k is pooled
    over all sizes. Draws scatter less where errors are fewer, which is why k is a share.

    Raises:
        DataError: on fewer than two sizes, a size without a score, or a score outside 0..1.
    """
    sizes = sorted(scores)
    if len(sizes) < 2:
        raise DataError(f"a learning curve through {len(sizes)} size", "score two sizes or more")
    for size in sizes:
        _check(size, scores[size])
    counts = np.array([len(scores[size]) for size in sizes], dtype=np.float64)
    errors = np.array([1 - np.mean(scores[size]) for size in sizes])
    own = np.array([np.var(scores[size], ddof=1) if len(scores[size]) > 1 else 0 for size in sizes])
    df = counts - 1
    scale = np.maximum(errors, 0.01)
    share = USUAL**2 if not df.any() else float(np.sum(df * own / scale**2) / df.sum())
    variance = (df * own + BORROWED * share * scale**2) / (df + BORROWED)
    ses = np.maximum(np.sqrt(variance / counts), LEAST)
    known = float(df.sum() + BORROWED)
    return Points(np.array(sizes, dtype=np.float64), errors, ses, known)


def resampled(points: Points, draws: int, rng: np.random.Generator) -> Floats:
    """Errors as other draws might have given them, shape (draws, m); with the tails of a t.

    A parametric bootstrap: resampling five scores would understate their variance by a fifth.
    """
    noise = rng.standard_normal((draws, len(points.sizes)))
    wide = np.sqrt(points.df / rng.chisquare(points.df, (draws, 1)))
    return np.clip(points.errors + noise * wide * points.ses, 0.0, 1.0)


def _check(size: int, scores: Sequence[float]) -> None:
    if size < 1:
        raise DataError(f"a learning curve at {size} rows", "give sizes of 1 row or more")
    if not len(scores):
        raise DataError(f"no score at {size} rows", "leave the size out, or score it")
    if not all(0 <= score <= 1 for score in scores):
        raise DataError(f"a score at {size} rows is outside 0..1", "give macro-F1, not percent")
