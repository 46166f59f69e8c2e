"""A promoted generator -> N rows on disk, round by round, with a card that says what they are.

Rows are curated as in the run that promoted the generator, except that real rows are not at hand
any more: only those that prompts show are looked for in the new rows. Draws and sampling seeds
differ from the run's, so that the rows are new.

The rows follow from the program, the seed, the quota and the LM's answers. Only whole rounds count
(``folder.py``): a delivery that was killed goes on with the round that it was in, whose answers the
journal has, and ends with exactly the rows that it would have had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from synthlab.deliveries import Delivery, Origin
from synthlab.errors import ConfigError, GenerationError
from synthlab.lm.journal.book import Journal
from synthlab.lm.prices import price_of
from synthlab.lm.session import Session
from synthlab.records import Row
from synthlab.workflow.folder import opened
from synthlab.workflow.journals import served_journal
from synthlab.workflow.making import Making, Order, collector
from synthlab.workflow.program import load_settings, weighs
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.quotas import even_quota
from synthlab.workflow.shards import check_form
from synthlab.workflow.verifying import Beside, settings_in

ROUND = 200
"""Rows asked for at a time, all classes together: what is written again after a crash, at most."""
BATCH = 10_000
"""The same where calls go in batches, each of which may take hours."""


def generate(
    program: Mapping[str, Any],
    count: int | Mapping[str, int],
    out: Path,
    form: str = "parquet",
    seed: int = 0,
    origin: Origin | None = None,
    progress: Progress | None = None,
    journal: Journal | None = None,
    tries: float = 0,
) -> Delivery:
    """Write rows until the folder has ``count`` of them; a folder that has some is gone on with.

    Args:
        program: of a promoted generator.
        count: rows in all, spread evenly over the classes; or rows by class.
        out: see ``Order``, as are the others.
        form: ``parquet`` or ``jsonl``.
        seed: of the delivery.
        origin: where the program comes from.
        progress: told of each row.
        journal: where LM calls are kept, and whose caps hold; after a crash, the same rows are not
            paid again.
        tries: requests allowed per row.

    Raises:
        ConfigError: a cap in USD, and a model without a known price; or what the folder was
            written with differs.
        StorageError: the folder is not ours or cannot be written.
        GenerationError: some class stayed short; what was kept is on disk.
        KeyboardInterrupt: Ctrl-C, after writing the rows that were kept.
    """
    labels = program["brief"]["labels"]
    quota = even_quota(labels, count) if isinstance(count, int) else dict(count)
    order = Order(program, quota, out, form, seed, origin, tries)
    check_form(form)
    if journal is not None and journal.caps.usd is not None:
        _refuse_unpriced(program)
    size = BATCH if load_settings(program).mode == "batch" else ROUND
    today = datetime.now(UTC).date().isoformat()
    with opened(out, order.identity, quota, size, today) as book:
        made = Making(order, book, progress or Quiet()).run(journal)
    if not made.stopped:
        _refuse_short(made)
    return made


def rows_for(
    program: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What a served model answers: rows for ``{"label", "count", "seed"}`` orders, flat.

    They have a ``weight`` where curation gives them one.

    It may run on any machine, without the store and a disk of its own. So its LM calls are kept
    only where the environment names a journal (SYNTHLAB_JOURNAL); equal orders are then paid once.
    """
    found: list[dict[str, Any]] = []
    # Live: who calls a served model waits for its answer.
    settings, weighed = replace(load_settings(program), mode="live"), weighs(program)
    with ExitStack() as stack:
        journal = served_journal(program)
        if journal is not None:
            stack.callback(journal.close)
        session = stack.enter_context(Session(settings, journal=journal))
        beside = stack.enter_context(
            closing(Beside(lambda own: Session(replace(own, mode="live"), journal=journal)))
        )
        for order in orders:
            if order["label"] not in program["brief"]["labels"]:
                raise ConfigError(
                    f"no class '{order['label']}'",
                    f"the generator knows: {', '.join(program['brief']['labels'])}",
                )
            seed = int(order.get("seed", 0))
            maker = collector(program, session, seed, Quiet(), beside=beside)
            maker.fill({str(order["label"]): int(order["count"])})
            kept = maker.judged.kept
            found += [_flat(row, weighed) for row in kept]
    return found


def _flat(row: Row, weighed: bool) -> dict[str, Any]:
    weight = {"weight": row.weight} if weighed else {}
    return {"id": row.id, "label": row.label, **row.values, **weight}


def _refuse_unpriced(program: Mapping[str, Any]) -> None:
    for settings in (load_settings(program), *settings_in(program)):
        if price_of(settings) is None:
            raise ConfigError(
                f"unknown price for {settings.model} with a cap in USD",
                "cap --tokens or --calls, or promote a run whose config gives lm.price",
            )


def _refuse_short(made: Delivery) -> None:
    short = {label: n for label, n in made.quota.items() if made.rows[label] < n}
    if short:
        said = ", ".join(f"{label} {made.rows[label]} of {n}" for label, n in short.items())
        reasons = ", ".join(f"{reason} ({n})" for reason, n in made.dropped.items())
        raise GenerationError(
            f"some classes stayed short after all tries: {said}; dropped: {reasons or 'none'}; "
            f"what was kept is in {made.folder}",
            "allow more requests per row (--tries) and run again: it goes on from there; ask for "
            "fewer rows; or promote a generator of which fewer rows are dropped",
        )
