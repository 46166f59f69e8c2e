"""Rows in, kept and dropped rows out: the steps in order, the first reason counts.

A curator remembers what it kept, so that rows of a later call (refills) are held against all rows
before. How many rows are wanted, and when to stop, is for the caller.
"""

from __future__ import annotations

from collections.abc import Sequence

from synthlab.curation.base import Step
from synthlab.records import Curated, Dropped, Row


class Curator:
    """Sifts rows through steps.

    Args:
        steps: asked in this order; cheap ones first.
        field: name of the text field in ``Row.values``; a row without it has an empty text.
    """

    def __init__(self, steps: Sequence[Step], field: str) -> None:
        self.steps = tuple(steps)
        self._field = field

    def sift(self, rows: Sequence[Row]) -> Curated:
        """Every row of ``rows`` comes back, in order, kept or dropped."""
        kept: list[Row] = []
        dropped: list[Dropped] = []
        for row in rows:
            reason = self._judge(row)
            if reason is None:
                kept.append(row)
            else:
                dropped.append(Dropped(row, reason))
        return Curated(tuple(kept), tuple(dropped))

    def _judge(self, row: Row) -> str | None:
        value = row.values.get(self._field)
        text = "" if value is None else str(value)
        for step in self.steps:
            reason = step.check(text, row.label)
            if reason is not None:
                return reason
        for step in self.steps:
            step.keep(text)
        return None
