"""``few_shot``: show real rows of the class in each prompt, from a small fixed pool.

The pool is small on purpose: real rows that prompts show are real labels spent, and a run prints
what the classifier reaches when it is trained on such rows directly. Which rows a prompt showed is
in each row's lineage.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dspy
from pydantic import BaseModel, ConfigDict, Field

from synthlab.errors import ConfigError
from synthlab.generators.base import Generator
from synthlab.records import Request, Row, draw_seed


class FewShot(Generator):
    """Rows written after a few real ones."""

    class Params(BaseModel):
        """How many real rows are shown, and how much of each."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        shots: int = Field(2, ge=1, le=20, description="real rows shown in one prompt")
        pool: int = Field(5, ge=1, description="real rows a class that may be shown at all")
        max_words: int = Field(60, ge=5, description="each shown row is cut to so many words")

    prompts = {"row": Path(__file__).parent / "prompts" / "few_shot.txt"}
    shared = ("examples",)

    def prepare(self, shots: Sequence[Row]) -> None:
        self.pool = {label: self._pool(label, shots) for label in self.brief.labels}
        self.shown = tuple(row.id for rows in self.pool.values() for row in rows)
        self.write = dspy.Predict(self.signature("row", ["document", "label", "examples"]))

    def request(self, label: str, index: int) -> Request:
        pool = self.pool[label]
        drawn = self.rng("shots", label, index).sample(range(len(pool)), self.params.shots)
        shown = tuple(pool[place].id for place in sorted(drawn))
        return Request(label, index, draw_seed(self.seed, label, index), shown=shown)

    def inputs(self, request: Request) -> dict[str, str]:
        texts = {row.id: str(row.values[self.brief.field]) for row in self.pool[request.label]}
        examples = "\n\n".join(self._cut(texts[key]) for key in request.shown)
        known = {"document": self.brief.document, "label": self.words(request.label)}
        return {**known, "examples": examples}

    def _cut(self, text: str) -> str:
        return " ".join(text.split()[: self.params.max_words])

    def _pool(self, label: str, shots: Sequence[Row]) -> tuple[Row, ...]:
        rows = tuple(row for row in shots if row.label == label)[: self.params.pool]
        if len(rows) < self.params.shots:
            raise ConfigError(
                f"generator.with.shots: {self.params.shots} real rows of class '{label}' are to be "
                f"shown, but the seed split and 'pool' leave {len(rows)}"
                + ("" if shots else " (task.real_rows: score lets no prompt show a real row)")
            )
        return rows
