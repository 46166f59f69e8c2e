"""One candidate, from its first request to its score: generate -> curate -> score, in that order.

This is the objective of every search. It reads seed and dev rows; it cannot read the test split.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from synthlab.errors import GenerationError
from synthlab.lm.session import Session
from synthlab.outcomes import Trial
from synthlab.records import Curated, Row, usage_of
from synthlab.scoring.baselines import few_real
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.program import dump_program
from synthlab.workflow.progress import Progress
from synthlab.workflow.rows import Collector, Judged, Writer


def run_trial(
    plan: Plan,
    member: Member,
    session: Session,
    on_row: Callable[[Row], None],
    judged: Judged,
    progress: Progress,
) -> Trial:
    """Make the rows of one candidate and score them on dev.

    Args:
        plan: the run that it belongs to.
        member: the candidate.
        session: its open LM.
        on_row: called with each row that was paid for, before anything else happens to it.
        judged: an empty one; it holds the rows with their reasons even if this fails.
        progress: told of each row.

    Raises:
        GenerationError: no row of some class survived curation within the tries.
        SynthlabError: the LM, the disk or the classifier failed; never a score of 0.
    """
    began = time.monotonic()
    budget = member.config.budget
    generator = member.make()
    writer = Writer(generator, session, member.candidate.digest)
    curator = member.curator(plan.real_texts)
    collector = Collector(
        writer, curator, budget.tries, member.lm.concurrency, judged, on_row, progress
    )
    collector.fill(dict.fromkeys(plan.brief.labels, budget.rows_per_class))
    _refuse_empty_classes(plan.brief.labels, judged)
    curated = judged.curated

    dev = plan.splits.dev
    size = plan.config.scoring.augment
    return Trial(
        candidate=member.candidate,
        curated=curated,
        score=plan.scorer.score(curated.kept, dev),
        augmented=few_real(plan.scorer, plan.pool, size, dev, curated.kept),
        usage=usage_of(curated.rows),
        shown=generator.shown,
        prompts=writer.prompts,
        program=dump_program(member, generator),
        seconds=time.monotonic() - began,
        rows_per_class=budget.rows_per_class,
    )


def _refuse_empty_classes(labels: Sequence[str], judged: Judged) -> None:
    empty = [label for label in labels if not judged.counts[label]]
    if empty:
        dropped = tuple(item for item in judged.dropped if item.row.label in empty)
        reasons = Curated(dropped=dropped).reasons().items()
        said = ", ".join(f"{reason} ({count})" for reason, count in reasons)
        raise GenerationError(
            f"no row of {', '.join(empty)} was kept in {len(dropped)} tries: {said}",
            "look at rows/dropped.parquet in the run, then change the prompt or the curation steps",
        )
