"""How well rows cover the places where real rows lie: nearest-neighbour balls around each row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]

BLOCK = 1000
"""Rows whose distances are held at a time."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Four figures of rows against real rows.

    Attributes:
        precision: share of rows that lie in the ball of some real row.
        recall: share of real rows that lie in the ball of some row.
        density: real rows in whose balls a row lies, on average, over k.
        coverage: share of real rows whose ball holds a row.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def cover(real: Vectors, rows: Vectors, k: int = 5) -> Cover:
    """Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020).

    As defined in Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models"
    (ICML 2020, arXiv 2002.09797). A row's ball reaches to its k-th neighbour of its own kind.

    Args:
        real: shape (real rows, dimensions), more than ``k`` rows.
        rows: shape (rows, dimensions), more than ``k`` rows; equally many, for a fair recall.
        k: neighbours.
    """
    theirs, own = _radii(real, k), _radii(rows, k)
    inside = np.zeros(len(rows))  # real balls that hold each row
    found = np.zeros(len(real), dtype=bool)
    held = np.zeros(len(real), dtype=bool)
    for start in range(0, len(real), BLOCK):
        part = slice(start, start + BLOCK)
        distances = _squared(real[part], rows)
        within = distances < theirs[part, None]
        inside += within.sum(axis=0)
        held[part] = within.any(axis=1)
        found[part] = (distances < own[None, :]).any(axis=1)
    return Cover(
        float((inside > 0).mean()),
        float(found.mean()),
        float(inside.mean() / k),
        float(held.mean()),
    )


def _radii(vectors: Vectors, k: int) -> Vectors:
    """The squared distance from each row to its k-th neighbour, itself left out."""
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), BLOCK):
        part = vectors[start : start + BLOCK]
        distances = _squared(part, vectors)
        distances[np.arange(len(part)), np.arange(start, start + len(part))] = -1.0
        found[start : start + len(part)] = np.partition(distances, k, axis=1)[:, k]
    return found


def _squared(one: Vectors, two: Vectors) -> Vectors:
    """Squared distances, shape (rows of one, rows of two)."""
    sums = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1)[None, :]
    return np.asarray(np.maximum(sums - 2 * (one @ two.T), 0.0))
