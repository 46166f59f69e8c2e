"""Many comparisons at once: correction of p values, and scores freed of the winner's luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from synthlab.comparisons import Contrast


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

    ``mean + B (value - mean)`` with ``B = tau^2 / (tau^2 + se^2)``; tau^2, the variance of the true
    scores, is what the scores vary more than their errors do (Efron and Morris 1975). The best of
    many is drawn back by what luck gave it. Two scores or fewer stay as they are, as nothing can be
    said of their spread.

    Args:
        values: scores of different candidates.
        ses: standard error of each, without the part that all of them share.
    """
    if len(values) < 3:
        return list(values)
    scores, errors = np.asarray(values, dtype=float), np.asarray(ses, dtype=float) ** 2
    spread = max(0.0, float(scores.var(ddof=1) - errors.mean()))
    kept = np.divide(spread, spread + errors, out=np.ones_like(errors), where=errors > 0)
    return [float(value) for value in scores.mean() + kept * (scores - scores.mean())]
