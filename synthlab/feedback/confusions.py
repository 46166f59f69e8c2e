"""``confusions``: which classes the model takes for which, and the words that tell them apart.

The words come from dev rows: those that rows of the true class hold more often than rows of the
other, and that the model does not know as such, as too few synthetic rows of the class hold them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from synthlab.feedback.base import Evidence
from synthlab.feedback.telling import Held, Telling, said
from synthlab.findings import Finding


class Confusions:
    """The pairs that cost the most."""

    class Params(BaseModel):
        """How many pairs, and words of each."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        pairs: int = Field(5, ge=1, description="confused pairs that are told")
        words: int = Field(12, ge=1, description="words that tell a pair apart")

    def __init__(self, params: Params) -> None:
        self.params = params

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """A finding for each of the worst pairs: true class ``label``, called ``other``."""
        matrix = np.array(evidence.score.confusion)
        labels = evidence.score.labels
        pairs = [(i, j) for i, j in np.argwhere(matrix > 0).tolist() if i != j]
        worst = sorted(pairs, key=lambda pair: (-gain(matrix, *pair), pair))[: self.params.pairs]
        texts = evidence.texts(evidence.real)
        telling = Telling(texts, [r.label for r in evidence.real], labels, evidence.least)
        return [self._finding(evidence, telling, matrix, i, j) for i, j in worst]

    def _finding(
        self, evidence: Evidence, telling: Telling, matrix: NDArray[np.int64], i: int, j: int
    ) -> Finding:
        labels = evidence.score.labels
        own, other = labels[i], labels[j]
        words = _unknown(evidence, telling, own, other)[: self.params.words]
        names = evidence.brief.names
        count, total = int(matrix[i, j]), int(matrix[i].sum())
        text = f"{count} of {total} real {names[own]} rows are taken for {names[other]}"
        if words:
            text += f"; rows of {names[own]} should speak more of {said(words)}"
        return Finding("confusions", text, gain(matrix, i, j), own, other, tuple(words))


def gain(matrix: NDArray[np.int64], i: int, j: int) -> float:
    """Macro-F1 that is won where every row of class ``i`` that is called ``j`` is called right.

    Args:
        matrix: shape (classes, classes): real rows, true class by called one.
        i: the true class.
        j: the class that they are called.
    """
    count, hits = matrix[i, j], np.diag(matrix)
    sizes = matrix[[i, j]].sum(axis=1) + matrix[:, [i, j]].sum(axis=0)
    before = 2 * hits[[i, j]] / np.maximum(sizes, 1)
    # Rows that are called right stay rows of i, and are called i in place of j.
    moved = sizes + np.array([count, -count])
    after = 2 * (hits[[i, j]] + np.array([count, 0])) / np.maximum(moved, 1)
    return float((after - before).sum() / len(matrix))


def macro_f1(matrix: NDArray[np.int64]) -> float:
    """Macro-F1 of a confusion matrix, shape (classes, classes): true by called."""
    both = matrix.sum(axis=0) + matrix.sum(axis=1)
    return float((2 * np.diag(matrix) / np.maximum(both, 1)).mean())


def _unknown(evidence: Evidence, telling: Telling, own: str, other: str) -> list[str]:
    """Words of ``own`` against ``other`` on dev, those that synthetic rows lack most first."""
    odds = telling.log_odds(telling.labels == own, telling.labels == other)
    kept = [row for row in evidence.kept if row.label in (own, other)]
    made = Held(evidence.texts(kept), telling.terms)
    mine = np.array([row.label == own for row in kept], dtype=bool)
    # As a share of rows, so that a word that all real rows hold and no synthetic one comes first.
    lacking = telling.holds[telling.labels == own].mean(axis=0) - made.share(mine)
    # What few rows of the class itself hold would tell of these rows, not of the class.
    held = telling.shared(telling.labels == own, evidence.least)
    odds = np.where(held & (lacking > 0), np.maximum(odds, 0) * lacking, 0.0)
    return telling.best(odds)
