"""The ``balance`` section and the real rows -> how many synthetic rows each class gets."""

from __future__ import annotations

from collections import Counter

from synthlab.config.models import ExperimentConfig
from synthlab.errors import ConfigError
from synthlab.tasks.splits import Splits


def quota_of(config: ExperimentConfig, splits: Splits) -> dict[str, int]:
    """Rows that each class lacks to its target, in the labels' order; empty without the section.

    Dev rows are not counted, whatever ``task.real_rows`` says: they judge.

    Raises:
        ConfigError: no real row may be trained on, an unknown class, or none that lacks a row.
    """
    if config.balance is None:
        return {}
    if config.task.real_rows == "score":
        raise ConfigError(
            "real rows may only score (task.real_rows: score), so there are none to top up",
            "set task.real_rows to seed or train, or leave balance out",
        )
    counts = Counter(row.label for row in splits.seed)
    target = config.balance.target
    wanted = dict.fromkeys(splits.labels, target) if isinstance(target, int) else target
    if unknown := [label for label in wanted if label not in splits.labels]:
        raise ConfigError(f"no class '{unknown[0]}'", f"classes: {', '.join(splits.labels)}")
    quota = {label: max(0, wanted.get(label, 0) - counts[label]) for label in splits.labels}
    if not any(quota.values()):
        have = ", ".join(f"{label} {counts[label]:,}" for label in wanted)
        raise ConfigError(
            f"every class has its rows already: {have}",
            "raise balance.target, or keep fewer real rows (task.split.seed_per_class)",
        )
    return quota


def rarest(splits: Splits) -> str:
    """The class with the fewest seed rows, the first of equals."""
    counts = Counter(row.label for row in splits.seed)
    return min(splits.labels, key=lambda label: counts[label])
