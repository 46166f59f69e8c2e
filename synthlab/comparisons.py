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
        df: degrees of freedom of the interval (Satterthwaite); infinite for rows alone.
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
        df: degrees of freedom (Satterthwaite).
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


@dataclass(frozen=True, slots=True)
class Worth:
    """How many real rows train the same model to the same score.

    Attributes:
        value: real rows; with ``bound``, the number that it is below or above.
        low: lower end of the 95% interval, in rows.
        high: upper end.
        bound: empty, ``below`` (fewer than the fewest rows that were tried) or ``above`` (more
            than the most that were tried, further than a curve may be stretched).
        low_open: the interval goes on below ``low``, where no size was tried.
        high_open: it goes on above ``high``.
        generations: how many generations the score is the mean of.
    """

    value: float
    low: float
    high: float
    bound: str = ""
    low_open: bool = False
    high_open: bool = False
    generations: int = 1


@dataclass(frozen=True, slots=True)
class Needed:
    """How many rows reach a score.

    Attributes:
        target: the macro-F1 to reach.
        rows: how many reach it; with ``bound``, the number that it is below or above.
        low: lower end of the 95% interval, in rows.
        high: upper end.
        bound: empty; ``below`` (the fewest rows that were tried reach it); ``beyond`` (not within
            ten times the most rows that were tried, and nothing is claimed further); ``never`` (the
            curve levels off below it, for certain enough: the level's interval is below it too).
        level: the score at which the curve levels off.
        high_open: the interval goes on above ``high``: some of the curves do not reach it there.
        measured: the most rows that were tried; ``rows`` above it are an extrapolation.
    """

    target: float
    rows: float
    low: float
    high: float
    bound: str
    level: Estimate
    high_open: bool
    measured: int

    @property
    def reached(self) -> bool:
        """Whether a number of rows can be named."""
        return self.bound in ("", "below")
