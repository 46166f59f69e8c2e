"""How near texts are to real ones: the distance to the nearest, and how much is word for word.

Only numbers come out of here: a report may say how near a row is to a real one, and never show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlab.features.counts import CachedTfidf
from synthlab.features.shared import SharedRuns
from synthlab.features.threads import one_thread

RUN = 5
"""Words in a run: shorter ones are common phrases."""

PART = 512
"""Texts that are compared with all real ones at a time."""

USUAL = 500
"""Real texts whose distance to the others tells what is usual."""

Floats = NDArray[np.float64]


class Nearness:
    """Real texts, and how near others are to them.

    The distance is 1 minus the cosine of TF-IDF vectors of words (sublinear term frequency), whose
    weights come from the real texts: 0 for the same words, 1 for no word in common.

    Args:
        real: texts; at least one.
    """

    def __init__(self, real: Sequence[str]) -> None:
        self._runs = SharedRuns(real, RUN)
        self._count = len(real)
        with one_thread():
            self._tfidf = CachedTfidf(sublinear_tf=True).fit(real)
            self._real = sparse.csr_matrix(self._tfidf.transform(real))

    def distances(self, texts: Sequence[str]) -> list[float]:
        """Of each text, to the nearest real one."""
        with one_thread():
            vectors = self._tfidf.transform(texts) if texts else []
            found = [part.max(axis=1) for part in self._cosines(vectors)]
        return [float(1 - min(1.0, value)) for part in found for value in part]

    def shared(self, text: str) -> float:
        """Share of a text's runs of five words that some real text has; 0 without such runs."""
        found, runs = self._runs.count(text)
        return found / runs if runs else 0.0

    @cached_property
    def usual(self) -> dict[str, float]:
        """Distances of real texts to their nearest other one.

        Returns:
            ``{"rows", "median", "low"}``: how many real texts there are, and the middle and the
            lowest twentieth of the distances of up to 500 of them; only ``rows`` for a single text.
        """
        if self._count < 2:
            return {"rows": self._count}
        places = np.unique(np.linspace(0, self._count - 1, min(USUAL, self._count)).astype(int))
        nearest, start = np.zeros(len(places)), 0
        with one_thread():
            for part in self._cosines(self._real[places]):
                here = places[start : start + len(part)]
                part[np.arange(len(part)), here] = -1.0  # itself
                nearest[start : start + len(part)] = 1 - part.max(axis=1)
                start += len(part)
        low, median = np.quantile(nearest, [0.05, 0.5])
        return {"rows": self._count, "median": float(median), "low": float(low)}

    def _cosines(self, vectors: Any) -> Iterator[Floats]:
        count = vectors.shape[0] if hasattr(vectors, "shape") else 0
        for start in range(0, count, PART):
            yield np.asarray((vectors[start : start + PART] @ self._real.T).toarray())
