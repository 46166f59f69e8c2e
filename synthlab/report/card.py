"""The dataset card of generated rows: what they are, where they come from, what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthlab.records import Usage
from synthlab.report.tables import money

LIMITS = (
    "## Limits",
    "",
    "Rows follow the language model's idea of the classes, with its errors and its bias. "
    "Judge a model that is trained on them on real rows. Names, figures and events in them "
    "may be made up or real.",
    "",
)
ALONE = (
    "## Limits",
    "",
    "Rows hold only words that stood in real rows or in the templates. Judge a model that is "
    "trained on them on real rows.",
    "",
)


def card(
    program: Mapping[str, Any],
    source: str,
    rows: Mapping[str, int],
    dropped: Mapping[str, int],
    usage: Usage,
    form: str,
    stopped: str = "",
) -> str:
    """Markdown with the front matter that the Hugging Face hub reads.

    Args:
        program: of the generator.
        source: what stands for it, such as ``bbc-news@champion (version 2)``.
        rows: how many there are, by class.
        dropped: number of dropped rows by reason.
        usage: what it took.
        form: ``parquet`` or ``jsonl``.
        stopped: why there are fewer rows than asked for.
    """
    brief = program["brief"]
    lines = [
        *_head(form),
        f"# {program['name']}: {sum(rows.values()):,} synthetic rows",
        "",
        f"Each row is one {brief['document']}, {_origin(program)}",
        *([f"There are fewer than asked for: {stopped.splitlines()[0]}."] if stopped else []),
        "",
        "| | |",
        "|---|---|",
        f"| generator | {source or program['candidate']} |",
        f"| program | `{program['generator']}`, digest `{program['digest']}` |",
        f"| language model | `{program['lm']['model']}` |",
        f"| calls, tokens | {usage.calls:,}, {usage.tokens:,} |",
        f"| cost | {money(usage.cost_usd)} USD |",
        f"| real rows {_used(program)} | {len(program['shots'])} |",
        "",
        "## Rows",
        "",
        "| class | rows |",
        "|---|---|",
        *(f"| {label} | {rows.get(label, 0):,} |" for label in brief["labels"]),
        "",
        f"Dropped by curation: {_dropped(dropped)}.",
        "",
        f"Columns: `id`, `label`, `{brief['field']}`, `attributes` (what was drawn for the row, "
        "JSON), `lm`, `candidate`.",
        "",
        *([] if _alone(program) else ["## Prompts", ""]),
    ]
    for name, text in program["texts"].items():
        lines += [f"`{name}`:", "", "```text", text, "```", ""]
    return "\n".join([*lines, *(ALONE if _alone(program) else LIMITS)])


def delivered(source: str, rows: Mapping[str, int], folder: Path, files: Sequence[str]) -> str:
    """What was written and where, in lines for a terminal."""
    lines = [
        f"{sum(rows.values())} rows of {source} in {folder}/",
        *(f"  {path}" for path in files),
    ]
    return "\n".join([*lines, f"  {folder / 'README.md'}  what they are, and what they cost"])


def _head(form: str) -> list[str]:
    return [
        "---",
        "task_categories:",
        "- text-classification",
        "tags:",
        "- synthetic",
        "configs:",
        "- config_name: default",
        f"  data_files: '*.{form}'",
        "---",
        "",
    ]


def _alone(program: Mapping[str, Any]) -> bool:
    """Whether no LM was asked."""
    return str(program["lm"]["model"]).startswith("none/")


def _used(program: Mapping[str, Any]) -> str:
    return "that rows were made of" if _alone(program) else "shown in prompts"


def _origin(program: Mapping[str, Any]) -> str:
    if not _alone(program):
        return "written by a language model. No row is real."
    if program["shots"]:
        return (
            "made of real rows without a language model. Rows may nearly repeat a real row: they "
            "may go only where those may."
        )
    return "made of templates without a language model. No row is real."


def _dropped(dropped: Mapping[str, int]) -> str:
    said = ", ".join(f"{reason} {count}" for reason, count in dropped.items())
    return said or "none"
