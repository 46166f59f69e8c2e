"""What a trial is called and said in MLflow: metric names, parameters, the description.

MLflow's table shows about twelve characters of a name, so names are short. Nothing is logged here.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from synthlab.comparisons import BOTH, POOL_BEST, POOL_SAME, REAL, SYNTHETIC, Estimate, Finals
from synthlab.measures import Panel
from synthlab.outcomes import Candidate, Score, Trial, shortage
from synthlab.records import Curated, Usage

KIND = "synthlab.kind"
PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
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
TEST_READS = "synthlab.test_reads"
LOCAL = "synthlab.local_run"  # of a copy: the run that it is a copy of
ROOT = "synthlab.local_root"  # of a copy: the local run at the top
UNSENT = "synthlab.unsent"  # of a local run: the address that it has not reached
PLACE = "synthlab.unsent_artifacts"
SENT = "synthlab.sent"
SENT_RUN = "synthlab.sent_run"  # of a local run: its copy
ROWS_PER_CLASS = "rows_per_class"
SCORED = "scored"  # of a run that has ended: how many candidates have a score

NARROW = 12
CONCERNS = 6
LONGEST_PARAM = 500
LONGEST_NOTE = 7500


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
    named = {"test": SYNTHETIC, "real": REAL, "both": BOTH, "pool": POOL_BEST, "same": POOL_SAME}
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


def per_class(trial: Trial) -> dict[str, dict[str, float]]:
    """Precision, recall, F1, support (real rows) and kept rows by label."""
    kept = Counter(row.label for row in trial.curated.kept)
    return {
        label: {
            "f1": item.f1,
            "precision": item.precision,
            "recall": item.recall,
            "support": item.support,
            "rows": kept[label],
        }
        for label, item in trial.score.per_class.items()
    }


def describe(trial: Trial, holdout_name: str, holdout_rows: int) -> str:
    """The description of a candidate's run, in Markdown."""
    kept, sure = len(trial.curated.kept), interval(trial.score)
    lines = [
        f"Trained on **{kept:,} synthetic rows**, the classifier reaches "
        f"macro-F1 **{trial.score.f1:.3f}** on {holdout_rows:,} real rows ({holdout_name}; 95% "
        f"{sure.low:.3f} to {sure.high:.3f} over such rows; 1 is perfect).",
        "",
    ]
    if trial.candidate.parent:
        lines += [f"- **Made from {trial.candidate.parent}**: {trial.candidate.why}."]
    if trial.short:
        lines += [
            f"- **Short**: {shortage(trial.short, trial.rows_per_class)} rows. It is ranked after "
            "candidates that kept every row asked for."
        ]
    if trial.out:
        lines += [f"- **Out of the race**: {trial.out}."]
    if trial.augmented:
        base = trial.augmented
        few = "a few real rows" if base.per_class is None else f"{base.per_class} real rows a class"
        lines += [f"- Added to {few} (mean of {base.draws} draws): macro-F1 {base.f1:.3f}"]
    lines += [
        f"- Rows: {_rows(trial.curated)}",
        f"- Paid: {paid(trial.usage)}, in {trial.seconds:,.0f} s{_per_thousand(trial, kept)}",
        "- The prompt: *Registered prompts*. A sample of LM calls: *Traces*. All rows, kept and "
        "dropped: *Artifacts*, `rows/`",
        "",
        "Each class, worst first:",
        "",
        table_row(["class", "F1", "precision", "recall", "real rows"]),
        "|---|---|---|---|---|",
    ]
    for label, item in sorted(trial.score.per_class.items(), key=lambda pair: pair[1].f1):
        scores = [f"{value:.3f}" for value in (item.f1, item.precision, item.recall)]
        lines.append(table_row([label, *scores, f"{item.support:,}"]))
    if trial.feedback.findings:
        lines += ["", "#### What the model and the dev rows say about these rows", ""]
        lines += [f"- {line}" for line in trial.feedback.lines]
    return note([*lines, *panel_lines(trial.panel)])


def panel_lines(panel: Panel) -> list[str]:
    """Markdown: what is not good of a panel, in sentences, and the names of what is."""
    if not panel.measures:
        return []
    concerns = panel.concerns
    lines = ["", "The quality panel (panel.json has all of it):", ""]
    lines += [f"- **{item.verdict}** `{item.name}`: {item.said}" for item in concerns[:CONCERNS]]
    if more := concerns[CONCERNS:]:
        lines += [f"- also to be watched: {', '.join(f'`{item.name}`' for item in more)}"]
    if panel.good:
        lines += [f"- good: {', '.join(f'`{item.name}`' for item in panel.good)}"]
    return [*lines, *(f"- not measured: {part}: {why}" for part, why in panel.skipped.items())]


def _per_thousand(trial: Trial, kept: int) -> str:
    usd = trial.usage.cost_usd
    return f"; {1000 * usd / kept:,.4g} USD per 1,000 kept rows" if usd and kept else ""


def describe_fresh(values: Sequence[float], rows: int) -> str:
    """Markdown: a finalist's fresh generations."""
    said = ", ".join(f"{value:.3f}" for value in values)
    mean = sum(values) / len(values)
    return note(
        [
            f"Generated afresh {len(values)} times, {rows:,} rows each: macro-F1 on dev "
            f"**{mean:.3f}** in the mean ({said}).",
            "",
            "The charts' steps are the generations. `rows/kept.parquet` has them all.",
        ]
    )


def describe_stopped(curated: Curated, unjudged: int, reason: str) -> str:
    """Markdown: why a candidate has no score, and which rows of it are saved."""
    lines = [
        f"Stopped before it was scored: {reason}",
        "",
        f"- Rows so far: {_rows(curated)}"
        + (f", {unjudged:,} not judged by curation" if unjudged else ""),
    ]
    return note(lines)


def _rows(curated: Curated) -> str:
    reasons = ", ".join(f"{count:,} {why}" for why, count in curated.reasons().items())
    said = f"{len(curated.kept):,} kept, {len(curated.dropped):,} dropped"
    return f"{said} ({reasons})" if reasons else said


def paid(usage: Usage) -> str:
    """Cost, tokens and calls in words."""
    cost = "cost not known" if usage.cost_usd is None else f"{usage.cost_usd:,.4g} USD"
    return f"{cost}, {usage.tokens:,} tokens, {usage.calls:,} calls"


def note(lines: Iterable[str]) -> str:
    """Markdown of at most the length that MLflow keeps, cut at a line's end."""
    text = "\n".join(lines)
    return text if len(text) <= LONGEST_NOTE else text[:LONGEST_NOTE].rsplit("\n", 1)[0] + "\n…"


def table_row(cells: Iterable[str]) -> str:
    """One line of a Markdown table."""
    # MLflow draws tables without any space between columns; it strips all but an entity.
    plain = (" ".join(text.split()).replace("|", "\\|") for text in cells)
    return "| " + " | ".join(f"{text}&emsp;" for text in plain) + " |"
