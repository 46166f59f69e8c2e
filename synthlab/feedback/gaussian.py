"""Gaussian noise for counts: how much of it (epsilon, delta)-differential privacy takes.

Formulas only; what is counted, and what may be said of it, stands in ``released.py``.
"""

from __future__ import annotations

import math

from scipy.special import log_ndtr, ndtri


def privacy_lost(sigma: float, epsilon: float, sensitivity: float) -> float:
    """The delta of Gaussian noise at some epsilon: Balle and Wang (ICML 2018), theorem 8.

    ``Phi(s/2 - e/s) - exp(e) Phi(-s/2 - e/s)`` with ``s`` the sensitivity over sigma. It is exact:
    no smaller delta holds.

    Args:
        sigma: standard deviation of the noise on each count.
        epsilon: above 0.
        sensitivity: the most that one row moves all counts together, in Euclidean distance.
    """
    ratio = sensitivity / sigma
    first = math.exp(log_ndtr(ratio / 2 - epsilon / ratio))
    second = math.exp(epsilon + log_ndtr(-ratio / 2 - epsilon / ratio))
    return max(0.0, first - second)


def sigma_for(epsilon: float, delta: float, sensitivity: float) -> float:
    """The least noise for (epsilon, delta), to a millionth and never below it.

    Args:
        epsilon: above 0.
        delta: in (0, 1).
        sensitivity: see ``privacy_lost``.
    """
    low = high = sensitivity
    while privacy_lost(high, epsilon, sensitivity) > delta:
        high *= 2
    while privacy_lost(low, epsilon, sensitivity) <= delta:
        low /= 2
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        if privacy_lost(middle, epsilon, sensitivity) <= delta:
            high = middle
        else:
            low = middle
    return high


def threshold_for(sigma: float, delta: float, words: int) -> float:
    """The noisy count that a word must pass, so that a word of one row alone hardly ever does.

    Of ``words`` words that one row alone holds, each counted once, some one passes with a
    probability of ``delta``: ``1 - Phi((t - 1) / sigma)^words``. Words that no row holds are not
    counted, so which words there are is itself a secret: this is what hides it (Korolova et al.
    2009; of Gaussian noise, Wilkins et al. 2024, whose deltas are added as here).

    Args:
        sigma: of the noise.
        delta: in (0, 1).
        words: at most so many of a row count.
    """
    # (1 - delta)^(1/words) is 1 to the last digits: its distance to 1 is taken, and the other tail.
    beyond = -math.expm1(math.log1p(-delta) / words)
    return 1 - sigma * float(ndtri(beyond))
