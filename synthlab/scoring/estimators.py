"""Classifiers whose settings follow from how many training rows there are.

A sweep trains the same model on 10 rows and on 10,000; scikit-learn's own refuse the first or learn
nothing from it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.validation import check_is_fitted


class Neighbours(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The label of the nearest training rows by cosine, nearer ones counting for more.

    Args:
        k: most neighbours; never more than an average class has rows, as the others would be of
            other classes.

    Attributes:
        knn_: the fitted KNeighborsClassifier.
    """

    def __init__(self, k: int = 10) -> None:
        self.k = k

    def fit(self, X: Any, y: Any) -> Neighbours:
        """Remember ``X``, shape ``(rows, columns)``, and its labels ``y``."""
        _whole("k", self.k)
        self.classes_ = _classes(y)
        k = min(self.k, max(1, len(y) // len(self.classes_)))
        # One job: more of them would be threads that fight for the same cores.
        self.knn_ = KNeighborsClassifier(k, metric="cosine", weights="distance").fit(X, y)
        return self

    def predict(self, X: Any) -> Any:
        """A label a row of ``X``."""
        check_is_fitted(self)
        return self.knn_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Shares of the neighbours of shape ``(rows, classes)``, in the order of ``classes_``."""
        check_is_fitted(self)
        return self.knn_.predict_proba(X)


class Trees(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Boosted trees whose leaves may be smaller where rows are few.

    HistGradientBoostingClassifier wants 20 rows in a leaf, so that it cannot split 10 rows at all;
    here a leaf holds a fortieth of the rows, from 1 to 20.

    Args:
        rounds: boosting rounds.
        leaves: most leaves of a tree.
        learning_rate: share of each round's correction that is taken.

    Attributes:
        trees_: the fitted HistGradientBoostingClassifier.
    """

    def __init__(self, rounds: int = 100, leaves: int = 4, learning_rate: float = 0.1) -> None:
        self.rounds = rounds
        self.leaves = leaves
        self.learning_rate = learning_rate

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Trees:
        """Learn from ``X``, shape ``(rows, columns)``, its labels and weights."""
        self.classes_ = _classes(y)
        trees = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            max_leaf_nodes=self.leaves,
            learning_rate=self.learning_rate,
            min_samples_leaf=min(20, max(1, len(y) // 40)),
            early_stopping=False,
            random_state=0,
        )
        self.trees_ = trees.fit(X, y, sample_weight)
        return self

    def predict(self, X: Any) -> Any:
        """A label a row of ``X``."""
        check_is_fitted(self)
        return self.trees_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Probabilities of shape ``(rows, classes)``, in the order of ``classes_``."""
        check_is_fitted(self)
        return self.trees_.predict_proba(X)


def _whole(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number from 1, not {value!r}")


def _classes(y: Any) -> Any:
    found = np.unique(y)
    if len(found) < 2:
        raise ValueError("the rows are all of one class")
    return found
