"""A promoted generator -> N rows on disk, shard by shard, with a card that says what they are.

Rows are curated as in the run that promoted the generator, except that real rows are not at hand
any more: only those that prompts show are looked for in the new rows. Draws and sampling seeds
differ from the run's, so that the rows are new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from synthlab.curation.base import Known
from synthlab.curation.curator import Curator
from synthlab.errors import BudgetError, ConfigError, GenerationError
from synthlab.generators.base import Generator
from synthlab.lm.journal.book import Journal
from synthlab.lm.prices import price_of
from synthlab.lm.session import Session
from synthlab.records import Usage, draw_seed, usage_of
from synthlab.report.card import card
from synthlab.workflow.journals import served_journal
from synthlab.workflow.program import load_generator, load_settings, load_steps
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.rows import Collector, Judged, Writer
from synthlab.workflow.shards import Shards

ROUND = 200
"""Rows asked for at a time, all classes together: what a crash can lose at most."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was written.

    Attributes:
        rows: kept rows by class.
        dropped: number of dropped rows by reason.
        files: the shards, in order.
        stopped: why there are fewer than asked for, and how to go on; empty if no cap was reached.
    """

    folder: Path
    rows: Mapping[str, int]
    dropped: Mapping[str, int]
    usage: Usage
    files: tuple[Path, ...]
    stopped: str = ""


def generate(
    program: Mapping[str, Any],
    count: int,
    out: Path,
    form: str = "parquet",
    seed: int = 0,
    source: str = "",
    progress: Progress | None = None,
    journal: Journal | None = None,
) -> Delivery:
    """Write ``count`` rows, spread evenly over the classes.

    Args:
        program: of a promoted generator.
        count: rows in all.
        out: a folder that does not exist or is empty.
        form: ``parquet`` or ``jsonl``.
        seed: another seed gives other rows.
        source: what the card names as the origin, such as ``bbc-news@champion (version 2)``.
        progress: told of each row.
        journal: where LM calls are kept, and whose caps hold; after a crash, the same rows are not
            paid again.

    Raises:
        ConfigError: a cap in USD, and a model without a known price.
        StorageError: the folder is not empty or cannot be written.
        GenerationError: some class stayed short; what was kept is on disk.
        KeyboardInterrupt: Ctrl-C, after writing the rows that were kept.
    """
    if journal is not None and journal.caps.usd is not None:
        _refuse_unpriced(program)
    sink = Sink(Shards(out, form))
    told = progress or Quiet()
    quota = even_quota(program["brief"]["labels"], count)
    with Session(load_settings(program), journal=journal) as session:
        maker = _collector(program, session, seed, told)
        told.begin(program["name"], count, "")
        try:
            _fill(maker, quota, sink)
        except BudgetError as exc:
            sink.stopped = _going_on(exc)
        finally:
            maker.judge_rest()
            sink.write(maker.judged)
            delivery = sink.close(program, source, {k: maker.judged.counts[k] for k in quota})
            told.end(None)
    if not delivery.stopped:
        _refuse_short(delivery, quota)
    return delivery


@dataclass
class Sink:
    """Where judged rows go: to disk, and then out of memory; what is told of them stays."""

    shards: Shards
    dropped: Counter[str] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)
    stopped: str = ""

    def write(self, judged: Judged) -> None:
        """Write the rows that were kept, and forget these and the dropped ones."""
        self.shards.add(judged.kept)
        taken = judged.take()
        self.dropped.update(taken.reasons())
        self.usage += usage_of(taken.rows)

    def close(self, program: Mapping[str, Any], source: str, rows: Mapping[str, int]) -> Delivery:
        """Write the card."""
        shards, dropped = self.shards, dict(self.dropped.most_common())
        text = card(program, source, rows, dropped, self.usage, shards.form, self.stopped)
        files = shards.close(text)
        return Delivery(shards.folder, rows, dropped, self.usage, files, self.stopped)


def rows_for(
    program: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What a served model answers: rows for ``{"label", "count", "seed"}`` orders, flat.

    It may run on any machine, without the store and a disk of its own. So its LM calls are kept
    only where the environment names a journal (SYNTHLAB_JOURNAL); equal orders are then paid once.
    """
    found: list[dict[str, Any]] = []
    # Live: who calls a served model waits for its answer.
    settings = replace(load_settings(program), mode="live")
    with ExitStack() as stack:
        journal = served_journal(program)
        if journal is not None:
            stack.callback(journal.close)
        session = stack.enter_context(Session(settings, journal=journal))
        for order in orders:
            if order["label"] not in program["brief"]["labels"]:
                raise ConfigError(
                    f"no class '{order['label']}'",
                    f"the generator knows: {', '.join(program['brief']['labels'])}",
                )
            maker = _collector(program, session, int(order.get("seed", 0)), Quiet())
            maker.fill({str(order["label"]): int(order["count"])})
            kept = maker.judged.kept
            found += [{"id": row.id, "label": row.label, **row.values} for row in kept]
    return found


def even_quota(labels: Sequence[str], count: int) -> dict[str, int]:
    """``count`` rows over the labels; the first ones take what does not divide."""
    base, rest = divmod(count, len(labels))
    return {label: base + (place < rest) for place, label in enumerate(labels)}


def _collector(
    program: Mapping[str, Any], session: Session, seed: int, progress: Progress
) -> Collector:
    generator = load_generator(program, draw_seed(program["seed"], "bulk", seed))
    writer = Writer(generator, session, program["digest"])
    curator = _curator(program, generator)
    workers = session.settings.concurrency
    return Collector(writer, curator, program["tries"], workers, progress=progress)


def _curator(program: Mapping[str, Any], generator: Generator) -> Curator:
    field = generator.brief.field
    shown = tuple(
        str(row["values"][field]) for row in program["shots"] if row["id"] not in generator.derived
    )
    return Curator(load_steps(program, Known(shown, labels=generator.brief.labels)), field)


def _fill(maker: Collector, quota: Mapping[str, int], sink: Sink) -> None:
    """Fill the quota in even steps, so that at most a round's rows are not on disk yet."""
    total, most = sum(quota.values()), max(quota.values())
    each = maker.writer.generator.rows
    step = max(1, ROUND * most // total // each) * each
    for target in range(step, most + step, step):
        maker.fill({label: min(target, n) for label, n in quota.items()})
        sink.write(maker.judged)


def _refuse_unpriced(program: Mapping[str, Any]) -> None:
    settings = load_settings(program)
    if price_of(settings) is None:
        raise ConfigError(
            f"unknown price for {settings.model} with a cap in USD",
            "cap --tokens or --calls, or promote a run whose config gives lm.price",
        )


def _going_on(exc: BudgetError) -> str:
    return (
        f"{exc.what}\n  try: raise --{exc.cap} and give a new folder with -o; "
        "calls that were paid are not paid twice"
    )


def _refuse_short(delivery: Delivery, quota: Mapping[str, int]) -> None:
    short = {label: n for label, n in quota.items() if delivery.rows[label] < n}
    if short:
        said = ", ".join(f"{label} {delivery.rows[label]} of {n}" for label, n in short.items())
        reasons = ", ".join(f"{reason} ({n})" for reason, n in delivery.dropped.items())
        raise GenerationError(
            f"some classes stayed short after all tries: {said}; dropped: {reasons or 'none'}; "
            f"what was kept is in {delivery.folder}",
            "ask for fewer rows, or promote a generator of which fewer rows are dropped, or that "
            "may try more often (budget.tries)",
        )
