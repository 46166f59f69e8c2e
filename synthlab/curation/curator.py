"""Rows in, kept and dropped rows out: the steps in order, the first reason counts.

A curator remembers what it kept, so that rows of a later call (refills) are held against all rows
before. How many rows are wanted, and when to stop, is for the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
        """Every row of ``rows`` comes back, in order, kept or dropped.

        A kept row has the class that a ``Relabelling`` step gave it; its request tells the class
        that it was asked for.
        """
        kept: list[Row] = []
        dropped: list[Dropped] = []
        for row in rows:
            label, reason = self._judge(row)
            if reason is not None:
                dropped.append(Dropped(row, reason))
            else:
                kept.append(row if label == row.label else replace(row, label=label))
        return Curated(tuple(kept), tuple(dropped))

    def _judge(self, row: Row) -> tuple[str, str | None]:
        """The class that the row is kept as, and why it is not kept."""
        label = row.label
        value = row.values.get(self._field)
        text = "" if value is None else str(value)
        asked = row.lineage.request.attributes if row.lineage else {}
        for step in self.steps:
            if hasattr(step, "label"):
                label = step.label(text, label)
            if hasattr(step, "check_asked"):
                reason = step.check_asked(text, label, asked)
            else:
                reason = step.check(text, label)
            if reason is not None:
                return label, reason
        for step in self.steps:
            step.keep(text)
        return label, None
