"""About how long an LM call takes, before any was made.

The figures are rough on purpose: every result is a range, and a few real calls replace it. What a
run does besides calling LMs (reading data, training classifiers) is not in here.
"""

from __future__ import annotations

import math
import os
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from synthlab.lm.base import LMSettings
from synthlab.lm.weights import find_weights


@dataclass(frozen=True, slots=True)
class Range:
    """A figure that is not known yet: likely ``likely``, hardly below ``low`` or above ``high``.

    Errors of a sum's parts are taken to go the same way (they come from the same guesses), those
    of a product's factors to be independent: there, relative errors add in squares.
    """

    low: float
    likely: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def __mul__(self, other: Range | float) -> Range:
        by = other if isinstance(other, Range) else Range(other, other, other)
        likely = self.likely * by.likely
        mine, its = self._errors(), by._errors()
        return Range(
            likely * math.exp(-math.hypot(mine[0], its[0])),
            likely,
            likely * math.exp(math.hypot(mine[1], its[1])),
        )

    def _errors(self) -> tuple[float, float]:
        """Logarithms of likely / low and of high / likely; 0 where there is nothing."""
        if not self.likely:
            return 0.0, 0.0
        low = math.log(self.likely / self.low) if self.low else math.inf
        return low, math.log(self.high / self.likely)


NOTHING = Range(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Speed:
    """What llama.cpp does with one model, in tokens a second over all slots together.

    Attributes:
        megabytes: size of the weights.
        prompt: prompt tokens.
        answer: tokens written, by number of slots at work.
    """

    megabytes: float
    prompt: float
    answer: Mapping[int, float]


# Measured on two cores of a server, nothing else running, with waiting threads that sleep (the
# setting of the embedded engine): SmolLM2-135M (Q4_1), Qwen2.5-Coder-0.5B and 1.5B (Q4_K_M).
EMBEDDED = (
    Speed(98, 283, {1: 30, 4: 88, 8: 126, 16: 156}),
    Speed(398, 139, {1: 16, 4: 39, 8: 52, 16: 68}),
    Speed(986, 63, {1: 9, 4: 20, 8: 20, 16: 31}),
)
MEASURED_CORES = 2
# The same model wrote a third as fast while other work held the cores.
BUSY = 3.0

# A guess for hosted models, not measured: seconds until the first token, and tokens a second.
WAIT = Range(0.5, 1.0, 3.0)
WRITES = Range(150, 60, 25)

# Providers promise a batch within a day and say that most are done within an hour.
BATCH_SECONDS = Range(5 * 60, 60 * 60, 24 * 60 * 60)


def call_seconds(
    settings: LMSettings, tokens_in: float, tokens_out: float, in_flight: int
) -> Range:
    """Seconds that one call takes while ``in_flight`` calls, this one included, are under way."""
    if settings.engine in ("fake", "none"):
        return NOTHING
    if settings.engine == "embedded":
        return _embedded(settings, tokens_in, tokens_out, in_flight)
    return WAIT + Range(
        tokens_out / WRITES.low, tokens_out / WRITES.likely, tokens_out / WRITES.high
    )


def _embedded(settings: LMSettings, tokens_in: float, tokens_out: float, in_flight: int) -> Range:
    megabytes = find_weights(settings.name).stat().st_size / 1e6
    near = min(EMBEDDED, key=lambda s: max(s.megabytes / megabytes, megabytes / s.megabytes))
    slower = megabytes / near.megabytes
    seconds = slower * (tokens_in / near.prompt + tokens_out / _between(near.answer, in_flight))
    spare = MEASURED_CORES / max(MEASURED_CORES, os.cpu_count() or 1)
    return Range(spare, 1.0, BUSY) * (in_flight * seconds)


def _between(points: Mapping[int, float], at: int) -> float:
    """The value at ``at``, on straight lines between the points; flat outside them."""
    places = list(points)
    after = bisect_left(places, at)
    if after == 0 or after == len(places):
        return points[places[min(after, len(places) - 1)]]
    left, right = places[after - 1], places[after]
    share = (at - left) / (right - left)
    return points[left] + share * (points[right] - points[left])
