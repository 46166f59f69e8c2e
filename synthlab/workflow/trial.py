"""One candidate, from its first request to its score: generate -> curate -> score, in that order.

This is the objective of every search. It reads seed and dev rows; it cannot read the test split.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from synthlab.errors import GenerationError
from synthlab.lm.session import Session
from synthlab.records import Curated, Dropped, Row, Trial, Usage
from synthlab.scoring.baselines import augmented
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.program import dump_program
from synthlab.workflow.progress import Progress
from synthlab.workflow.rows import Collector, Writer


def run_trial(
    plan: Plan,
    member: Member,
    session: Session,
    on_row: Callable[[Row], None],
    progress: Progress,
) -> Trial:
    """Make the rows of one candidate and score them on dev.

    Args:
        plan: the run that it belongs to.
        member: the candidate.
        session: its open LM.
        on_row: called with each row that was paid for, before anything else happens to it.
        progress: told of each row.

    Raises:
        GenerationError: no row of some class survived curation within the tries.
        SynthlabError: the LM, the disk or the classifier failed; never a score of 0.
    """
    began = time.monotonic()
    budget = member.config.budget
    generator = member.make()
    writer = Writer(generator, session, member.candidate.digest)

    def paid(made: Row | Dropped) -> None:
        row = made.row if isinstance(made, Dropped) else made
        on_row(row)
        progress.row(row.lineage.usage if row.lineage else Usage())

    collector = Collector(
        writer, member.curator(plan.real_texts), budget.tries, member.lm.concurrency, paid
    )
    quota = dict.fromkeys(plan.brief.labels, budget.rows_per_class)
    curated = collector.fill(quota, progress.kept)
    _refuse_empty_classes(plan, collector)

    dev = plan.splits.dev
    return Trial(
        candidate=member.candidate,
        curated=curated,
        score=plan.scorer.score(curated.kept, dev),
        augmented=augmented(plan.scorer, curated.kept, plan.pool, plan.config.scoring.augment, dev),
        usage=_usage(curated),
        shown=generator.shown,
        prompts=writer.prompts,
        program=dump_program(member, generator),
        seconds=time.monotonic() - began,
    )


def _usage(curated: Curated) -> Usage:
    """What all rows took, dropped ones too."""
    rows = [*curated.kept, *(item.row for item in curated.dropped)]
    return sum((row.lineage.usage for row in rows if row.lineage), Usage())


def _refuse_empty_classes(plan: Plan, collector: Collector) -> None:
    empty = [label for label in plan.brief.labels if not collector.count(label)]
    if empty:
        reasons: dict[str, int] = {}
        for item in collector.dropped:
            if item.row.label in empty:
                reasons[item.reason] = reasons.get(item.reason, 0) + 1
        said = ", ".join(f"{reason} ({count})" for reason, count in reasons.items())
        raise GenerationError(
            f"no row of {', '.join(empty)} was kept in {sum(reasons.values())} tries: {said}",
            "look at rows/dropped in the run, then change the prompt or the curation steps",
        )
