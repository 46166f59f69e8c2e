"""``synthlab generate``: a promoted generator's name -> rows in a folder; and the check of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthlab.deliveries import Delivery, Origin
from synthlab.errors import ConfigError, NotFoundError
from synthlab.measures import Panel
from synthlab.records import digest
from synthlab.tracking.origin import origin_of
from synthlab.tracking.registry import load_program, parse_ref
from synthlab.tracking.store import Store
from synthlab.workflow.bulk import generate
from synthlab.workflow.drift import Drift
from synthlab.workflow.folder import Book, read_book
from synthlab.workflow.journals import delivery_journal
from synthlab.workflow.progress import Progress
from synthlab.workflow.quotas import alike, quota_of
from synthlab.workflow.shards import FORMS, column, read

DEFAULT = 100
ALIASES = {"hf": "parquet"}
"""Every folder is one that ``datasets`` loads; who asks for that by name gets it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``synthlab generate`` is told.

    Attributes:
        count: rows in all; None: as many as the folder was begun with, or 100.
        per_class: as ``quotas.quota_of`` takes it.
        quota: a file of the same.
        form: ``parquet``, ``jsonl``, or ``hf``, which is parquet; empty: the folder's, or parquet.
        seed: another one gives other rows; None: the folder's, or 0.
        caps: those of a config's budget: usd, tokens, calls, minutes.
        tries: requests allowed per row; the program's own when 0.
    """

    out: Path
    count: int | None = None
    per_class: Sequence[str] = ()
    quota: Path | None = None
    form: str = ""
    seed: int | None = None
    caps: Mapping[str, float | None] = field(default_factory=dict)
    tries: float = 0


def deliver(
    store: Store, ref: str, wanted: Wanted, progress: Progress | None = None
) -> tuple[Origin, Delivery]:
    """Rows from a promoted generator, ``NAME@ALIAS`` or ``NAME@VERSION``.

    Raises:
        NotFoundError: no such generator.
        SynthlabError: as ``bulk.generate``.
    """
    program, origin = _found(store, ref)
    book = read_book(wanted.out)
    quota = _quota(wanted, program, book)
    form = ALIASES.get(wanted.form, wanted.form) or (book.identity.form if book else FORMS[0])
    seed = wanted.seed
    if seed is None:
        seed = book.identity.seed if book else 0
    with closing(delivery_journal(store.root, program, origin.said, seed, wanted.caps)) as journal:
        made = generate(
            program, quota, wanted.out, form, seed, origin, progress, journal, wanted.tries
        )
    return origin, made


def check(store: Store, ref: str, out: Path) -> tuple[Origin, Panel]:
    """A folder's rows beside those of the promoted run; no LM is called, nothing is written.

    Raises:
        NotFoundError: there is no delivery in ``out``, or nothing to compare it with.
        ConfigError: another generator wrote it.
    """
    program, origin = _found(store, ref)
    book = read_book(out)
    if book is None:
        raise NotFoundError(f"no delivery in {out}", "name a folder of `synthlab generate` with -o")
    if book.identity.generator != digest(program, 32):
        raise ConfigError(
            f"{out} holds rows of {book.identity.source or 'another generator'}, asked for is "
            f"{origin.said}",
            f"name that one: synthlab generate {book.identity.ref} -o {out} --check",
        )
    drift = Drift.of(origin, column(program["brief"]["field"]))
    rows = read(out, book.identity.form, book.rows.total())
    found = drift.check(rows, book.rows, book.dropped)
    if found is None:
        raise NotFoundError(f"cannot check {out}: {drift.missing}")
    return origin, found


def _found(store: Store, ref: str) -> tuple[dict[str, Any], Origin]:
    name, which = parse_ref(ref)
    version, program = load_program(store, name, which)
    origin = origin_of(store, version, f"{name}@{which}", program["brief"]["field"])
    return program, origin


def _quota(wanted: Wanted, program: Mapping[str, Any], book: Book | None) -> dict[str, int]:
    """What is asked for; of a generator that topped classes up, those classes if none is named."""
    labels, own = program["brief"]["labels"], program.get("quota")
    if wanted.per_class or wanted.quota is not None:
        return quota_of(labels, wanted.count, wanted.per_class, wanted.quota)
    if wanted.count is None and book:
        return dict(book.quota)
    count = DEFAULT if wanted.count is None else wanted.count
    return alike(labels, own, count) if own else quota_of(labels, count)
