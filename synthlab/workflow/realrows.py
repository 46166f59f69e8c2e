"""Which real rows may be trained on, and which of them judge what is trained on the others."""

from __future__ import annotations

from collections.abc import Sequence

from synthlab.records import Row
from synthlab.scoring.baselines import RealRows
from synthlab.workflow.compile import Bench
from synthlab.workflow.plan import Plan, trainable

Apart = tuple[Sequence[Row], Sequence[Row]]
"""Real rows to train on, and others to judge the weight of a synthetic row on."""


def allowed(plan: Plan | Bench) -> list[Row]:
    """The real rows that this run may train on."""
    return trainable(plan.splits, plan.config.task.real_rows)


def apart(plan: Plan | Bench) -> Apart:
    """Seed rows and dev; or two halves of both, where dev rows are trained on too."""
    splits = plan.splits
    if plan.config.task.real_rows == "train":
        found = halves(allowed(plan), splits.labels, plan.config.seed)
        if found is not None:
            return found
    return splits.seed, splits.dev


def halves(real: Sequence[Row], labels: Sequence[str], seed: int = 0) -> Apart | None:
    """Two halves of each class; None where a class has fewer than two rows."""
    pool = RealRows(real, labels, 1, seed)
    if not real or pool.smallest < 2:
        return None
    first = [row for label in labels for row in _half(pool, label)]
    known = {row.id for row in first}
    return first, [row for row in real if row.id not in known]


def _half(pool: RealRows, label: str) -> list[Row]:
    own = [row for row in pool.draw(0, len(pool.rows)) if row.label == label]
    return own[: len(own) // 2]
