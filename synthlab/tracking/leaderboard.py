"""The leaderboard as one plain object: from a finished run's records, or from its children.

The same object is the artifact ``leaderboard.json`` and what ``read.load_leaderboard`` returns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from synthlab.comparisons import Finals
from synthlab.measures import Panel
from synthlab.outcomes import Baseline, Failure, RunResult, Trial, shortage
from synthlab.tracking import names, notes
from synthlab.tracking.logged import Logged

FILE = "leaderboard.json"


def from_result(result: RunResult, status: str = "FINISHED") -> dict[str, Any]:
    """The leaderboard of a whole run."""
    rows, usd = result.spared
    return {
        "name": result.name,
        "run_id": result.run_id,
        "status": "KILLED" if result.stopped else status,
        "stopped": result.stopped,
        "ending": result.ending,
        "paid_usd": result.paid.cost_usd,
        "paid_calls": result.paid.calls,
        "estimated": dict(result.estimated),
        "candidates": ranked([_entry(trial) for trial in result.trials]),
        "failed": [_failure(item) for item in result.failed],
        "baselines": [_baseline(item) for item in result.baselines],
        "winner": result.winner.candidate.name,
        "finals": final_record(result.finals) if result.finals else None,
        "spared": {"rows": rows, "usd": usd},
        "digests": dict(result.digests),
    }


def final_record(finals: Finals) -> dict[str, Any]:
    """What the finals found, as plain data; degrees of freedom without bound are None."""
    found: dict[str, Any] = _finite(asdict(finals))
    return found


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def concerns(panel: Panel) -> list[dict[str, Any]]:
    """What is not good of a panel, the bad first: name, verdict and what is said of it."""
    return [
        {"name": item.name, "verdict": item.verdict, "said": item.said} for item in panel.concerns
    ]


def from_child(run: Logged, classes: Mapping[str, Any], panel: Panel) -> dict[str, Any]:
    """The entry of one candidate's MLflow run; ``classes`` is its ``per_class.json``."""
    metrics, params = run.metrics, run.params
    asked = int(params.get(names.ROWS_PER_CLASS, 0))
    quota = {label: item["asked"] for label, item in classes.items() if "asked" in item}
    missing = {label: quota.get(label, asked) - item["rows"] for label, item in classes.items()}
    return {
        "name": run.name,
        "generator": params.get("generator", ""),
        "lm": params.get("lm", ""),
        "f1": metrics["f1"],
        "f1_aug": metrics.get("f1_aug"),
        "accuracy": metrics.get("accuracy"),
        **{key: metrics.get(key) for key in names.UNEVEN},
        "rows": int(metrics.get("rows", 0)),
        "dropped": int(metrics.get("dropped", 0)),
        "rows_per_class": asked,
        "asked": quota,
        "short": {label: count for label, count in missing.items() if count > 0},
        "out": run.tags.get(names.OUT, ""),
        "curve": [],
        "cost_usd": metrics.get("cost_usd"),
        "tokens": _tokens(metrics),
        "seconds": metrics.get("seconds"),
        "run_id": run.run_id,
        "per_class": dict(classes),
        "parent": run.tags.get(names.ORIGIN, ""),
        "why": run.tags.get(names.WHY, ""),
        "feedback": [],
        "concerns": concerns(panel),
    }


def from_failed_child(run: Logged) -> dict[str, Any]:
    """The entry of one candidate's MLflow run that ended without a score."""
    return {
        "name": run.name,
        "reason": run.tags.get(names.STOPPED, ""),
        "run_id": run.run_id,
        "cost_usd": run.metrics.get("cost_usd"),
        "tokens": _tokens(run.metrics),
    }


def ranked(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Whole candidates, those a race ended, and short ones last: other rows, other comparison.

    Among each, best macro-F1 first; equals by name, so that the order does not depend on time.
    """

    def place(entry: dict[str, Any]) -> tuple[Any, ...]:
        rows = -entry["rows"] if entry["out"] else 0
        return bool(entry["out"]), bool(entry["short"]), rows, -entry["f1"], entry["name"]

    return sorted(entries, key=place)


def table(board: Mapping[str, Any]) -> list[str]:
    """Markdown lines for the run's description: candidates, baselines, and who is out."""
    more = any(entry["f1_aug"] is not None for entry in board["candidates"])
    head = ["", "macro-F1", *["with real rows"] * more, "rows", "cost USD", "tokens"]
    lines = [notes.table_row(head), "|---" * len(head) + "|"]
    for entry in board["candidates"]:
        aug = "" if entry["f1_aug"] is None else f"{entry['f1_aug']:.3f}"
        cost = "not known" if entry["cost_usd"] is None else f"{entry['cost_usd']:,.4g}"
        numbers = [f"{entry['f1']:.3f}", *[aug] * more, f"{entry['rows']:,}", cost]
        numbers.append(f"{entry['tokens']:,}")
        short = shortage(entry["short"], entry.get("asked") or entry["rows_per_class"])
        name = f"**{entry['name']}**" + (f" (short: {short})" if short else "")
        name += f" (out at {entry['rows']:,} rows)" if entry["out"] else ""
        lines.append(notes.table_row([name, *numbers]))
    for base in board["baselines"]:
        spread = f" ± {base['sd']:.3f}" if base["sd"] else ""
        numbers = [f"{base['f1']:.3f}{spread}", *[""] * more, f"{base['rows']:,}", "", ""]
        lines.append(notes.table_row([base["name"], *numbers]))
    out = [f"- {item['name']} is out: {item['reason']}" for item in board["failed"]]
    return [*lines, "", *out] if out else lines


def _entry(trial: Trial) -> dict[str, Any]:
    return {
        "name": trial.candidate.name,
        "generator": trial.candidate.generator,
        "lm": trial.candidate.lm,
        "f1": trial.score.f1,
        "f1_aug": trial.augmented.f1 if trial.augmented else None,
        "accuracy": trial.score.accuracy,
        **trial.score.uneven,
        "rarest": trial.score.rarest,
        "rows": len(trial.curated.kept),
        "dropped": len(trial.curated.dropped),
        "rows_per_class": trial.rows_per_class,
        "asked": dict(trial.quota),
        "short": trial.short,
        "out": trial.out,
        "curve": [list(point) for point in trial.curve],
        "cost_usd": trial.usage.cost_usd,
        "tokens": trial.usage.tokens,
        "seconds": trial.seconds,
        "run_id": trial.run_id,
        "per_class": names.per_class(trial),
        "parent": trial.candidate.parent,
        "why": trial.candidate.why,
        "feedback": list(trial.feedback.lines),
        "concerns": concerns(trial.panel),
    }


def _failure(item: Failure) -> dict[str, Any]:
    return {
        "name": item.name,
        "reason": item.reason,
        "run_id": item.run_id,
        "cost_usd": item.usage.cost_usd,
        "tokens": item.usage.tokens,
    }


def _tokens(metrics: Mapping[str, float]) -> int:
    return int(metrics.get("tokens_in", 0) + metrics.get("tokens_out", 0))


def _baseline(item: Baseline) -> dict[str, Any]:
    return {
        "name": item.name,
        "f1": item.f1,
        "sd": item.sd,
        "rows": item.rows,
        "draws": item.draws,
        "per_class": item.per_class,
        **item.uneven,
    }
