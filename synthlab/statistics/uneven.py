"""What judges a classifier of uneven classes, with its uncertainty: three measures, two sides.

Recall and average precision of the rarest class, and balanced accuracy. Both the rows and the
generations vary, as in ``paired.py``, whose intervals these are: rows are resampled within their
class, the same ones for every generation of both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlab.comparisons import Contrast
from synthlab.statistics.macro import Codes, Floats
from synthlab.statistics.paired import gap

DRAWS = 1000
_CELLS = 4_000_000  # weights held at a time


@dataclass(frozen=True)
class Sheet:
    """What the models of one side made of the real rows.

    Attributes:
        name: of the side.
        called: shape (generations, rows), class codes.
        sure: shape (generations, rows): the probability of the rarest class; None without any.
    """

    name: str
    called: Codes
    sure: Floats | None = None


def compare(
    true: Codes,
    a: Sheet,
    b: Sheet,
    rare: int,
    rope: float,
    noise: float = 0.0,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Contrast]:
    """``a`` minus ``b`` by measure: ``rare_recall``, ``rare_pr_auc`` and ``bal_acc``.

    Args:
        true: shape (rows,), class codes.
        a: one side.
        b: the other, generations of equal number being drawn with the same seeds.
        rare: code of the rarest class, which some rows have.
        rope: half the region of practical equivalence.
        noise: standard deviation over generations that is assumed where there is one of each.
        draws: bootstrap draws.
        seed: of the draws.
    """
    names = (a.name, b.name)
    mine, other = (_measured(true, side, rare, draws, seed) for side in (a, b))
    return {
        key: gap(names, mine[key], other[key], len(true), True, rope, noise)
        for key in mine
        if key in other
    }


def _measured(
    true: Codes, side: Sheet, rare: int, draws: int, seed: int
) -> dict[str, tuple[Floats, Floats]]:
    """Points, shape (generations,), and draws, shape (generations, draws), by measure."""
    flat = np.ones((1, len(true)), dtype=np.float32)
    points = _on(true, side, rare, flat)
    parts = [_on(true, side, rare, weights) for weights in _resampled(true, draws, seed)]
    return {
        key: (found[:, 0], np.concatenate([part[key] for part in parts], axis=1))
        for key, found in points.items()
    }


def _resampled(true: Codes, draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """Weights of the rows, shape (some draws, rows), drawn as in ``macro.py``.

    Of n rows of a class, n - 1 are drawn and weighed up to n (Rao and Wu 1988).
    """
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS // len(true))
    places = [np.flatnonzero(true == code) for code in np.unique(true)]
    for start in range(0, draws, step):
        weights = np.empty((min(step, draws - start), len(true)), dtype=np.float32)
        for own in places:
            drawn = max(1, len(own) - 1)
            even = np.full(len(own), 1 / len(own))
            picked = rng.multinomial(drawn, even, size=len(weights))
            weights[:, own] = picked * (len(own) / drawn)
        yield weights


def _on(true: Codes, side: Sheet, rare: int, weights: NDArray[np.float32]) -> dict[str, Floats]:
    """Each measure under each line of weights, shape (generations, lines)."""
    right = (side.called == true).astype(np.float32)
    recalls = np.stack(
        [
            right[:, own] @ weights[:, own].T / weights[:, own].sum(axis=1)
            for code in np.unique(true)
            if (own := true == code).any()
        ]
    )
    own = true == rare
    found = {
        "rare_recall": right[:, own] @ weights[:, own].T / weights[:, own].sum(axis=1),
        "bal_acc": recalls.mean(axis=0),
    }
    if side.sure is not None:
        found["rare_pr_auc"] = np.stack([_precision(own, sure, weights) for sure in side.sure])
    return {key: np.asarray(values, dtype=np.float64) for key, values in found.items()}


def _precision(true: NDArray[np.bool_], sure: Floats, weights: NDArray[np.float32]) -> Floats:
    """Average precision under each line of weights, as scikit-learn's, all lines at once."""
    order = np.argsort(-sure, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(sure[order])), len(order) - 1)
    ranked = weights[:, order].astype(np.float64)
    hits, seen = (
        np.cumsum(ranked * true[order], axis=1)[:, ends],
        np.cumsum(ranked, axis=1)[:, ends],
    )
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    recall = hits / hits[:, -1:]
    found: Floats = (np.diff(recall, axis=1, prepend=0.0) * precision).sum(axis=1)
    return found
