"""Rows in, kept and dropped rows out: the steps in order, the first reason counts.

A curator remembers what it kept, so that rows of a later call (refills) are held against all rows
before. How many rows are wanted, and when to stop, is for the caller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from synthlab.curation.base import Answer, Ask, Questioning, Step
from synthlab.records import Curated, Dropped, Row


class Curator:
    """Sifts rows through steps.

    Args:
        steps: asked in this order; cheap ones first.
        field: name of the text field in ``Row.values``; a row without it has an empty text.
        ask: asks an LM what ``Questioning`` steps want to know; None: they get no answer.
    """

    def __init__(self, steps: Sequence[Step], field: str, ask: Ask | None = None) -> None:
        self.steps = tuple(steps)
        self._field = field
        self._ask = ask

    def sift(self, rows: Sequence[Row], ask: bool = True) -> Curated:
        """Every row of ``rows`` comes back, in order, kept or dropped.

        A kept row has the class that a ``Relabelling`` step gave it, while its request tells the
        class that it was asked for; and the weight that ``Weighing`` steps gave it. What asking an
        LM about a row took is part of its usage.

        Args:
            rows: to be judged.
            ask: False: no LM is asked, as after a failure.

        Raises:
            SynthlabError: the LM failed, or a cap was reached; no row was judged then.
        """
        kept: list[Row] = []
        dropped: list[Dropped] = []
        for row in self._asked(rows) if ask and self._ask else rows:
            label, reason = self._judge(row, self.steps)
            if reason is not None:
                dropped.append(Dropped(row, reason))
                continue
            for step in self.steps:
                step.keep(self._text(row))
            kept.append(self._kept(row, label))
        return Curated(tuple(kept), tuple(dropped))

    def _judge(self, row: Row, steps: Sequence[Step]) -> tuple[str, str | None]:
        """The class that the row is kept as, and why it is not kept."""
        label, text = row.label, self._text(row)
        asked = row.lineage.request.attributes if row.lineage else {}
        for step in steps:
            if hasattr(step, "label"):
                label = step.label(text, label)
            if hasattr(step, "check_asked"):
                reason = step.check_asked(text, label, asked)
            else:
                reason = step.check(text, label)
            if reason is not None:
                return label, reason
        return label, None

    def _kept(self, row: Row, label: str) -> Row:
        weights = [s.weigh(self._text(row), label) for s in self.steps if hasattr(s, "weigh")]
        weight = math.prod(weights, start=row.weight)
        if label == row.label and weight == row.weight:
            return row
        return replace(row, label=label, weight=weight)

    def _asked(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows, once every step that asks an LM has heard what it wanted to know."""
        for place, step in enumerate(self.steps):
            if hasattr(step, "question"):
                rows = self._told(place, cast(Questioning, step), rows)
        return rows

    def _told(self, place: int, step: Questioning, rows: Sequence[Row]) -> Sequence[Row]:
        questions: dict[str, str] = {}
        askers: list[str | None] = []
        for row in rows:
            label, reason = self._judge(row, self.steps[:place])
            text = self._text(row)
            prompt = None if reason else step.question(text, label)
            # The same text twice is one question, and the first row pays for it.
            askers.append(None if prompt is None or text in questions else text)
            if prompt is not None:
                questions.setdefault(text, prompt)
        answers: dict[str, Answer] = {}
        if questions and self._ask is not None:
            found = self._ask(step, list(questions.values()))
            answers = dict(zip(questions, found, strict=True))
        step.hear({text: answer.text for text, answer in answers.items()})
        pairs = zip(rows, askers, strict=True)
        return [row if text is None else _paid(row, answers[text]) for row, text in pairs]

    def _text(self, row: Row) -> str:
        value = row.values.get(self._field)
        return "" if value is None else str(value)


def _paid(row: Row, answer: Answer) -> Row:
    line = row.lineage
    if line is None:
        return row
    return replace(row, lineage=replace(line, usage=line.usage + answer.usage))
