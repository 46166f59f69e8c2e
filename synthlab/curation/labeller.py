"""A small classifier of texts whose whole state is JSON: what ``confirm.py`` asks.

It stands apart from the classifiers in ``scoring/``, which judge the rows: this one must be read
again from a promoted generator, without pickle and without the real rows that it learnt from.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from synthlab.features.threads import one_thread
from synthlab.features.words import words

MOST_FEATURES, FEWEST_FEATURES = 2**14, 2**10
# Numbers of a state: 2 bytes each, and a third more as base64, keep it below 0.5 MB.
ROOM = 180_000


class Labeller:
    """Logistic regression on hashed TF-IDF words.

    Words are hashed, so that no word of a real row is in the state; but who has the state and a
    list of words can learn which of them weigh for a class. There is no intercept and classes weigh
    the same: synthetic texts are asked for class by class, so how frequent a class is among the
    real rows says nothing about them.

    Args:
        labels: every class.
        weights: shape ``(1 + classes, features)``: inverse document frequencies, then coefficients.
    """

    def __init__(self, labels: Sequence[str], weights: NDArray[np.float16]) -> None:
        self.labels = tuple(labels)
        self.weights = weights
        self._idf = weights[0].astype(np.float64)
        self._coefficients = weights[1:].astype(np.float64)
        self._hasher = _hasher(weights.shape[1])

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str]) -> Labeller:
        """Trained on texts of at least two classes.

        What it learnt is rounded to 16 bits at once, so that it says the same as its state.
        """
        size = _features(len(set(labels)))
        counts = _sublinear(_hasher(size).transform(texts))
        found = np.bincount(counts.indices, minlength=size)
        # Smoothed as scikit-learn's TfidfTransformer does.
        idf = (np.log((1 + len(texts)) / (1 + found)) + 1).astype(np.float16)
        idf[found == 0] = 0  # a word that no real text has says nothing, and zeros pack well
        model = LogisticRegression(
            C=10.0, max_iter=1000, fit_intercept=False, class_weight="balanced"
        )
        with one_thread():
            model.fit(normalize(counts.multiply(idf.astype(np.float64)).tocsr()), list(labels))
        coefficients = model.coef_
        if len(coefficients) == 1:  # of the second of two classes against the first
            coefficients = np.vstack([-coefficients / 2, coefficients / 2])
        weights = np.vstack([idf, coefficients.astype(np.float16)])
        return cls([str(label) for label in model.classes_], weights)

    def proba(self, text: str) -> dict[str, float]:
        """Probability of each class; all the same for a text without a known word."""
        counts = _sublinear(self._hasher.transform([text]))
        values = counts.data * self._idf[counts.indices]
        length = float(np.sqrt((values**2).sum()))
        # Not ``@``: the order of a sum in BLAS depends on the machine.
        sums = (self._coefficients[:, counts.indices] * values).sum(axis=1)
        scores = sums / length if length else np.zeros(len(self.labels))
        parts = np.exp(scores - scores.max())
        return dict(zip(self.labels, (parts / parts.sum()).tolist(), strict=True))

    def dump_state(self) -> dict[str, Any]:
        """Plain data: the classes, and the weights as packed base64."""
        packed = zlib.compress(self.weights.astype("<f2").tobytes(), 9)
        return {"labels": list(self.labels), "weights": base64.b64encode(packed).decode("ascii")}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Labeller:
        """The labeller that ``dump_state`` wrote down, to the last bit."""
        packed = zlib.decompress(base64.b64decode(state["weights"]))
        weights = np.frombuffer(packed, "<f2").reshape(1 + len(state["labels"]), -1)
        return cls(state["labels"], weights.astype(np.float16))


def _features(classes: int) -> int:
    size = MOST_FEATURES
    while size > FEWEST_FEATURES and (1 + classes) * size > ROOM:
        size //= 2
    return size


def _hasher(size: int) -> HashingVectorizer:
    return HashingVectorizer(analyzer=words, n_features=size, norm=None, alternate_sign=False)


def _sublinear(counts: csr_matrix) -> csr_matrix:
    """``1 + ln`` of each count: a text that says a word ten times is not ten times as sure."""
    counts.data = 1 + np.log(counts.data)
    return counts
