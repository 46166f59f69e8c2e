"""The noisy count of the dev rows that ``feedback.privacy`` asks for: made once, kept in the store.

Every run on the same dev rows with the same settings reads the same file, so that a run that goes
on tells what it told before, and nothing is spent again. Another folder, or other settings, makes a
count of its own; those of one folder are added up in the statement.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from synthlab.config.feedback import FeedbackPrivacy
from synthlab.errors import ConfigError, StorageError
from synthlab.feedback.counts import Counts
from synthlab.feedback.released import Budget, Draw, Released, from_system, release, statement
from synthlab.records import digest
from synthlab.tasks.splits import Splits
from synthlab.workflow.plan import Plan

FOLDER = "released"


def released(plan: Plan, root: Path, draw: Draw | None = None) -> Released | None:
    """The count of the plan's dev rows; None where feedback is not private.

    Args:
        plan: the run.
        root: the store's local folder.
        draw: of the noise; the operating system's when None.

    Raises:
        StorageError: it cannot be read or kept; nothing is told that is not kept.
    """
    settings = plan.config.feedback.privacy
    if settings is None:
        return None
    budget = budget_of(settings)
    path = _path(plan.splits, budget, root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            field = plan.splits.field
            rows = [(row.label, str(row.values[field])) for row in plan.splits.dev]
            made = release(rows, plan.brief.labels, budget, draw or from_system())
            _keep(path, made)
    except OSError as exc:
        raise _unusable(path, exc) from exc
    return _read(path)


def stated(plan: Plan, root: Path) -> str:
    """What holds of this run's feedback, in sentences; empty where it is not private.

    Raises:
        StorageError: a count of the same rows cannot be read.
    """
    settings = plan.config.feedback.privacy
    if settings is None:
        return ""
    budget = budget_of(settings)
    own = _path(plan.splits, budget, root)
    others = [_read(path).budget for path in sorted(_all(plan.splits, root)) if path != own]
    return statement(budget, others)


def budget_of(settings: FeedbackPrivacy) -> Budget:
    """The config's section as what a release takes."""
    return Budget(settings.epsilon, settings.delta, settings.words)


def check_privacy(settings: FeedbackPrivacy, splits: Splits) -> None:
    """Whether the dev rows are enough for it.

    Raises:
        ConfigError: delta protects nobody, or no word could be told.
    """
    dev = splits.dev
    if settings.delta * len(dev) >= 1:
        raise ConfigError(
            f"delta {settings.delta:g} is 1 over the {len(dev)} dev rows or more, which would let "
            "whole rows out",
            f"give feedback.privacy.delta: {0.01 / len(dev):.0e}",
        )
    most = max(sum(row.label == label for row in dev) for label in splits.labels)
    threshold = budget_of(settings).threshold
    if threshold >= most:
        raise ConfigError(
            f"no word could be told: its noisy count must pass {threshold:.0f} rows of a class, "
            f"and the largest class has {most} dev rows",
            "raise feedback.privacy.epsilon, count fewer words of a row (words), or keep more dev "
            "rows",
        )


def _path(splits: Splits, budget: Budget, root: Path) -> Path:
    about = [budget.epsilon, budget.delta, budget.words]
    return root / FOLDER / f"{_rows(splits)}-{digest(about, 12)}.json"


def _all(splits: Splits, root: Path) -> Iterator[Path]:
    return (root / FOLDER).glob(f"{_rows(splits)}-*.json")


def _rows(splits: Splits) -> str:
    """What the dev rows say, whatever their ids are."""
    return digest([[row.label, str(row.values[splits.field])] for row in splits.dev])


def _keep(path: Path, made: Released) -> None:
    """Write it whole or not at all; of two processes at once, the first one's stays."""
    own = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with own.open("w", encoding="utf-8") as file:
            json.dump(as_dict(made), file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(own, path)
    finally:
        own.unlink(missing_ok=True)


def as_dict(made: Released) -> dict[str, Any]:
    """For the file, and for the run's artifact."""
    budget, counts = made.budget, made.counts
    return {
        "epsilon": budget.epsilon,
        "delta": budget.delta,
        "words_of_a_row": budget.words,
        "sigma": budget.sigma,
        "threshold": budget.threshold,
        "rows": dict(counts.rows),
        "words": {label: dict(own) for label, own in counts.words.items()},
    }


def _read(path: Path) -> Released:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        budget = Budget(data["epsilon"], data["delta"], data["words_of_a_row"])
        return Released(budget, Counts(data["rows"], data["words"]))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise _unusable(path, exc) from exc


def _unusable(path: Path, exc: Exception) -> StorageError:
    return StorageError(
        f"the noisy count of the dev rows, {path}, cannot be kept or read: {exc}",
        "let it be written and read; if it is spoilt, delete it: another one is made, which "
        "counts as one more",
    )
