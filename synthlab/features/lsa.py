"""Latent semantic analysis: word weights folded into a few directions that training texts span."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.linalg import ArpackError
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD

# A singular value this much smaller than the largest is rounding: its direction is arbitrary.
ROUNDING = 1e-6


class Lsa(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TruncatedSVD that takes fewer directions where there are few rows, words or distinct texts.

    Args:
        components: most directions.

    Attributes:
        svd_: the fitted TruncatedSVD; None for a single column, which is its own direction.
        rank_: directions that are used, at most one less than rows or columns.
    """

    def __init__(self, components: int = 100) -> None:
        self.components = components

    def fit(self, X: Any, y: Any = None) -> Lsa:
        """Find the directions of the rows of ``X``, shape ``(rows, columns)``."""
        if not isinstance(self.components, int) or self.components < 1:
            raise ValueError(f"components must be a whole number from 1, not {self.components!r}")
        self.svd_, self.rank_ = None, 1
        if X.shape[1] > 1:
            self.svd_ = _fitted(X, min(self.components, min(X.shape) - 1))
            sizes = self.svd_.singular_values_
            self.rank_ = max(1, int((sizes > ROUNDING * sizes[0]).sum()))
        return self

    def transform(self, X: Any) -> Any:
        """Coordinates of shape ``(rows, rank_)``."""
        return X.toarray() if self.svd_ is None else self.svd_.transform(X)[:, : self.rank_]


def _fitted(X: Any, components: int) -> TruncatedSVD:
    with np.errstate(divide="ignore", invalid="ignore"):  # shares of a variance of 0
        if components < 1:  # a single row
            return TruncatedSVD(1, random_state=0).fit(X)
        try:
            # On few rows of many words several times faster than the randomized one, and exact.
            return TruncatedSVD(components, algorithm="arpack", random_state=0).fit(X)
        except ArpackError:
            return TruncatedSVD(components, random_state=0).fit(X)
