"""Shares of rows, their intervals, and what to make of a share beside that of real rows."""

from __future__ import annotations

import math

from scipy.stats import beta

from synthlab.measures import Direction, Verdict

Z = 1.959964
MUCH = 0.05
"""A share this far above what real rows show is bad, a smaller one is to be watched."""


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share (Wilson 1927); 0 to 1 of no rows."""
    if not of:
        return 0.0, 1.0
    share, slack = count / of, Z * Z / of
    middle = share + slack / 2
    half = Z * math.sqrt(share * (1 - share) / of + slack / (4 * of))
    low, high = (middle - half) / (1 + slack), (middle + half) / (1 + slack)
    return max(0.0, low) if count else 0.0, min(1.0, high) if count < of else 1.0


def exact(count: int, of: int) -> tuple[float, float]:
    """The exact 95% interval of a share (Clopper and Pearson 1934): right for a handful of rows."""
    low = float(beta.ppf(0.025, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0
    return low, high


def above(count: int, of: int, null: tuple[int, int]) -> float:
    """Lower end of the 95% interval of a share minus that of ``null`` (Newcombe 1998, method 10).

    Args:
        count: rows that have it.
        of: rows.
        null: the same two of real rows.
    """
    mine, other = count / of, null[0] / null[1]
    low, high = wilson(count, of)[0], wilson(*null)[1]
    return mine - other - math.hypot(mine - low, high - other)


def judged(count: int, of: int, null: tuple[int, int] | None) -> Verdict:
    """What to make of a share of which less is better.

    Where real rows have it too, only what is surely above their share counts: it is ``bad`` where
    the share is ``MUCH`` above theirs, else to be watched. Without real rows to compare with, any
    row is to be watched, and more than ``MUCH`` of them are bad.
    """
    if null is None or not null[1]:
        return "bad" if count > MUCH * of else "watch" if count else "good"
    if above(count, of, null) <= 0:
        return "good"
    return "bad" if count / of - null[0] / null[1] > MUCH else "watch"


def beside(
    value: float, reference: float, direction: Direction, watch: float, bad: float
) -> Verdict:
    """What to make of a figure by its ratio to that of real rows.

    Args:
        value: the figure, from 0.
        reference: the same of real rows, at equal rows and words.
        direction: ``higher`` or ``lower`` is better.
        watch: how many times worse than real rows it may be and be good.
        bad: how many times worse is bad.
    """
    better, worse = (value, reference) if direction == "higher" else (reference, value)
    if worse <= watch * better:
        return "good"
    return "watch" if worse <= bad * better else "bad"


def behind(worse: float, fine: float, poor: float) -> Verdict:
    """By how much a figure is worse than that of real rows; from ``poor`` on it is bad."""
    return "good" if worse <= fine else "bad" if worse >= max(poor, fine) else "watch"


def percent(share: float) -> str:
    """A share for a person: ``2.5%``, ``40%``."""
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"
