"""What each training row does to what a classifier makes of real rows: its credit.

Two ways. The Shapley value of a row in a nearest-neighbour classifier, exact by the recursion of
Jia et al., "Efficient task-specific data valuation for nearest neighbor algorithms" (VLDB 2019,
theorem 1): no model is trained again, and every row is paid for what it adds to each smaller set.
And the first order of what a logistic regression's loss on real rows would gain if a row were left
out (influence functions: Koh and Liang, ICML 2017; without the Hessian, TracIn: Pruthi et al.,
NeurIPS 2020). What is done with it stands in ``feedback/credit.py`` and ``workflow/pool.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special
from scipy.sparse.linalg import LinearOperator, cg

from synthlab.statistics.macro import Codes, Floats

K = 5
"""Neighbours that vote."""

EXACT, ROUGH = 1e-6, 1e-2
"""Tolerance of the solver, relative to the slope: for one solve, and for one of each real row."""

BLOCK = 64
"""Real rows that are sorted at a time: 5 MB for each sort of 10,000 training rows."""


def knn_shapley(
    similar: Floats, labels: Codes, true: Codes, k: int = K, guess: float = 0.0
) -> Floats:
    """The credit of each training row on each real row.

    The game is the unweighted vote: a set of rows is worth the share of the ``k`` nearest of them
    that have the real row's class, where each vote that is missing counts ``guess``. So a real
    row's credits add up to what all rows are worth on it less ``guess``, which no rows are worth.

    Args:
        similar: shape (real rows, training rows); the larger, the nearer. Equals are ordered by
            their place.
        labels: shape (training rows,): class codes.
        true: shape (real rows,): class codes.
        k: neighbours that vote, from 1.
        guess: at 0, as in the paper, a row that is near to nothing has credit, as it fills a place
            in small sets; at 1 / classes, what is no better than chance has none on the average.

    Returns:
        Shape (real rows, training rows), in shares of a vote.
    """
    credit = np.empty(similar.shape)
    count = similar.shape[1]
    place = np.arange(1, count)
    step = np.minimum(k, place) / (k * place)
    for start in range(0, len(similar), BLOCK):
        part = slice(start, start + BLOCK)
        order = np.argsort(-similar[part], axis=1, kind="stable")
        right = (labels[order] == true[part, None]).astype(np.float64)
        # From the farthest row to the nearest, each from the one behind it.
        rises = (right[:, :-1] - right[:, 1:]) * step
        last = (right[:, -1:] - guess) * (min(k, count) / (k * count))
        ranked = np.concatenate([rises, last], axis=1)[:, ::-1].cumsum(axis=1)[:, ::-1]
        np.put_along_axis(credit[part], order, ranked, axis=1)
    return credit


def over_real(credit: Floats, true: Codes) -> tuple[Floats, Floats]:
    """The mean over real rows, every class of them counting alike, and its standard error.

    Args:
        credit: shape (real rows, columns).
        true: shape (real rows,): class codes.

    Returns:
        Two arrays of shape (columns,). A class with one real row adds nothing to the error, as
        nothing can be known of its spread.
    """
    classes = np.unique(true)
    means, variances = np.zeros(credit.shape[1]), np.zeros(credit.shape[1])
    for code in classes:
        own = credit[true == code]
        means += own.mean(axis=0)
        if len(own) > 1:
            variances += own.var(axis=0, ddof=1) / len(own)
    return means / len(classes), np.sqrt(variances) / len(classes)


@dataclass(frozen=True, eq=False)
class Logistic:
    """A fitted logistic regression, as scikit-learn's: ridge on the coefficients alone.

    Attributes:
        coef: shape (classes, features); of two classes, (1, features): the second one's.
        intercept: shape (classes,) or (1,).
        ridge: of ``sum of losses + ridge / 2 * |coef|**2``: 1 / C.
    """

    coef: Floats
    intercept: Floats
    ridge: float

    def proba(self, features: Any) -> Floats:
        """Shape (rows, classes), or (rows, 1): the second of two classes."""
        logits = np.asarray(features @ self.coef.T) + self.intercept
        found: Floats = (
            special.expit(logits) if len(self.coef) == 1 else special.softmax(logits, axis=1)
        )
        return found

    def residual(self, features: Any, codes: Codes) -> Floats:
        """Gradient of each row's loss by its logits; ``codes`` are places in the classes."""
        proba = self.proba(features)
        two = len(self.coef) == 1
        own: Floats = (codes == 1)[:, None] * 1.0 if two else np.eye(len(self.coef))[codes]
        return proba - own


def influence(
    model: Logistic,
    train: Any,
    labels: Codes,
    real: Any,
    true: Codes,
    hessian: bool = True,
) -> Floats:
    """By how much the mean loss on real rows would rise without each training row.

    To first order: the gradient of that loss times what leaving the row out does to the
    coefficients. Above 0, the row helps.

    Args:
        model: fitted on ``train``.
        train: shape (training rows, features), dense or sparse.
        labels: shape (training rows,): places in the model's classes.
        real: shape (real rows, features).
        true: shape (real rows,).
        hessian: by the inverse Hessian (found with conjugate gradients, never built), so that
            values are in nats; without it, the plain product of gradients: no solve, the unit is
            arbitrary, and directions that many rows share count too much.

    Returns:
        Shape (training rows,).
    """
    train, real = _with_ones(train), _with_ones(real)
    plain = _folded(model)
    slope = np.asarray((real.T @ plain.residual(real, true)).T) / real.shape[0]
    if hessian:
        slope = _Hessian(plain, train).solved(slope, EXACT)
    found: Floats = (np.asarray(train @ slope.T) * plain.residual(train, labels)).sum(axis=1)
    return found


def influences(model: Logistic, train: Any, labels: Codes, real: Any, true: Codes) -> Floats:
    """By how much the loss on each real row would rise without each training row, in nats.

    The mean over real rows is ``influence`` but for the tolerance of the solver, which ``ROUGH``
    sets: every real row takes a solve of its own.

    Returns:
        Shape (real rows, training rows).
    """
    train, real = _with_ones(train), _with_ones(real)
    plain = _folded(model)
    mine, residual = plain.residual(train, labels), plain.residual(real, true)
    hessian = _Hessian(plain, train)
    found = np.empty((real.shape[0], train.shape[0]))
    for row in range(real.shape[0]):
        slope = residual[row][:, None] * real[[row]].toarray()
        found[row] = (np.asarray(train @ hessian.solved(slope, ROUGH).T) * mine).sum(axis=1)
    return found


def _folded(model: Logistic) -> Logistic:
    """The same with the intercept as the last coefficient."""
    return Logistic(np.c_[model.coef, model.intercept], np.zeros(1), model.ridge)


def _with_ones(features: Any) -> Any:
    ones = np.ones((features.shape[0], 1))
    return sparse.hstack([sparse.csr_matrix(features), ones], format="csr")


class _Hessian:
    """Of the sum of losses on training rows; the last column, the intercept, has no ridge."""

    def __init__(self, model: Logistic, train: Any) -> None:
        self._train = train
        self._turned = train.T.tocsr()
        self._proba = model.proba(train)
        self._ridge = np.full(model.coef.shape, model.ridge)
        self._ridge[:, -1] = 0.0

    def solved(self, slope: Floats, tolerance: float) -> Floats:
        """Its inverse times ``slope``."""
        size = slope.size
        operator = LinearOperator((size, size), matvec=self._times, dtype=np.float64)
        found, _ = cg(operator, slope.ravel(), rtol=tolerance, maxiter=500)
        return np.asarray(found).reshape(slope.shape)

    def _times(self, vector: NDArray[Any]) -> Floats:
        shaped = vector.reshape(self._ridge.shape)
        moved = self._proba * np.asarray(self._train @ shaped.T)
        moved -= self._proba * moved.sum(axis=1, keepdims=True)
        product: Floats = np.asarray((self._turned @ moved).T) + self._ridge * shaped
        return product.ravel()
