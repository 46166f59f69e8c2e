"""The descriptions of runs: Markdown that MLflow shows above all else on a run's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synthlab.measures import Panel
from synthlab.outcomes import Score, Trial, shortage
from synthlab.records import Curated, Usage
from synthlab.tracking.names import interval

CONCERNS = 6
LONGEST_NOTE = 7500


def describe(trial: Trial, holdout_name: str, holdout_rows: int) -> str:
    """The description of a candidate's run, in Markdown."""
    kept, sure = len(trial.curated.kept), interval(trial.score)
    added = " and the real rows that they top up" if trial.quota else ""
    lines = [
        f"Trained on **{kept:,} synthetic rows**{added}, the classifier reaches "
        f"macro-F1 **{trial.score.f1:.3f}** on {holdout_rows:,} real rows ({holdout_name}; 95% "
        f"{sure.low:.3f} to {sure.high:.3f} over such rows; 1 is perfect).",
        "",
    ]
    if trial.candidate.parent:
        lines += [f"- **Made from {trial.candidate.parent}**: {trial.candidate.why}."]
    if trial.short:
        lines += [
            f"- **Short**: {shortage(trial.short, trial.asked)} rows. It is ranked after "
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
    ]
    lines += panel_lines(trial.panel)
    if trial.feedback.findings:
        lines += ["", "**What the model and the dev rows say about these rows**", ""]
        lines += [f"- {line}" for line in trial.feedback.lines]
    # Last, as it is the longest where there are many classes, and per_class.json has all of it.
    return note([*lines, *_classes(trial.score)])


def _classes(score: Score) -> list[str]:
    lines = [
        "",
        "**Each class**, worst first:",
        "",
        table_row(["class", "F1", "precision", "recall", "PR-AUC", "real rows"]),
        "|---|---|---|---|---|---|",
    ]
    for label, item in sorted(score.per_class.items(), key=lambda pair: pair[1].f1):
        scores = [f"{value:.3f}" for value in (item.f1, item.precision, item.recall)]
        area = "" if item.pr_auc is None else f"{item.pr_auc:.3f}"
        lines.append(table_row([label, *scores, area, f"{item.support:,}"]))
    return lines


def panel_lines(panel: Panel) -> list[str]:
    """Markdown: what is not good of a panel, in sentences, and the names of what is."""
    if not panel.measures:
        return []
    concerns = panel.concerns
    lines = ["", "**The quality panel** (panel.json has all of it):", ""]
    lines += [f"- **{item.verdict}** `{item.name}`: {item.said}" for item in concerns[:CONCERNS]]
    if more := concerns[CONCERNS:]:
        lines += [f"- also to be watched: {', '.join(f'`{item.name}`' for item in more)}"]
    if panel.good:
        lines += [f"- good: {', '.join(f'`{item.name}`' for item in panel.good)}"]
    return [*lines, *(f"- not measured: {part}: {why}" for part, why in panel.skipped.items())]


def _per_thousand(trial: Trial, kept: int) -> str:
    usd = trial.usage.cost_usd
    return f"; {1000 * usd / kept:,.4g} USD per 1,000 kept rows" if usd and kept else ""


def describe_fresh(values: Sequence[float], rows: int, panel: Panel) -> str:
    """Markdown: a finalist's fresh generations."""
    said = ", ".join(f"{value:.3f}" for value in values)
    mean = sum(values) / len(values)
    return note(
        [
            f"Generated afresh {len(values)} times, {rows:,} rows each: macro-F1 on dev "
            f"**{mean:.3f}** in the mean ({said}).",
            "",
            "The charts' steps are the generations. `rows/kept.parquet` has them all; what the "
            "quality panel measured of all of them together is in `panel.json`.",
            *panel_lines(panel),
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
    light = [row.weight for row in curated.kept if row.weight < 1]
    less = (
        f"; {len(light):,} count for less in training, {min(light):.2f} the least" if light else ""
    )
    return (f"{said} ({reasons})" if reasons else said) + less


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
