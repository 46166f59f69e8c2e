"""``templates``: sentences with gaps, filled by the label's words and by drawn attributes.

A baseline without an LM, in which all that a row says was written by hand, as test cases are in
CheckList (Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList", ACL
2020). Attributes are drawn as ``attributes`` draws them, with the same quotas; so a sweep can ask
what an LM adds to the very words that its prompt holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import ConfigDict, Field, model_validator

from synthlab.generators.attributes import Attributes, Axis
from synthlab.generators.offline import Offline
from synthlab.records import Request, Row, draw_seed

GAP = re.compile(r"\{(\w+)\}")
KNOWN = ("document", "label")


class Templates(Offline, Attributes):
    """Rows are the templates in turn, each gap filled."""

    class Params(Attributes.Params):
        """The templates, and the axes that fill their gaps."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        axes: dict[str, Axis] = Field(
            default_factory=dict,
            description="axis: a list of values, {value: weight}, or {label: either of these}",
        )
        templates: list[str] = Field(
            default_factory=list,
            description="texts with {label}, {document} and {axis}; left out: all of them in a row",
        )

        @model_validator(mode="after")
        def _filled(self) -> Templates.Params:
            for number, text in enumerate(self.templates, 1):
                if unknown := sorted(set(GAP.findall(text)) - {*KNOWN, *self.axes}):
                    raise ValueError(
                        f"template {number} has a gap {{{unknown[0]}}} that nothing fills; "
                        f"there are: {', '.join([*KNOWN, *self.axes])}"
                    )
            return self

    prompts = {}

    def prepare(self, shots: Sequence[Row]) -> None:
        self.cycles = self.quotas()
        axes = " ".join(f"{{{name}}}" for name in self.params.axes)
        self.templates = self.params.templates or [f"{{document}} {{label}} {axes}".strip()]

    def request(self, label: str, index: int) -> Request:
        drawn = {name: self._draw(label, name, index) for name in self.params.axes}
        return Request(label, index, draw_seed(self.seed, label, index), drawn)

    def compose(self, request: Request) -> str:
        gaps = {
            "document": self.brief.document,
            "label": self.words(request.label),
            **request.attributes,
        }
        turn, place = divmod(request.index, len(self.templates))
        order = list(range(len(self.templates)))
        self.rng("template", request.label, turn).shuffle(order)
        return GAP.sub(lambda gap: gaps[gap[1]], self.templates[order[place]])
