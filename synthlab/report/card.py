"""The dataset card of generated rows: what they are, where they come from, what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.records import Row, Usage
from synthlab.report.tables import money


def card(
    program: Mapping[str, Any],
    source: str,
    rows: Sequence[Row],
    dropped: Mapping[str, int],
    usage: Usage,
    form: str,
) -> str:
    """Markdown with the front matter that the Hugging Face hub reads."""
    brief = program["brief"]
    counts = {label: sum(row.label == label for row in rows) for label in brief["labels"]}
    lines = [
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
        f"# {program['name']}: {len(rows):,} synthetic rows",
        "",
        f"Each row is one {brief['document']}, written by a language model. No row is real.",
        "",
        "| | |",
        "|---|---|",
        f"| generator | {source or program['candidate']} |",
        f"| program | `{program['generator']}`, digest `{program['digest']}` |",
        f"| language model | `{program['lm']['model']}` |",
        f"| calls, tokens | {usage.calls:,}, {usage.tokens:,} |",
        f"| cost | {money(usage.cost_usd)} USD |",
        f"| real rows shown in prompts | {len(program['shots'])} |",
        "",
        "## Rows",
        "",
        "| class | rows |",
        "|---|---|",
        *(f"| {label} | {count:,} |" for label, count in counts.items()),
        "",
        f"Dropped by curation: {_dropped(dropped)}.",
        "",
        f"Columns: `id`, `label`, `{brief['field']}`, `attributes` (what was drawn for the row, "
        "JSON), `lm`, `candidate`.",
        "",
        "## Prompts",
        "",
    ]
    for name, text in program["texts"].items():
        lines += [f"`{name}`:", "", "```text", text, "```", ""]
    lines += [
        "## Limits",
        "",
        "Rows follow the language model's idea of the classes, with its errors and its bias. "
        "Judge a model that is trained on them on real rows. Names, figures and events in them "
        "may be made up or real.",
        "",
    ]
    return "\n".join(lines)


def _dropped(dropped: Mapping[str, int]) -> str:
    said = ", ".join(f"{reason} {count}" for reason, count in dropped.items())
    return said or "none"
