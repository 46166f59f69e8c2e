"""How sure a score is, and how sure a difference: over real rows and over generations.

Two things vary: which real rows happen to be in the holdout, and what an LM happens to write. Rows
are resampled within their class (bootstrap); generations, of which there are few, enter through
their own variance. For a mean difference over R generations (crossed random effects of rows and
generations; Owen 2007, "The pigeonhole bootstrap", and Brennan 2001 for the components):

    Var = V_rows + V_generations - V_both

V_rows is the bootstrap variance of the mean difference, V_generations = s^2 / R over the
generations' differences, and V_both = sum_r Var_boot(d_r - mean) / (R (R - 1)) is the part that
both of them hold. The interval is a t interval: with R = 5 a percentile interval would be too
short, as five numbers say little about their spread. Its quantile is the mean of those of the two
sources, weighted by their variances (Cochran and Cox 1950); its degrees of freedom are those of
the t distribution with that quantile. Satterthwaite's would be more wherever the generations of
this very sample happen to agree, and the interval shorter just then, so that at R = 3 it holds the
truth in 91 of 100 cases. V_both is counted to the generations by half: by none, the same happens;
as a whole, intervals are far too wide where generations hardly differ
(``experiments/honest-comparison``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from synthlab.comparisons import Contrast, Estimate
from synthlab.statistics.macro import DRAWS, Codes, Floats, Patterns

ROPE = 0.01
"""Half the region of practical equivalence, in macro-F1 (Benavoli et al. 2017 use 1 point)."""

NOISE = 0.03
"""Standard deviation of macro-F1 over generations of one prompt at some 40 rows a class; assumed
where there is one generation and nothing can be known of it."""

_MANY = 1e9  # degrees of freedom that are as good as a normal distribution


@dataclass(frozen=True)
class _Spread:
    """A variance and its degrees of freedom."""

    variance: float
    df: float

    @property
    def se(self) -> float:
        return math.sqrt(self.variance)

    def quantile(self, share: float) -> float:
        return float(special.stdtrit(self.df, share))


def level(
    true: Codes, called: NDArray[np.int16], classes: int, draws: int = DRAWS, seed: int = 0
) -> Estimate:
    """The mean macro-F1 over generations, with its 95% interval.

    Args:
        true: shape (rows,), class codes.
        called: shape (generations, rows): what each generation's model called each row.
        classes: number of classes.
        draws: bootstrap draws.
        seed: of the draws.
    """
    folded = Patterns.of(true, called, classes)
    points, booted = folded.scores(), folded.draws(draws, seed)
    spread = _spread(_rows(booted), [_generations(points, booted)], len(true))
    value, half = float(points.mean()), spread.quantile(0.975) * spread.se
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Estimate(value, low, high, spread.se, spread.df, len(points))


def contrast(
    names: tuple[str, str],
    true: Codes,
    a: NDArray[np.int16],
    b: NDArray[np.int16],
    classes: int,
    paired: bool = True,
    rope: float = ROPE,
    noise: float = 0.0,
    draws: int = DRAWS,
    seed: int = 0,
) -> Contrast:
    """The mean macro-F1 of ``a`` minus that of ``b``.

    Args:
        names: of a and of b.
        true: shape (rows,), class codes.
        a: shape (generations of a, rows).
        b: shape (generations of b, rows).
        classes: number of classes.
        paired: generation number r of a and of b were drawn with the same seeds; taken into
            account where there are equally many. Rows are always paired.
        rope: half the region of practical equivalence.
        noise: standard deviation over generations that is assumed where there is one generation
            of each, so that nothing can be known about it; 0 leaves it out.
        draws: bootstrap draws.
        seed: of the draws.
    """
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    folded = Patterns.of(true, np.vstack([a, b]), classes)
    points, booted = folded.scores(), folded.draws(draws, seed)
    (mine, other), (my_draws, other_draws) = np.split(points, [len(a)]), np.split(booted, [len(a)])
    return gap(names, (mine, my_draws), (other, other_draws), len(true), paired, rope, noise)


def gap(
    names: tuple[str, str],
    a: tuple[Floats, Floats],
    b: tuple[Floats, Floats],
    rows: int,
    paired: bool = True,
    rope: float = ROPE,
    noise: float = 0.0,
) -> Contrast:
    """The mean of any measure of ``a`` minus that of ``b``; what ``contrast`` does for macro-F1.

    Args:
        names: of a and of b.
        a: the measure of each generation, shape (generations,), and on each resampling of the
            rows, shape (generations, draws); the resamplings are those of b.
        b: the same of the other side.
        rows: how many rows it was measured on.
        paired: see ``contrast``.
        rope: see ``contrast``.
        noise: see ``contrast``.
    """
    (mine, my_draws), (other, other_draws) = a, b
    if paired and len(mine) == len(other):
        parts = [_generations(mine - other, my_draws - other_draws)]
    else:
        parts = [_generations(mine, my_draws), _generations(other, other_draws)]
        # Nothing is known of the spread of a single generation but that of the other side.
        known = [part for part in parts if part.count > 1]
        parts = [known[0].and_a_single()] if len(known) == 1 else known
    of_rows = _rows(my_draws.mean(axis=0, keepdims=True) - other_draws.mean(axis=0, keepdims=True))
    assumed = 2 * noise**2 if len(mine) == len(other) == 1 else 0.0
    spread = _spread(of_rows, parts, rows, assumed)
    value = float(mine.mean() - other.mean())
    return _contrast(names, value, spread, rope, (len(mine), len(other)))


def _contrast(
    names: tuple[str, str],
    value: float,
    spread: _Spread,
    rope: float,
    generations: tuple[int, int],
) -> Contrast:
    se, half = spread.se, spread.quantile(0.975) * spread.se
    if se > 0:
        p = 2 * float(special.stdtr(spread.df, -abs(value) / se))
        worse = float(special.stdtr(spread.df, (-rope - value) / se))
        better = float(special.stdtr(spread.df, (value - rope) / se))
    else:
        p, worse, better = float(value == 0), float(value < -rope), float(value > rope)
    return Contrast(
        a=names[0],
        b=names[1],
        value=value,
        low=max(-1.0, value - half),
        high=min(1.0, value + half),
        se=se,
        df=spread.df,
        p=p,
        better=better,
        equal=max(0.0, 1 - better - worse),
        worse=worse,
        rope=rope,
        resolves=(spread.quantile(0.975) + spread.quantile(0.8)) * se,
        generations=generations,
        p_holm=p,
    )


@dataclass(frozen=True)
class _Generations:
    """The variance over generations of a mean of ``count`` of them; ``both`` is in rows too."""

    count: int
    variance: float
    both: float

    def and_a_single(self) -> _Generations:
        """Of the mean, and of one generation more on the other side."""
        times = 1 + self.count
        return _Generations(self.count, self.variance * times, self.both * times)


def _generations(points: Floats, booted: Floats) -> _Generations:
    count = len(points)
    if count < 2:
        return _Generations(count, 0.0, 0.0)
    inner = (booted - booted.mean(axis=0)).var(axis=1, ddof=1).sum() / (count * (count - 1))
    return _Generations(count, float(points.var(ddof=1)) / count, float(inner))


def _rows(booted: Floats) -> float:
    return float(booted.mean(axis=0).var(ddof=1))


def _spread(rows: float, parts: list[_Generations], count: int, assumed: float = 0.0) -> _Spread:
    net = sum(max(0.0, part.variance - part.both) for part in parts)
    total = rows + net + assumed
    if total == 0:
        return _Spread(0.0, _MANY)
    # Of two sides that vary apart, Welch's degrees of freedom.
    noise = sum(part.variance**2 / (part.count - 1) for part in parts if part.count > 1)
    scatter = sum(part.variance for part in parts)
    few, many = (scatter**2 / noise if noise > 0 else _MANY), float(max(1, count - 1))
    gross = sum(max(part.both, part.variance) for part in parts)
    return _Spread(total, _between(few, many, min(1.0, (net + gross) / 2 / total)))


def _between(few: float, many: float, share: float) -> float:
    """Degrees of freedom whose 97.5% quantile is the weighted mean; ``share`` is that of few."""
    if share == 0 or few >= many:
        return many
    from scipy import optimize  # with scipy.stats, a third of a second that few commands need

    quantile = share * special.stdtrit(few, 0.975) + (1 - share) * special.stdtrit(many, 0.975)
    found = optimize.brentq(lambda df: special.stdtrit(df, 0.975) - quantile, few, many)
    return float(found)
