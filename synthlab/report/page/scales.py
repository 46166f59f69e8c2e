"""Where a value stands on an axis, in percent of its length, and which values get a tick."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthlab.report.page.numbers import MINUS

STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Scale:
    """An axis.

    Attributes:
        low: the value at 0%.
        high: the value at 100%.
        ticks: values that are labelled.
        log: whether equal ratios take equal room.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value, 0 to 100; what is outside stands at the end."""
        low, high, here = self.low, self.high, value
        if self.log:
            low, high, here = math.log(low), math.log(high), math.log(max(value, 1e-12))
        return min(100.0, max(0.0, 100 * (here - low) / (high - low)))

    def label(self, tick: float) -> str:
        """A tick's text."""
        if self.log or self.high >= 20:
            return f"{tick:,.0f}"
        digits = 2 if all(abs(t * 100 - round(t * 100)) < 1e-6 for t in self.ticks) else 3
        if all(abs(t * 10 - round(t * 10)) < 1e-6 for t in self.ticks):
            digits = 1
        return f"{tick:.{digits}f}".replace("-", MINUS)


def linear(
    values: Iterable[float],
    most: int = 6,
    bounds: tuple[float, float] | None = None,
    least: float = 0.02,
) -> Scale:
    """An axis that holds all values, with at most ``most`` round ticks.

    Args:
        values: what must fit.
        most: ticks.
        bounds: the axis never goes beyond these.
        least: the shortest that the axis may be.
    """
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    step = _step(high - low, most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    start, end = first * step, last * step
    if bounds:
        start, end = max(bounds[0], start), min(bounds[1], end)
    ticks = [n * step for n in range(first, last + 1) if start - 1e-9 <= n * step <= end + 1e-9]
    return Scale(start, end, tuple(ticks))


def logarithmic(sizes: Sequence[float]) -> Scale:
    """An axis of sizes, each with a tick unless it would touch its neighbour's."""
    ordered = sorted(set(sizes))
    low, high = ordered[0] / 1.15, ordered[-1] * 1.15
    kept: list[float] = []
    for size in ordered:
        if not kept or math.log(size / kept[-1]) > 0.085 * math.log(high / low):
            kept.append(size)
    return Scale(low, high, tuple(kept), log=True)


def _step(span: float, most: int) -> float:
    unit = 10.0 ** math.floor(math.log10(span / most))
    return next(unit * step for step in (*STEPS, 20, 25, 50) if span / (unit * step) <= most)
