"""One command's work on a delivery's folder: round by round, until its quota is filled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from synthlab.curation.base import Ask, Known
from synthlab.curation.curator import Curator
from synthlab.deliveries import Delivery, Origin
from synthlab.errors import BudgetError, StorageError
from synthlab.generators.base import Generator
from synthlab.lm.journal.book import Journal
from synthlab.lm.session import Session
from synthlab.measures import Panel
from synthlab.records import Usage, digest, draw_seed, usage_of
from synthlab.report.card import card
from synthlab.workflow.dealing import tally
from synthlab.workflow.drift import Drift
from synthlab.workflow.folder import Book, Identity
from synthlab.workflow.program import (
    load_brief,
    load_generator,
    load_settings,
    load_steps,
    weighs,
)
from synthlab.workflow.progress import Progress
from synthlab.workflow.quotas import steps
from synthlab.workflow.rows import Collector, Writer
from synthlab.workflow.shards import Shards, column, columns, writing
from synthlab.workflow.verifying import Beside, Verifier

CARD = "README.md"
UNDER_WAY = "they are being written, or a process that wrote them was killed"
FAR = 1000
"""Rows among which examples are looked for."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written.

    Attributes:
        program: of a promoted generator.
        quota: rows in all by class, those that the folder has already included.
        out: a folder that does not exist, is empty, or was written by the same program and seed.
        form: ``parquet`` or ``jsonl``.
        seed: another seed gives other rows.
        origin: where the program comes from, for the card and the drift check.
        tries: requests allowed per row; the program's own when 0.
    """

    program: Mapping[str, Any]
    quota: Mapping[str, int]
    out: Path
    form: str = "parquet"
    seed: int = 0
    origin: Origin | None = None
    tries: float = 0

    @property
    def identity(self) -> Identity:
        """What the folder must have been written with."""
        origin = self.origin
        source = origin.said if origin else ""
        ref = f"{origin.ref.partition('@')[0]}@{origin.version}" if origin else ""
        return Identity(digest(self.program, 32), self.seed, self.form, source, ref)


@dataclass
class Making:
    """One command's work on a folder."""

    order: Order
    book: Book
    progress: Progress
    stopped: str = ""
    _session: Session | None = None
    _beside: Beside | None = None

    def run(self, journal: Journal | None) -> Delivery:
        """Fill the quota; returns what the folder has then."""
        book, order = self.book, self.order
        self._had = book.rows.total()
        planned, weighed = sum(book.quota.values()), weighs(order.program)
        self.shards = Shards(order.out, order.form, self._had, planned, weighed=weighed)
        self.drift = Drift.of(order.origin, column(order.program["brief"]["field"]))
        if not book.full:
            self._card(replace(self._delivery(UNDER_WAY), files=()))
            self._write(journal)
        return self._close()

    def _write(self, journal: Journal | None) -> None:
        order, settings = self.order, load_settings(self.order.program)
        self._beside = Beside(partial(Session, journal=journal))
        with Session(settings, journal=journal) as session, closing(self._beside):
            self._session = session
            maker = self._maker(session, self._beside)
            total = sum(self.book.quota.values())
            self.progress.begin(order.program["name"], total, "")
            self.progress.kept(self.book.rows.total())
            try:
                self._rounds(maker)
            except BudgetError as exc:
                self.stopped = _going_on(exc)
                self._unfinished(maker)
            except BaseException as exc:
                self.stopped = str(exc) or "interrupted"
                # What comes next must not hide what ended it: the rows that count are safe.
                with suppress(StorageError):
                    self._unfinished(maker)
                    self._close()
                raise
            finally:
                self.progress.end(None)

    def _rounds(self, maker: Collector) -> None:
        book = self.book
        plan = steps(book.base, book.quota, book.round, maker.writer.generator.rows)
        # A class that stayed short is tried once more: there may be more tries now.
        for target in plan[book.done :] or [book.quota]:
            maker.fill(target)
            self._keep(maker)
            book.done = min(len(plan), book.done + 1)
            book.save(self.order.out)
            self._look(maker)

    def _keep(self, maker: Collector) -> None:
        """Write the rows that were kept, and forget these and the dropped ones."""
        book = self.book
        taken = maker.judged.take()  # first: Ctrl-C must not have them written twice
        self.shards.add(taken.kept)
        book.rows.update(row.label for row in taken.kept)
        book.dropped.update(taken.reasons())
        book.usage += usage_of(taken.rows)
        book.used = Counter(maker.used)

    def _unfinished(self, maker: Collector) -> None:
        """Write the rows of a round that was cut short: they do not count, but they are there."""
        maker.judge_rest()
        self._keep(maker)  # and not saved: the next command makes this round again

    def _maker(self, session: Session, beside: Beside) -> Collector:
        """A collector that knows what the folder has already."""
        book = self.book
        maker = collector(
            self.order.program, session, self.order.seed, self.progress, self.order.tries, beside
        )
        if book.rows.total():
            self.progress.say(f"reading the {book.rows.total():,} rows that are there")
            name = column(maker.writer.generator.brief.field)
            for record in self.shards.records():
                for step in maker.curator.steps:
                    step.keep(record[name])
                maker.dealer.count([(record["label"], json.loads(record["attributes"]))])
        maker.judged.counts.update(book.rows)
        maker.used.update(book.used)
        return maker

    def _look(self, maker: Collector) -> None:
        """A first look at the rows while most of the money is not spent yet."""
        if self.book.full or not self.drift.due(self.book.rows.total()):
            return
        found = self._drifted()
        if found is not None and found.concerns:
            for item in found.concerns:
                self.progress.note(f"warning: {item.said}")
            self.progress.note(
                f"the first {self.book.rows.total():,} rows differ from the promoted run's; "
                "Ctrl-C stops here, and loses nothing"
            )

    def _drifted(self) -> Panel | None:
        return self.drift.check(self.shards.records(), self.book.rows, self.book.dropped)

    def _close(self) -> Delivery:
        self.shards.close()
        delivery = self._delivery(self.stopped, self._drifted())
        self._card(delivery)
        return delivery

    def _delivery(self, stopped: str, drift: Panel | None = None) -> Delivery:
        book, field = self.book, self.order.program["brief"]["field"]
        files, records = self.shards.files, self.shards.records()
        return Delivery(
            folder=self.order.out,
            rows={label: book.rows[label] for label in book.quota},
            dropped=dict(book.dropped.most_common()),
            usage=book.usage,
            files=files,
            form=book.identity.form,
            seed=book.identity.seed,
            columns=columns(field, self.shards.weighed),
            bytes=self.shards.bytes,
            examples=self._examples(column(field)),
            quota=book.quota,
            added=self.shards.rows - self._had,
            paid=self._paid,
            begun=book.begun,
            drift=drift,
            unchecked=self.drift.missing,
            stopped=stopped,
            groups=tally(load_brief(self.order.program), book.quota, records, column(field)),
        )

    @property
    def _paid(self) -> Usage:
        if self._session is None or self._beside is None:
            return Usage()
        return self._session.ledger.paid() + self._beside.paid

    def _examples(self, name: str) -> dict[str, str]:
        """The first text of each class, which are seldom far from the start."""
        found: dict[str, str] = {}
        for record in islice(self.shards.records(), FAR):
            found.setdefault(record["label"], record[name])
        return {label: found[label] for label in self.book.quota if label in found}

    def _card(self, delivery: Delivery) -> None:
        text = card(self.order.program, delivery, self.order.origin)
        with writing(self.order.out):
            (self.order.out / CARD).write_text(text, encoding="utf-8")


def collector(
    program: Mapping[str, Any],
    session: Session,
    seed: int,
    progress: Progress,
    tries: float = 0,
    beside: Beside | None = None,
) -> Collector:
    """What writes and judges the rows of a promoted program; it has no row yet.

    Args:
        program: of a promoted generator.
        session: its open LM.
        seed: of the delivery.
        progress: told of each row.
        tries: requests allowed per row; the program's own when 0.
        beside: other LMs that its curation steps may ask; None: these get no answer.
    """
    generator = load_generator(program, draw_seed(program["seed"], "bulk", seed))
    writer = Writer(generator, session, program["digest"])
    ask = Verifier(lambda: session, beside, progress.say) if beside else None
    curator = _curator(program, generator, ask)
    workers = session.settings.concurrency
    return Collector(writer, curator, tries or program["tries"], workers, progress=progress)


def _curator(program: Mapping[str, Any], generator: Generator, ask: Ask | None) -> Curator:
    brief = generator.brief
    # Rows may be made of some of them; those would all be dropped as copies.
    shots = [row for row in program["shots"] if row["id"] not in generator.derived]
    shown = tuple(str(row["values"][brief.field]) for row in shots)
    known = Known(
        shown,
        labels=brief.labels,
        names=brief.names,
        document=brief.document,
        sensitive=brief.sensitive,
    )
    return Curator(load_steps(program, known), brief.field, ask)


def _going_on(exc: BudgetError) -> str:
    return (
        f"{exc.what}\n  try: raise --{exc.cap} and run the same command again: it goes on from "
        "there, and calls that were paid are not paid twice"
    )
