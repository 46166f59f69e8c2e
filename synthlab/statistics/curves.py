"""Learning curves: the score at any number of rows, what is needed, what rows are worth.

A curve is macro-F1 = 1 - e(n) with ``e(n) = a + b * n**-c`` (``powerlaw.py``), fitted to scores of
one model at several numbers of rows n. Its intervals are of the draws of rows, and of the pool that
they come from where there is one (``noise.py``); the noise of the real rows that score it is shared
by every point, and is not in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthlab.comparisons import Estimate, Needed, Worth
from synthlab.errors import DataError
from synthlab.statistics.noise import Points, measured, resampled
from synthlab.statistics.powerlaw import RATE_SPREAD, RATES, USUAL_RATE, Floats, fit_laws

STRETCH = 10
"""``needed`` claims nothing further than this many times the most rows that were tried."""

WORTH_STRETCH = 2
"""``worth`` claims nothing further than this many times the most rows that were tried."""

POOR = 3.0
"""Points that lie this many times further from the curve than their noise do not fit it."""

INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, eq=False)
class Curve:
    """A fitted learning curve.

    Attributes:
        a: the error that no number of rows removes.
        b: the error above it at one row.
        c: how fast more rows remove it.
        draws: a, b, c of the bootstrap's refits, shape (draws, 3).
        sizes: the numbers of rows that were tried, rising.
    """

    a: float
    b: float
    c: float
    draws: Floats
    sizes: tuple[int, ...]

    def at(self, rows: float) -> Estimate:
        """The score at a number of rows; further than ten times ``sizes[-1]`` it is a guess.

        Raises:
            DataError: when ``rows`` is not above 0.
        """
        if not rows > 0:
            raise DataError(f"a learning curve has no score at {rows} rows", "ask for 1 or more")
        value = 1 - self.a - self.b * rows**-self.c
        a, b, c = self.draws.T
        return _estimate(value, 1 - a - b * rows**-c)

    @property
    def ceiling(self) -> Estimate:
        """The score at which it levels off, 1 - a."""
        return _estimate(1 - self.a, 1 - self.draws[:, 0])

    def extrapolates(self, rows: float) -> bool:
        """Whether ``rows`` are more than were tried."""
        return rows > self.sizes[-1]

    def needed(self, target: float) -> Needed:
        """How many rows reach a macro-F1, with a 95% interval.

        Nothing is claimed beyond ``STRETCH`` times the most rows that were tried.
        """
        least, most = self.sizes[0], STRETCH * self.sizes[-1]
        rows = float(_inverse(np.array([[self.a, self.b, self.c]]), np.array([target]))[0])
        spread = _inverse(self.draws, np.full(len(self.draws), target))
        low, high = np.percentile(np.clip(spread, least, most), INTERVAL)
        level = self.ceiling
        bound = "below" if rows < least else ""
        if rows > most:
            bound = "never" if level.high < target else "beyond"
        shown = float(np.clip(rows, least, most))
        return Needed(
            target=target,
            rows=shown,
            low=min(float(low), shown),
            high=max(float(high), shown),
            bound=bound,
            level=level,
            high_open=bool(high >= most),
            measured=self.sizes[-1],
        )


def fit(
    scores: Mapping[int, Sequence[float]],
    draws: int = 1_000,
    seed: int = 0,
    pool: int | None = None,
) -> Curve:
    """The learning curve through the mean scores at several numbers of rows.

    Two sizes fix ``a`` and ``b`` with ``c`` at ``USUAL_RATE``; three or more fit ``c`` too, pulled
    weakly towards it. Each refit of the bootstrap moves the points by their noise and the
    rate that ``c`` is pulled to, so that what few sizes cannot know widens the interval. Points
    that fall with more rows, or that lie off every such curve, widen it as well; where they lie far
    off, as where easy rows reach 1.0 in a few steps, all get the same misfit added to their noise,
    so that the surest ones do not draw the curve away from the others.

    Args:
        scores: macro-F1 of each draw of rows, by the number of rows; one or more draws a size.
        draws: refits for the intervals.
        seed: of the bootstrap.
        pool: rows that all draws come from, counted as ``scores`` counts them; the intervals then
            are of fresh rows, not of other draws of that pool. None for rows made for each draw.

    Raises:
        DataError: on fewer than two sizes, a size without a score, a score outside 0..1, or a size
            above the pool.
    """
    points = measured(scores, pool)
    first = fit_laws(points.sizes, points.errors[None, :], points.ses)
    if _missed(points, first[0]) > POOR:
        points = _loosened(points)
        first = fit_laws(points.sizes, points.errors[None, :], points.ses)
    points = points.widened(_missed(points, first[0]))
    rng = np.random.default_rng(seed)
    rates = USUAL_RATE * np.exp(RATE_SPREAD * rng.standard_normal(draws))
    if len(points.sizes) == 2:
        rates = np.exp(rng.uniform(np.log(RATES[0]), np.log(RATES[-1]), draws))
    laws = fit_laws(points.sizes, resampled(points, draws, rng), points.ses, rates)
    a, b, c = (float(part) for part in first[0])
    return Curve(a, b, c, laws, tuple(int(size) for size in points.sizes))


def worth(curve: Curve, scores: Sequence[float], sd: float = 0.0) -> Worth:
    """How many real rows train the model to the mean of ``scores``.

    Args:
        curve: fitted to real rows only, on the same test rows as ``scores``.
        scores: macro-F1 of each generation of the rows that are judged.
        sd: over generations, used where there is one score; at 0 the interval is the curve's only.

    Raises:
        DataError: without a score, or with one outside 0..1.
    """
    found = np.asarray(scores, dtype=np.float64)
    if not found.size or not np.all((found >= 0) & (found <= 1)):
        raise DataError("rows are worth nothing known without scores in 0..1", "give macro-F1")
    count = len(found)
    se = float(found.std(ddof=1) / np.sqrt(count)) if count > 1 else sd
    rng = np.random.default_rng([0, count])  # not the numbers that drew the curve's noise
    spread = rng.standard_t(count - 1, len(curve.draws)) if count > 1 else None
    noise = rng.standard_normal(len(curve.draws)) if spread is None else spread
    mean = float(found.mean())
    value = float(_inverse(np.array([[curve.a, curve.b, curve.c]]), np.array([mean]))[0])
    return _worth(curve, value, _inverse(curve.draws, mean + se * noise), count)


def _worth(curve: Curve, value: float, spread: Floats, generations: int) -> Worth:
    least, most = curve.sizes[0], WORTH_STRETCH * curve.sizes[-1]
    low, high = np.percentile(np.clip(spread, least, most), INTERVAL)
    bound = "below" if value < least else "above" if value > most else ""
    shown = {"below": least, "above": curve.sizes[-1]}.get(bound, value)
    inside = not bound
    return Worth(
        value=float(shown),
        low=min(float(low), value) if inside else float(low),
        high=max(float(high), value) if inside else float(high),
        bound=bound,
        low_open=bool(low <= least),
        high_open=bool(high >= most),
        generations=generations,
        measured=curve.sizes[-1],
    )


def _inverse(laws: Floats, scores: Floats) -> Floats:
    """Rows at which each law reaches each score: 0 when any number does, inf when none does."""
    a, b, c = laws.T
    above = 1 - scores - a
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rows = np.where(b > 0, (b / above) ** (1 / c), 0.0)
    return np.where(above > 0, rows, np.where((above == 0) & (b == 0), 0.0, np.inf))


def _missed(points: Points, law: Floats) -> float:
    """How many times further than their noise the points lie from the curve; at least 1.

    The Birge ratio, where there are more sizes than parameters.
    """
    spare = len(points.sizes) - 3
    if spare < 1:
        return 1.0
    a, b, c = law
    off = (points.errors - a - b * points.sizes**-c) / points.ses
    return max(1.0, float(np.sqrt(off @ off / spare)))


def _loosened(points: Points) -> Points:
    """The points with the variance added to each at which a law fits them as well as it should.

    Paule and Mandel, "Consensus values and weighting factors", J. Res. NBS 87, 1982, by halving.
    """
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        tried = replace(points, ses=np.hypot(points.ses, middle))
        law = fit_laws(tried.sizes, tried.errors[None, :], tried.ses)[0]
        low, high = (middle, high) if _missed(tried, law) > 1 else (low, middle)
    return replace(points, ses=np.hypot(points.ses, high))


def _estimate(value: float, draws: Floats) -> Estimate:
    low, high = np.percentile(draws, INTERVAL)
    return Estimate(
        value=float(value),
        low=min(float(low), float(value)),
        high=max(float(high), float(value)),
        se=float(draws.std()),
        df=float("inf"),
    )
