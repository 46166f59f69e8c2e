"""``attributes``: draw each row's attributes from declared axes, per class and with quotas.

The idea is AttrPrompt's (Yu et al., NeurIPS 2023, arXiv 2306.15895): class-dependent attributes
such as subtopic x style x length make rows that differ where real rows differ. Draws go through
shuffled cycles, so that every value of an axis is used equally often, or as its weight says: a
cycle is a systematic sample (Madow 1949) of the weights laid end to end, whose start moves on from
cycle to cycle by the golden ratio, so that any run of draws is close to the quotas. Weights that
are whole multiples of the least fill each cycle exactly.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import dspy
from pydantic import BaseModel, ConfigDict, Field, field_validator

from synthlab.errors import ConfigError
from synthlab.generators.base import Generator
from synthlab.records import Request, Row, draw_seed

Values = list[str] | dict[str, float]
Axis = list[str] | dict[str, float | Values]

GOLDEN = (math.sqrt(5) - 1) / 2

MOST = 1000
"""Draws in a cycle of whole multiples; a longer one would be uneven for longer than a run lasts."""


@dataclass(frozen=True)
class Cycle:
    """The quotas of one axis and class.

    Attributes:
        values: what may be drawn.
        ends: where the stretch of each value ends, of ``length`` in all; whole numbers are exact.
        length: draws in a cycle.
    """

    values: tuple[str, ...]
    ends: tuple[float, ...]
    length: int

    @classmethod
    def of(cls, weights: Sequence[tuple[str, float]]) -> Cycle:
        """Values with their weights, which count by their ratios."""
        # As they are written: 0.3 is three tenths, not the nearest binary fraction.
        parts = [Fraction(str(weight)) for _, weight in weights]
        total, least = sum(parts), min(parts)
        whole = all((part / least).denominator == 1 for part in parts) and total / least <= MOST
        length = int(total / least) if whole else len(parts)
        ends = tuple(float(end / total * length) for end in accumulate(parts))
        return cls(tuple(value for value, _ in weights), ends, length)

    def turn(self, start: float) -> list[str]:
        """The draws of one cycle, unshuffled; ``start`` in [0, 1) is where the sample begins."""
        last = len(self.values) - 1
        return [
            self.values[min(last, bisect_right(self.ends, place + start))]
            for place in range(self.length)
        ]


class Attributes(Generator):
    """Rows whose attributes are drawn from axes; ``{axis}`` in the prompt stands for the draw."""

    class Params(BaseModel):
        """The declared axes."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        axes: dict[str, Axis] = Field(
            min_length=1,
            description="axis: a list of values, {value: weight}, or {label: either of these}",
        )

        @field_validator("axes")
        @classmethod
        def _usable(cls, axes: dict[str, Axis]) -> dict[str, Axis]:
            for name, axis in axes.items():
                if not name.isidentifier() or name in ("label", "document", "text"):
                    raise ValueError(f"'{name}' cannot name an axis: use a plain word")
                for place, values in _parts(name, axis).items():
                    if not values:
                        raise ValueError(f"axis '{place}' has no values")
                    weights = values if isinstance(values, dict) else {}
                    for value, weight in weights.items():
                        if not (0 < weight < math.inf):
                            raise ValueError(
                                f"axis '{place}' has a weight that is not above 0: {value}: "
                                f"{weight:g}; leave the value out to draw it never"
                            )
            return axes

    prompts = {"row": Path(__file__).parent / "prompts" / "attributes.txt"}

    def prepare(self, shots: Sequence[Row]) -> None:
        if both := sorted(set(self.params.axes) & set(self.cells.names)):
            raise ConfigError(
                f"generator.with.axes: '{both[0]}' is a sensitive attribute of the task, whose "
                "groups are drawn by its own quotas",
                "leave the axis out, and write {" + both[0] + "} in the prompt",
            )
        self.cycles = self.quotas()
        inputs = ["document", "label", *self.params.axes]
        self.write = dspy.Predict(self.signature("row", inputs))

    def quotas(self) -> dict[tuple[str, str], Cycle]:
        """The cycle of each class and axis.

        Raises:
            ConfigError: an axis without values for a class.
        """
        return {
            (label, name): self._cycle(name, axis, label)
            for label in self.brief.labels
            for name, axis in self.params.axes.items()
        }

    def request(self, label: str, index: int) -> Request:
        drawn = {name: self._draw(label, name, index) for name in self.params.axes}
        return Request(label, index, draw_seed(self.seed, label, index), drawn)

    def inputs(self, request: Request) -> dict[str, str]:
        known = {"document": self.brief.document, "label": self.words(request.label)}
        return {**known, **request.attributes}

    def _draw(self, label: str, axis: str, index: int) -> str:
        cycle = self.cycles[label, axis]
        turn, place = divmod(index, cycle.length)
        # Of the label and the axis alone: candidates with other weights draw with the same numbers.
        start = self.rng("start", label, axis).random()
        order = cycle.turn((start + turn * GOLDEN) % 1)
        self.rng("axis", label, axis, turn).shuffle(order)
        return order[place]

    def _cycle(self, name: str, axis: Axis, label: str) -> Cycle:
        parts = _parts(name, axis)
        values = parts.get(f"{name}.{label}", parts.get(name))
        if values is None:
            raise ConfigError(
                f"generator.with.axes.{name}: no values for class '{label}'; "
                f"the task's classes are {', '.join(self.brief.labels)}"
            )
        equal = [(value, 1.0) for value in values]
        return Cycle.of(list(values.items()) if isinstance(values, dict) else equal)


def _parts(name: str, axis: Axis) -> Mapping[str, Values]:
    """The values of an axis by where they stand: ``axis``, or ``axis.label`` for each label."""
    if isinstance(axis, list):
        return {name: axis}
    plain = {key: value for key, value in axis.items() if isinstance(value, int | float)}
    if not plain:
        return {f"{name}.{label}": values for label, values in _by_label(axis).items()} or {
            name: {}
        }
    if len(plain) < len(axis):
        odd = next(key for key in axis if key not in plain)
        raise ValueError(f"axis '{name}' mixes values with weights and labels: see '{odd}'")
    return {name: plain}


def _by_label(axis: Mapping[str, float | Values]) -> dict[str, Values]:
    return {key: value for key, value in axis.items() if isinstance(value, list | dict)}
