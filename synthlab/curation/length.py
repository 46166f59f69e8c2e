"""Texts with too few or too many words."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthlab.curation.base import Known
from synthlab.features.words import words


class Length:
    """Drops texts outside a range of words (of characters, in scripts without spaces)."""

    class Params(BaseModel):
        """The range, both ends in it."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        min_words: int = Field(default=5, ge=1, description="Fewest words of a kept row.")
        max_words: int = Field(default=1000, ge=1, description="Most words of a kept row.")

        @model_validator(mode="after")
        def _in_order(self) -> Self:
            if self.min_words > self.max_words:
                raise ValueError("min_words is above max_words")
            return self

    def __init__(self, params: Params, real: Known) -> None:
        self.params = params

    def check(self, text: str, label: str) -> str | None:
        count = len(words(text))
        if count < self.params.min_words:
            return "too short"
        return "too long" if count > self.params.max_words else None

    def keep(self, text: str) -> None:
        """Nothing to remember."""
