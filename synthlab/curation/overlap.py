"""Rows that copy real rows: long runs of words taken over, or the whole text."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from synthlab.curation.base import Known
from synthlab.features.shared import SharedRuns
from synthlab.features.words import fold_key

COPIES = "copies real rows"


class Overlap:
    """Drops a text with too large a share of its runs of ``n`` words in real rows.

    A text of fewer than ``n`` words is dropped when it equals a real row.
    """

    class Params(BaseModel):
        """What counts as copying."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        n: int = Field(default=8, ge=1, description="Words in a run.")
        share: float = Field(
            default=0.2, ge=0, lt=1, description="Largest share of runs that real rows may hold."
        )

    def __init__(self, params: Params, real: Known) -> None:
        self.params = params
        self._runs = SharedRuns(real.texts, params.n)
        self._whole = {fold_key(text) for text in real.texts}

    def check(self, text: str, label: str) -> str | None:
        found, runs = self._runs.count(text)
        if found > self.params.share * runs or fold_key(text) in self._whole:
            return COPIES
        return None

    def keep(self, text: str) -> None:
        """Nothing to remember."""
