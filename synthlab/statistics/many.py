"""Many comparisons at once: correction of p values, and scores freed of the winner's luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthlab.comparisons import Contrast

PROMPTS = 0.02
"""Half of all sets of prompts are thought to differ by less than this standard deviation."""

_TAUS = 400


def holm(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """The contrasts with ``p_holm`` set: the chance of one false finding among all stays at 5%.

    Step-down correction of Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    corrected = list(contrasts)
    so_far = 0.0
    for rank, place in enumerate(sorted(range(len(corrected)), key=lambda n: corrected[n].p)):
        so_far = max(so_far, min(1.0, (len(corrected) - rank) * corrected[place].p))
        corrected[place] = replace(corrected[place], p_holm=so_far)
    return corrected


def shrink(values: Sequence[float], ses: Sequence[float]) -> list[float]:
    """Scores drawn towards their mean by as much as they are noise (empirical Bayes).

    ``mean + B (value - mean)`` with ``B = tau^2 / (tau^2 + se^2)``, where tau is the spread of the
    true scores (Efron and Morris 1975). The best of many is drawn back by what luck gave it. A few
    scores say little about tau, and a single guess of it is wrong on the side that flatters; so
    all values of tau are weighed by how well they explain the scores (restricted likelihood) and by
    a half-Cauchy prior of scale ``PROMPTS`` (Gelman 2006). Two scores or fewer stay as they are.

    Args:
        values: scores of different candidates.
        ses: standard error of each, without the part that all of them share.
    """
    if len(values) < 3:
        return list(values)
    scores, errors = np.asarray(values, dtype=float), np.asarray(ses, dtype=float) ** 2
    taus = PROMPTS * np.tan(np.pi / 2 * (np.arange(_TAUS) + 0.5) / _TAUS)  # equally likely ones
    spread = taus[:, None] ** 2 + errors
    weights = 1 / spread
    means = (weights @ scores) / weights.sum(axis=1)
    off = scores - means[:, None]
    fit = np.log(spread).sum(axis=1) + np.log(weights.sum(axis=1)) + (weights * off**2).sum(axis=1)
    likely = np.exp((fit.min() - fit) / 2)
    drawn = means[:, None] + taus[:, None] ** 2 / spread * off
    return [float(value) for value in likely @ drawn / likely.sum()]


def crossed(steering: NDArray[np.float64], judged: NDArray[np.float64]) -> float:
    """The score of "the best of these", by generations that had no say in which one that is.

    Fresh generations that choose a winner flatter it on other real rows too: what was lucky are
    the generated rows. Here each generation is judged for the candidate that the other generations
    choose, by their mean; then nothing is chosen by what judges it.

    Args:
        steering: shape (candidates, generations): scores on the rows that choose, such as dev.
        judged: the same shape: scores of the same generations on the rows that judge.

    Returns:
        The mean over generations; with one generation, or one candidate, the plain score.
    """
    count = steering.shape[1]
    if count < 2:
        return float(judged[steering[:, 0].argmax(), 0])
    others = steering.sum(axis=1, keepdims=True) - steering
    return float(judged[others.argmax(axis=0), np.arange(count)].mean())
