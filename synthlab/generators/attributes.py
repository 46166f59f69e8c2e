"""``attributes``: draw each row's attributes from declared axes, per class and with quotas.

The idea is AttrPrompt's (Yu et al., NeurIPS 2023, arXiv 2306.15895): class-dependent attributes
such as subtopic x style x length make rows that differ where real rows differ. Draws go through
shuffled cycles, so that every value of an axis is used equally often (or by its weight).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dspy
from pydantic import BaseModel, ConfigDict, Field, field_validator

from synthlab.errors import ConfigError
from synthlab.generators.base import Generator
from synthlab.records import Request, Row, draw_seed

Axis = list[str] | dict[str, list[str]] | dict[str, float]


class Attributes(Generator):
    """Rows whose attributes are drawn from axes; ``{axis}`` in the prompt stands for the draw."""

    class Params(BaseModel):
        """The declared axes."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        axes: dict[str, Axis] = Field(
            min_length=1,
            description="axis: a list of values, {label: values}, or {value: weight}",
        )

        @field_validator("axes")
        @classmethod
        def _usable(cls, axes: dict[str, Axis]) -> dict[str, Axis]:
            for name, axis in axes.items():
                if not name.isidentifier() or name in ("label", "document", "text"):
                    raise ValueError(f"'{name}' cannot name an axis: use a plain word")
                lists = axis.values() if isinstance(axis, dict) else [axis]
                if not axis or any(values == [] for values in lists):
                    raise ValueError(f"axis '{name}' has no values")
                if any(isinstance(v, int | float) and v <= 0 for v in lists):
                    raise ValueError(f"axis '{name}' has a weight that is not above 0")
            return axes

    prompts = {"row": Path(__file__).parent / "prompts" / "attributes.txt"}

    def prepare(self, shots: Sequence[Row]) -> None:
        self.cycles = {
            (label, name): self._cycle(name, axis, label)
            for label in self.brief.labels
            for name, axis in self.params.axes.items()
        }
        inputs = ["document", "label", *self.params.axes]
        self.write = dspy.Predict(self.signature("row", inputs))

    def request(self, label: str, index: int) -> Request:
        drawn = {name: self._draw(label, name, index) for name in self.params.axes}
        return Request(label, index, draw_seed(self.seed, label, index), drawn)

    def inputs(self, request: Request) -> dict[str, str]:
        known = {"document": self.brief.document, "label": self.words(request.label)}
        return {**known, **request.attributes}

    def _draw(self, label: str, axis: str, index: int) -> str:
        values = self.cycles[label, axis]
        turn, place = divmod(index, len(values))
        order = list(values)
        self.rng("axis", label, axis, turn).shuffle(order)
        return order[place]

    def _cycle(self, name: str, axis: Axis, label: str) -> tuple[str, ...]:
        if isinstance(axis, list):
            return tuple(axis)
        weights = {value: weight for value, weight in axis.items() if not isinstance(weight, list)}
        if weights:
            least = min(weights.values())
            return tuple(v for v, weight in weights.items() for _ in range(round(weight / least)))
        values = axis.get(label)
        if not isinstance(values, list):
            raise ConfigError(
                f"generator.with.axes.{name}: no values for class '{label}'; "
                f"the task's classes are {', '.join(self.brief.labels)}"
            )
        return tuple(values)
