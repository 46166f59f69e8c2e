"""The vocabulary of a comparison that holds: estimates, contrasts, and what the finals found.

Frozen records as in ``outcomes.py``; the figures come from ``statistics``. Every score here is a
macro-F1 in 0..1 unless its field says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SYNTHETIC, REAL, BOTH, DIRECT = "synthetic alone", "real alone", "both", "direct prompt"
"""What a classifier can be trained on: the names of the arms."""

TOPPED, POOL_SAME, POOL_BEST = "topped up", "pool, same size", "pool, best"
"""Real rows topped up; rows chosen from all of the search: as many as the winner has, or any."""


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


@dataclass(frozen=True, slots=True)
class Finalist:
    """A candidate of the frozen shortlist, generated afresh.

    Attributes:
        rows: kept rows of one generation.
        search: the score that the search saw, which it was picked by.
        shrunken: that score, freed of what luck gave the best of many (``statistics.many``).
        dev: fresh generations on dev.
        usd_per_1000: cost of 1,000 kept rows; None when a price is not known.
        tokens_per_row: of a kept row, what was dropped included.
        run_id: the tracking run of its fresh generations.
    """

    name: str
    generator: str
    rows: int
    search: float
    shrunken: float
    dev: Estimate
    usd_per_1000: float | None
    tokens_per_row: float
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """What a classifier was trained on, and what it reaches on the sealed test rows.

    Attributes:
        name: one of the names above; of a remedy, where classes are topped up.
        rows: training rows.
        real: those of them that are real.
        weight: of a synthetic row where a real one has 1; chosen on dev.
        uneven: ``Score.uneven``, mean over the generations.
    """

    name: str
    estimate: Estimate
    rows: int
    real: int = 0
    weight: float = 1.0
    uneven: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """The finals' questions, asked of another kind of classifier.

    Attributes:
        model: its name.
        arms: what it reaches, in the order of ``Finals.arms``.
        against: questions that it answers the other way round, both answers being sure.
    """

    model: str
    arms: tuple[Arm, ...]
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One size of a learning curve on test: mean and standard deviation over draws.

    Attributes:
        weight: of a synthetic row beside a real one, where both were trained on.
    """

    per_class: int
    rows: int
    f1: float
    sd: float
    draws: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class PoolMethod:
    """A way to choose from the pool.

    Attributes:
        f1: macro-F1 on dev of rows that one half of it chose and the other half judged.
        rows: how many it takes, with all of dev.
    """

    name: str
    f1: float
    rows: int


@dataclass(frozen=True, slots=True)
class PoolFound:
    """What all kept rows of a search come to as training data.

    Attributes:
        rows: in the pool, near-duplicates left out.
        candidates: that wrote them.
        methods: what was compared on dev; the winner's own rows of the search stand first.
        same: name of the method of the arm ``POOL_SAME``.
        best: of the arm ``POOL_BEST``.
        arms: on test; one generation each, whose luck is in no interval of an arm.
        contrasts: both less the winner's rows, Holm-corrected among themselves.
    """

    rows: int
    candidates: int
    methods: tuple[PoolMethod, ...]
    same: str
    best: str
    arms: tuple[Arm, ...]
    contrasts: tuple[Contrast, ...]


@dataclass(frozen=True, slots=True)
class Finals:
    """What the finals found.

    Attributes:
        finalists: best first, on dev.
        chosen: why the winner was picked, in words.
        dev: the winner against each other finalist, on dev.
        arms: on test, the winner's first: synthetic alone, real alone, both, the direct prompt.
        contrasts: on test, Holm-corrected.
        real_rows: ``train``, ``seed`` or ``score``: which real rows the run may train on.
        families: other kinds of classifier.
        crossed: macro-F1 on test of the best finalist, where no generation is judged for a choice
            that it had a say in (``statistics.many.crossed``): what the winner's own figure, which
            the luck of its generations flatters, comes to without it.
        optimism: the search's score of the winner minus that of all its rows on test.
        optimism_fresh: the fresh generations' score on dev minus that on test.
        reads: how often this test split was opened, this time included, over all runs.
        curves: points by what was trained on: ``real``, ``synthetic``, ``both``.
        said: sentences about worth, reach and the choice of rows.
        pool: all rows of the search as training data; None where there was no choice.
        uneven: contrasts by measure, where classes are topped up (``statistics.uneven``).
    """

    finalists: tuple[Finalist, ...]
    chosen: str
    dev: tuple[Contrast, ...]
    arms: tuple[Arm, ...]
    contrasts: tuple[Contrast, ...]
    real_rows: str
    families: tuple[Family, ...]
    crossed: float
    optimism: float
    optimism_fresh: float
    reads: int
    curves: Mapping[str, tuple[Point, ...]]
    said: tuple[str, ...]
    pool: PoolFound | None = None
    uneven: Mapping[str, tuple[Contrast, ...]] = field(default_factory=dict)

    @property
    def winner(self) -> Finalist:
        """The first of the finalists."""
        return self.finalists[0]

    def arm(self, name: str) -> Arm | None:
        """The arm of that name."""
        return next((arm for arm in self.arms if arm.name == name), None)


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
        measured: the most real rows that were tried; ``value`` above it is an extrapolation. 0
            where that is not known.
    """

    value: float
    low: float
    high: float
    bound: str = ""
    low_open: bool = False
    high_open: bool = False
    generations: int = 1
    measured: int = 0


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
