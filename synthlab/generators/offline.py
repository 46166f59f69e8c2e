"""Generators that ask no LM: baselines by which to see what an LM is worth.

They come through the same door as any other: planned by requests, curated, scored, logged and
promoted, at no cost. Their candidates have the LM ``none/no-lm``, whatever the config's is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import dspy

from synthlab.errors import ConfigError
from synthlab.generators.base import Generator
from synthlab.records import Request, Row


class Offline(Generator):
    """Base of those; a subclass defines ``compose``."""

    asks: ClassVar[bool] = False

    def prepare(self, shots: Sequence[Row]) -> None:
        """Nothing to build."""

    def compose(self, request: Request) -> str:
        """The text of a row; the same for the same request."""
        raise NotImplementedError(f"{type(self).__name__} does not define compose()")

    def forward(self, request: Request) -> dspy.Prediction:
        return dspy.Prediction(**{self.brief.field: self.compose(request)})

    def forward_many(self, requests: Sequence[Request]) -> list[str]:
        return [self.compose(request) for request in requests]

    def heading(self, order: Sequence[Request]) -> str | None:
        """No prompt is rendered, so none is kept."""
        return None

    @classmethod
    def known_prompts(cls, params: Any = None) -> dict[str, str | Path]:
        """None."""
        return {}

    def pooled(self, shots: Sequence[Row], most: int, least: int = 1) -> dict[str, list[Row]]:
        """The first real rows of each class, which rows will be made of.

        They are marked as shown, as those in a prompt are, and as what rows derive from.

        Args:
            shots: the real rows that may be shown.
            most: of each class.
            least: of each class; fewer are an error.

        Raises:
            ConfigError: a class with too few of them.
        """
        pool: dict[str, list[Row]] = {}
        for label in self.brief.labels:
            pool[label] = [row for row in shots if row.label == label][:most]
            if len(pool[label]) < least:
                raise ConfigError(
                    f"generator: {type(self).__name__} makes rows of real ones, and of class "
                    f"'{label}' the seed split leaves {len(pool[label])}"
                    + ("" if shots else " (task.real_rows: score lets no real row be shown)"),
                    "give the seed split more rows of it, or use another generator",
                )
        self.shown = tuple(row.id for rows in pool.values() for row in rows)
        self.derived = self.shown
        return pool
