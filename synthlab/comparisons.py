"""The vocabulary of a comparison that holds: estimates, contrasts, and what the finals found.

Frozen records as in ``outcomes.py``; the figures come from ``statistics``. Every score here is a
macro-F1 in 0..1 unless its field says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score with its uncertainty.

    Attributes:
        low: lower end of the 95% interval.
        high: upper end.
        se: standard error; over real rows, and over generations where there are two or more.
        df: degrees of freedom of the interval: from those of few generations to those of the rows.
        generations: how many generations it is the mean of.
    """

    value: float
    low: float
    high: float
    se: float
    df: float
    generations: int = 1


@dataclass(frozen=True, slots=True)
class Contrast:
    """``a`` minus ``b`` on the same real rows.

    Attributes:
        value: the difference of the mean scores.
        low: lower end of its 95% interval.
        high: upper end.
        se: standard error of the difference.
        df: degrees of freedom, as in ``Estimate``.
        p: two-sided p of "no difference".
        better: P(difference above the region of practical equivalence).
        equal: P(difference inside it).
        worse: P(difference below it).
        rope: half the width of that region.
        resolves: the smallest true difference that would be found in 4 of 5 such comparisons.
        generations: of a and of b.
        p_holm: p after Holm's correction for all contrasts of the finals; equal to ``p`` for one.
    """

    a: str
    b: str
    value: float
    low: float
    high: float
    se: float
    df: float
    p: float
    better: float
    equal: float
    worse: float
    rope: float
    resolves: float
    generations: tuple[int, int] = (1, 1)
    p_holm: float = 1.0

    @property
    def found(self) -> bool:
        """Whether the difference holds at 5% after Holm's correction."""
        return self.p_holm < 0.05
