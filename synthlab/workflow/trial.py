"""One candidate, from its first request to its score: generate -> curate -> score, in that order.

This is the objective of every search. It reads seed and dev rows; it cannot read the test split.
A race lets a candidate grow: rows kept at one rung are kept at the next, and paid once. Several
candidates may be written side by side; each is scored on its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from synthlab.curation.base import Ask
from synthlab.errors import GenerationError, SynthlabError
from synthlab.lm.session import Session
from synthlab.outcomes import Baseline, Trial
from synthlab.records import Curated, Row, usage_of
from synthlab.scoring.baselines import few_real, first_rows
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.program import dump_program
from synthlab.workflow.progress import Progress
from synthlab.workflow.rows import Collector, Filling, Judged, Writer, fill_all

PARTS = (4, 2)
"""A learning curve also has the scores of this part of the rows: a fourth and a half."""


class Entrant:
    """A candidate and its rows so far.

    Args:
        plan: the run that it belongs to.
        member: the candidate.
        session: its open LM.
        on_row: called with each row that was paid for, before anything else happens to it.
        progress: told of each row.
        ask: answers curation steps that ask an LM.

    Attributes:
        judged: the rows with their reasons, also when making more of them failed.
        trial: at the largest number of rows that it was scored with.
        model: the classifier of ``trial``, fitted.
    """

    def __init__(
        self,
        plan: Plan,
        member: Member,
        session: Session,
        on_row: Callable[[Row], None],
        progress: Progress,
        ask: Ask | None = None,
    ) -> None:
        self.plan = plan
        self.member = member
        self.judged = Judged()
        self.trial: Trial | None = None
        self.model: Any = None
        self._generator = member.make()
        self._writer = Writer(self._generator, session, member.candidate.digest)
        self._collector = Collector(
            self._writer,
            member.curator(plan.known, self._generator, ask),
            member.config.budget.tries,
            member.lm.concurrency,
            self.judged,
            on_row,
            progress,
        )
        self._filling: Filling | None = None
        self._seconds = 0.0

    def filling(self, session: Session, rows_per_class: int) -> Filling:
        """What is to be written until so many rows of each class are kept.

        Args:
            session: its LM, which may have been closed and opened since the last time.
            rows_per_class: kept rows of each class, those of earlier calls included.
        """
        self._writer.session = session
        full = self.member.config.budget.rows_per_class
        quota = self.member.wanted(rows_per_class)
        # A prompt that the config has and that is too long is the user's to shorten.
        lone = bool(self.member.candidate.parent)
        self._filling = Filling(self._collector, quota, full, lone)
        return self._filling

    @property
    def texts(self) -> Mapping[str, str]:
        """Its prompts' templates, by name."""
        return self._generator.texts

    def took(self, seconds: float) -> None:
        """Count wall time."""
        self._seconds += seconds

    def scored(self, rows_per_class: int) -> Trial:
        """The trial on dev, once so many rows of each class were asked for: see ``write_rows``.

        Raises:
            GenerationError: no row of some class survived curation within the tries.
            ContextError, LeakError: a prompt could not be sent, and ends this candidate only.
            SynthlabError: the disk or the classifier failed; never a score of 0.
        """
        began = time.monotonic()
        try:
            if self._filling is not None and self._filling.error is not None:
                raise self._filling.error
            refuse_empty_classes(self.member.wanted(), self.judged)
            trial = self._trial(rows_per_class)
        finally:
            self.took(time.monotonic() - began)
        self.trial = replace(trial, seconds=self._seconds)
        return self.trial

    def _trial(self, rows_per_class: int) -> Trial:
        plan, curated = self.plan, self.judged.curated
        self.model = plan.student.fit(curated.kept)
        score = plan.student.judge(self.model, plan.splits.dev, len(curated.kept))
        return Trial(
            candidate=self.member.candidate,
            curated=curated,
            score=score,
            augmented=self._augmented(curated.kept),
            usage=usage_of(curated.rows),
            shown=self._generator.shown,
            prompts=self._writer.prompts,
            program=dump_program(self.member, self._generator, self._collector.curator.steps),
            seconds=0.0,
            rows_per_class=rows_per_class,
            curve=self._curve(curated.kept, rows_per_class, score.f1),
            quota=self.member.wanted(rows_per_class) if self.member.quota else {},
        )

    def _augmented(self, kept: Sequence[Row]) -> Baseline | None:
        plan = self.plan
        if plan.config.task.real_rows == "score" or self.member.quota:
            return None  # a top-up is judged beside all real rows anyway
        return few_real(plan.scorer, plan.pool, plan.config.scoring.augment, plan.splits.dev, kept)

    def _curve(
        self, kept: Sequence[Row], rows_per_class: int, f1: float
    ) -> tuple[tuple[int, float], ...]:
        """Scores of the first rows of each class: what more rows may be expected to bring."""
        known: Mapping[int, float] = dict(self.trial.curve) if self.trial else {}
        sizes = {rows_per_class // part for part in PARTS} - {0, rows_per_class}
        found = {}
        for size in sizes - set(known):
            # A classifier may need more rows than a part of them: then it has no such point.
            with suppress(SynthlabError):
                score = self.plan.student.score(first_rows(kept, size), self.plan.splits.dev)
                found[size] = score.f1
        return tuple(sorted({**known, **found, rows_per_class: f1}.items()))


def write_rows(
    targets: Sequence[tuple[Entrant, int]], session: Session, progress: Progress
) -> None:
    """Write and curate the rows of candidates that have the same LM, side by side.

    Args:
        targets: candidates, each with its kept rows of each class, those of earlier calls included.
        session: their LM, which may have been closed and opened since the last time.
        progress: told of rows kept, of all of them together.

    Raises:
        SynthlabError: the LM, the budget or the disk failed; each has the rows that came.
    """
    began = time.monotonic()
    try:
        fill_all([entrant.filling(session, rows) for entrant, rows in targets], progress)
    finally:
        for entrant, _ in targets:
            entrant.took(time.monotonic() - began)


def refuse_empty_classes(wanted: Mapping[str, int], judged: Judged) -> None:
    """Raise ``GenerationError`` when some class has no row of those that are wanted of it."""
    empty = [label for label, rows in wanted.items() if rows and not judged.counts[label]]
    if empty:
        dropped = tuple(item for item in judged.dropped if item.row.label in empty)
        reasons = Curated(dropped=dropped).reasons().items()
        said = ", ".join(f"{reason} ({count})" for reason, count in reasons)
        raise GenerationError(
            f"no row of {', '.join(empty)} was kept in {len(dropped)} tries: {said}",
            "look at rows/dropped.parquet in the run, then change the prompt or the curation "
            "steps, or raise budget.tries",
        )
