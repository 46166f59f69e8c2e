"""A scorer whose training rows are added to fixed real rows: what a top-up is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synthlab.outcomes import Score
from synthlab.records import Row
from synthlab.scoring.score import Scorer


class TopUp(Scorer):
    """Trains on the real rows ``base`` and whatever rows it is given.

    Weights that it is given are of those rows only; a real row counts 1. The training rows that a
    score tells of are all of them.

    Args:
        scorer: whose model, field and labels it has.
        base: the real rows.
    """

    def __init__(self, scorer: Scorer, base: Sequence[Row]) -> None:
        super().__init__(scorer.model, scorer.field, scorer.labels, scorer.rarest)
        self.base = tuple(base)

    def fit(self, train: Sequence[Row], weights: Sequence[float] | None = None) -> Any:
        """As ``Scorer.fit``, on the base rows and these."""
        every = None if weights is None else [1.0] * len(self.base) + list(weights)
        return super().fit([*self.base, *train], every)

    def judge(self, model: Any, real: Sequence[Row], train_rows: int) -> Score:
        """As ``Scorer.judge``; ``train_rows`` are those that were added."""
        return super().judge(model, real, len(self.base) + train_rows)
