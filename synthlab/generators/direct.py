"""``direct``: ask for a row of a class and nothing else. The baseline that others must beat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dspy

from synthlab.generators.base import Generator
from synthlab.records import Request, Row


class Direct(Generator):
    """One class-conditional prompt; rows differ by their sampling seed only."""

    prompts = {"row": Path(__file__).parent / "prompts" / "direct.txt"}

    def prepare(self, shots: Sequence[Row]) -> None:
        self.write = dspy.Predict(self.signature("row", ["document", "label"]))

    def inputs(self, request: Request) -> dict[str, str]:
        return {"document": self.brief.document, "label": self.words(request.label)}
