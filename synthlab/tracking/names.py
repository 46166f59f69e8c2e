"""What a trial is called in MLflow: metric names, parameters, tags.

MLflow's table shows about twelve characters of a name, so names are short. Nothing is logged here.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from synthlab.comparisons import (
    BOTH,
    DIRECT,
    POOL_BEST,
    POOL_SAME,
    REAL,
    TOPPED,
    Estimate,
    Finals,
)
from synthlab.outcomes import Candidate, Score, Trial
from synthlab.records import Usage

KIND = "synthlab.kind"
PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
PANEL = "panel.json"
NAME = "synthlab.name"
DIGEST = "synthlab.digest."
WINNER = "synthlab.winner"
WINNER_RUN = "synthlab.winner_run"
STOPPED = "synthlab.stopped"
SHORT = "synthlab.short"
OUT = "synthlab.out"
ORIGIN = "synthlab.origin"
WHY = "synthlab.why"
ENDING = "synthlab.ending"
VERSIONS = "synthlab.versions"
PRIVACY = "synthlab.privacy"  # of a run: what holds of what feedback told of dev rows
TEST_READS = "synthlab.test_reads"
LOCAL = "synthlab.local_run"  # of a copy: the run that it is a copy of
ROOT = "synthlab.local_root"  # of a copy: the local run at the top
UNSENT = "synthlab.unsent"  # of a local run: the address that it has not reached
PLACE = "synthlab.unsent_artifacts"
SENT = "synthlab.sent"
SENT_RUN = "synthlab.sent_run"  # of a local run: its copy
ROWS_PER_CLASS = "rows_per_class"
SCORED = "scored"  # of a run that has ended: how many candidates have a score

UNEVEN = ("bal_acc", "pr_auc", "rare_recall", "rare_pr_auc")
"""``Score.uneven``: balanced accuracy, mean PR-AUC of the classes, and both of the rarest class."""

NARROW = 12
LONGEST_PARAM = 500


def child(name: str, kind: str, parent: str) -> str:
    """What a child run is called: ``direct · 0428``, with the beginning of its parent's id.

    Candidates of an experiment's runs share their names, and stand in one table.
    """
    return f"{name}{', fresh' if kind == 'final' else ''}{_of(parent)}"


def moved(run_name: str, parent: str, to: str) -> str:
    """The name of a copy of a child run, whose parent is the run ``to``."""
    own = _of(parent)
    return run_name.removesuffix(own) + _of(to) if run_name.endswith(own) else run_name


def _of(parent: str) -> str:
    return f" · {parent[:4]}"


def class_metrics(labels: Iterable[str]) -> dict[str, str]:
    """The metric name of each label, such as ``f1_sport``: 12 characters, if they tell it apart."""
    labels = list(labels)
    slugs = {label: re.sub(r"[^\w]+", "_", label.lower()).strip("_") or "class" for label in labels}
    taken = {"f1_aug", "f1_low", "f1_high", "f1_mean"}
    names: dict[str, str] = {}
    for label in labels:
        full = f"f1_{slugs[label]}"
        tries = [
            full[:NARROW].rstrip("_"),
            full[:200],
            *(f"{full[:190]}_{n}" for n in range(2, 999)),
        ]
        names[label] = next(name for name in tries if name not in taken)
        taken.add(names[label])
    return names


def origin(candidate: Candidate) -> dict[str, str]:
    """Tags that say what a search made a candidate from; none for one of the config's."""
    if not candidate.parent:
        return {}
    return {ORIGIN: candidate.parent, WHY: candidate.why[:500]}


def swept(candidate: Candidate, params: Iterable[str]) -> set[str]:
    """Those of ``params`` that a sweep gives several values; the generator where there is none."""
    found = {"generator"}
    for key in candidate.choices:
        short = re.sub(r"^(lm|generator|budget)\.", "", key)
        own = "lm" if key in ("lm", "lm.model") else "model" if key.startswith("scoring") else short
        found |= {name for name in params if name == own or name.startswith(f"{own}.")}
    return found


def metrics(trial: Trial) -> dict[str, float]:
    """Every number of a trial by metric name; a cost or score that is not known is left out."""
    kept, usd = len(trial.curated.kept), trial.usage.cost_usd
    sure = interval(trial.score)
    values: dict[str, float | None] = {
        "f1": trial.score.f1,
        "f1_low": sure.low,
        "f1_high": sure.high,
        "usd_per_1k": None if usd is None or not kept else 1000 * usd / kept,
        "accuracy": trial.score.accuracy,
        **trial.score.uneven,
        "f1_aug": trial.augmented.f1 if trial.augmented else None,
        "rows": kept,
        "dropped": len(trial.curated.dropped),
        "seconds": trial.seconds,
        **usage_metrics(trial.usage),
    }
    for label, name in class_metrics(trial.score.per_class).items():
        values[name] = trial.score.per_class[label].f1
    return known({**values, **{item.name: item.value for item in trial.panel.measures}})


def curve(trial: Trial) -> tuple[tuple[str, float, int], ...]:
    """The learning curve as points of one metric; the step is the number of rows a class."""
    return tuple(("curve_f1", f1, rows) for rows, f1 in trial.curve)


def interval(score: Score) -> Estimate:
    """Macro-F1 with its 95% interval over the real rows; another generation's luck is not in it."""
    from synthlab.statistics.paired import level  # scipy: commands that only read do without

    return level(score.true, score.called[None, :], len(score.labels))


def final_metrics(finals: Finals) -> dict[str, float | None]:
    """Of the winner's fresh generations on dev and on test, with the ends of their intervals."""
    pooled = finals.pool.arms if finals.pool else ()
    dev, arms = finals.winner.dev, {arm.name: arm.estimate for arm in (*finals.arms, *pooled)}
    found: dict[str, float | None] = {
        "dev_f1": dev.value,
        "dev_low": dev.low,
        "dev_high": dev.high,
        "test_crossed": finals.crossed,
        "optimism": finals.optimism,
        "test_reads": finals.reads,
    }
    mine, *others = finals.arms
    named = {"test": mine.name, "real": REAL, "both": BOTH, "pool": POOL_BEST, "same": POOL_SAME}
    if mine.name == TOPPED:
        named["remedy"] = next((a.name for a in others if a.name not in (REAL, DIRECT)), "")
        found |= {f"test_{key}": value for key, value in mine.uneven.items() if key != "pr_auc"}
    for key, name in named.items():
        if name in arms:
            found[f"{key}_f1"] = arms[name].value
            found[f"{key}_low"] = arms[name].low
            found[f"{key}_high"] = arms[name].high
    return found


def usage_metrics(usage: Usage) -> dict[str, float | None]:
    """Money, tokens and calls; ``cost_usd`` is None when a price is not known."""
    return {
        "cost_usd": usage.cost_usd,
        "tokens_in": usage.input_tokens,
        "tokens_out": usage.output_tokens,
        "calls": usage.calls,
    }


def known(values: Mapping[str, float | None]) -> dict[str, float]:
    """The values that are finite numbers."""
    return {k: float(v) for k, v in values.items() if v is not None and math.isfinite(v)}


def flat_params(params: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Dotted names and short texts; a list stays one value, as do weights; a long one is cut."""
    flat: dict[str, str] = {}
    for key, value in params.items():
        name = prefix + re.sub(r"[^\w.\- /]", "_", str(key))[:200]
        # A hundred weights of attribute values would be a hundred columns of the runs table.
        weights = prefix and isinstance(value, Mapping) and _numbers(value.values())
        if isinstance(value, Mapping) and value and not weights:
            flat.update(flat_params(value, f"{name}."))
            continue
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        )
        cut = len(text) > LONGEST_PARAM
        flat[name] = text[: LONGEST_PARAM - 1] + "…" if cut else text
    return flat


def _numbers(values: Iterable[Any]) -> bool:
    return all(isinstance(value, int | float) for value in values)


def per_class(trial: Trial) -> dict[str, dict[str, float | None]]:
    """Precision, recall, F1, PR-AUC, support (real rows) and kept rows by label.

    ``asked`` is there where classes are topped up: the rows that were to be kept.
    """
    kept = Counter(row.label for row in trial.curated.kept)
    return {
        label: {
            "f1": item.f1,
            "precision": item.precision,
            "recall": item.recall,
            "pr_auc": item.pr_auc,
            "support": item.support,
            "rows": kept[label],
            **({"asked": trial.quota[label]} if trial.quota else {}),
        }
        for label, item in trial.score.per_class.items()
    }
