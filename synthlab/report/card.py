"""The dataset card of generated rows: what they are, where they come from, what they cost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from types import MappingProxyType
from typing import Any

from synthlab.deliveries import Delivery, Origin
from synthlab.measures import Measure
from synthlab.records import digest
from synthlab.report.cardgroups import people
from synthlab.report.cardhead import head, verifiers
from synthlab.report.carduse import ALONE, USE
from synthlab.report.ends import drawn, sure
from synthlab.report.tables import money

LONGEST = 300
"""Characters of an example."""
MOST_PARAMS = 8000
"""Characters of a generator's parameters."""


def card(program: Mapping[str, Any], made: Delivery, origin: Origin | None) -> str:
    """Markdown with the front matter that the Hugging Face hub reads.

    Args:
        program: of the generator.
        made: what the folder holds.
        origin: what is known of the promoted version.
    """
    return "\n".join(
        [
            *head(program, made),
            *_lead(program, made),
            *_rows(program, made),
            *people(program, made),
            *_quality(origin, made),
            *_privacy(origin),
            *_making(program, made, origin),
            *_dropped(made),
            *_prompts(program),
            *(ALONE if _alone(program) else USE),
        ]
    )


def _lead(program: Mapping[str, Any], made: Delivery) -> list[str]:
    brief, classes = program["brief"], len(program["brief"]["labels"])
    lines = [
        f"# {program['name']}: {made.total:,} synthetic rows",
        "",
        f"Each row is one {brief['document']} of one of {classes} classes, {_origin(program)}",
        "",
    ]
    if made.stopped:
        asked = sum(made.quota.values())
        lines += [f"> **Unfinished**: {asked:,} rows were asked for; {_first(made.stopped)}.", ""]
    if made.drift is not None and made.drift.concerns:
        lines += ["> **Drifted**: these rows differ from those that the generator was promoted"]
        lines[-1] += " with, so its score may not hold for them (see Quality)."
        lines += [""]
    return [
        *lines,
        "```python",
        "from datasets import load_dataset",
        "",
        'rows = load_dataset("PATH/OF/THIS/FOLDER", split="train")',
        "```",
        "",
    ]


def _alone(program: Mapping[str, Any]) -> bool:
    """Whether no LM was asked."""
    return str(program["lm"]["model"]).startswith("none/")


def _origin(program: Mapping[str, Any]) -> str:
    shown = len(program["shots"])
    if _alone(program) and shown:
        return (
            f"made of {shown:,} real rows without a language model. Rows may nearly repeat a real "
            "row: they may go only where those may."
        )
    if _alone(program):
        return "made of templates without a language model. No row is real."
    saw = "No real row was shown to it."
    if shown:
        saw = f"Its prompts showed it {shown:,} real row{'s' if shown > 1 else ''}."
    return f"written by the language model `{program['lm']['model']}`. No row is real. {saw}"


def _rows(program: Mapping[str, Any], made: Delivery) -> list[str]:
    brief = program["brief"]
    lines = ["## Rows", "", *_table(["class", "in prompts", "rows", "share"])]
    for label in brief["labels"]:
        count = made.rows.get(label, 0)
        words = brief["names"].get(label, label)
        share = f"{count / made.total:.1%}" if made.total else "-"
        lines.append(_line([label, words, f"{count:,}", share]))
    told = {
        "id": "of the row: the same program, seed and request give the same one",
        "label": "the class that was asked for",
        "attributes": "what was drawn for the row and told in its prompt, as JSON",
        "lm": "the language model that wrote it",
        "candidate": "digest of the prompt and settings that wrote it",
        "weight": "what it counts in training beside the others: hand it on as `sample_weight`",
    }
    lines += ["", *_table(["column", "what it is"])]
    lines += [
        _line([f"`{name}`", told.get(name, f"the {brief['document']}")]) for name in made.columns
    ]
    if made.examples:
        lines += ["", "The first row of each class:", ""]
        lines += [f"- **{_plain(label)}**: {_cut(text)}" for label, text in made.examples.items()]
    return [*lines, ""]


def _quality(origin: Origin | None, made: Delivery) -> list[str]:
    return ["## Quality", "", *_score(origin), *_panel(origin), *_drift(made)]


def _score(origin: Origin | None) -> list[str]:
    if origin is None or not origin.scores:
        return ["What a classifier learns from such rows was not measured.", ""]
    lines = []
    names = {"dev": "real rows that steered the search (dev)", "test": "sealed real rows (test)"}
    for name, found in origin.scores.items():
        ranged = found["low"] is not None
        around = f", {sure(found)}" if ranged and drawn(found) else ""
        times = found.get("generations", 1)
        made = f"mean of {times} fresh generations" if times > 1 else "one generation"
        made += ", too few for an interval" if ranged and not around else ""
        lines.append(f"- macro-F1 **{found['value']:.3f}**{around} on {names[name]}; {made}")
    rows, model = origin.tags.get("rows", ""), origin.tags.get("model", "")
    said = f" of {rows} rows" if rows else ""
    topped = any(found.get("topped") for found in origin.scores.values())
    how = "it, added to real rows that they top up," if topped else "it alone"
    by = f" by {_plain(model)}" if model else ""
    return [
        f"The generator was promoted with this score: a classifier was trained on a set{said} of "
        f"{how}{by}, and judged on real rows.",
        "",
        *lines,
        "",
    ]


def _panel(origin: Origin | None) -> list[str]:
    if origin is None or origin.panel is None or not origin.panel.measures:
        return ["The quality panel of the promoted rows: not measured.", ""]
    found = origin.panel
    of = f"{found.of_rows[0].upper()}{found.of_rows[1:]}, beside real rows:"
    return [of, "", *_measures(found.measures, "real rows"), ""]


def _privacy(origin: Origin | None) -> list[str]:
    if origin is None or not origin.privacy:
        return []
    return ["## Privacy of the real rows behind the prompt", "", origin.privacy, ""]


def _drift(made: Delivery) -> list[str]:
    if made.drift is None:
        why = made.unchecked or "the folder is not finished"
        return [f"Whether these rows are still like the promoted ones: not checked, as {why}.", ""]
    said = "differ from" if made.drift.concerns else "are like"
    return [
        f"A sample of these rows beside the promoted run's: they {said} them.",
        "",
        *_measures(made.drift.measures, "promoted run", {"good": "alike", "bad": "drifted"}),
        "",
    ]


def _measures(
    measures: Sequence[Measure], beside: str, words: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    lines = _table(["measure", "value (95%)", beside, "verdict", "in words"])
    for item in measures:
        before = "" if item.reference is None else f"{item.reference:.3g}"
        verdict = words.get(item.verdict, item.verdict)
        lines.append(_line([item.name, _figure(item), before, verdict, item.said]))
    return lines


def _figure(item: Measure) -> str:
    if item.low is None or item.high is None:
        return f"{item.value:.3g}"
    return f"{item.value:.3g} ({item.low:.3g} to {item.high:.3g})"


def _making(program: Mapping[str, Any], made: Delivery, origin: Origin | None) -> list[str]:
    usage, lm = made.usage, program["lm"]
    cost = f"{money(usage.cost_usd)} USD"
    if usage.cost_usd and made.total:
        cost += f", {money(usage.cost_usd / made.total * 1000)} USD per 1,000 rows"
    sampling = [f"{name} {lm[name]}" for name in ("temperature", "max_tokens") if lm.get(name)]
    return [
        "## How they were made",
        "",
        *_table(["", ""]),
        _line(["generator", origin.said if origin else program["candidate"]]),
        *([_line(["MLflow run", f"`{origin.run}`"])] if origin else []),
        _line(["program", f"`{program['generator']}`, digest `{program['digest']}`"]),
        _line(["language model", f"`{lm['model']}`" + "".join(f", {item}" for item in sampling)]),
        *(_line(["doubtful labels were asked of", f"`{name}`"]) for name in verifiers(program)),
        _line(["seed", str(made.seed)]),
        _line(["begun", made.begun]),
        _line(["calls, tokens", f"{usage.calls:,}, {usage.tokens:,}"]),
        _line(["cost", cost]),
        _line(["real rows shown in prompts", str(len(program["shots"]))]),
        _line(["made with", f"synthlab {_version()}"]),
        "",
    ]


def _dropped(made: Delivery) -> list[str]:
    lines = ["## What was dropped", ""]
    total = made.total + sum(made.dropped.values())
    if not made.dropped:
        return [*lines, "Nothing: every row that was written was kept.", ""]
    lines += [f"Of {total:,} rows that were written, curation kept {made.total:,}.", ""]
    lines += _table(["reason", "rows", "share"])
    for reason, count in made.dropped.items():
        lines.append(_line([reason, f"{count:,}", f"{count / total:.1%}"]))
    return [*lines, ""]


def _prompts(program: Mapping[str, Any]) -> list[str]:
    lines = ["## Prompts", ""]
    for name, text in program["texts"].items():
        ticks = max((len(run) for run in re.findall(r"`{3,}", text)), default=2) + 1
        fence = "`" * ticks
        version = digest(text, 8)
        lines += [f"`{name}`, version `{version}`:", "", f"{fence}text", text, fence, ""]
    return [*lines, *_params(program["params"])]


def _params(params: Mapping[str, Any]) -> list[str]:
    """What fills the prompts, such as the values that attributes are drawn from."""
    if not params:
        return []
    text = json.dumps(_shown(params), indent=1, ensure_ascii=False)
    if len(text) > MOST_PARAMS:
        text = text[:MOST_PARAMS].rsplit("\n", 1)[0] + "\n..."
    lines = ["<details>", "<summary>What fills the prompts</summary>", "", "````json"]
    return [*lines, *text.splitlines(), "````", "", "</details>", ""]


def _shown(params: Any) -> Any:
    """Parameters without the source of a user's classes, which the program holds."""
    if isinstance(params, Mapping):
        return {name: _shown(value) for name, value in params.items() if name != "source"}
    return [_shown(item) for item in params] if isinstance(params, list | tuple) else params


def _table(titles: Sequence[str]) -> list[str]:
    return [_line(titles), "|" + "---|" * len(titles)]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(text: str) -> str:
    """As one line of a table, whatever is in it."""
    return " ".join(text.split()).replace("|", "\\|")


def _cut(text: str) -> str:
    """A row as one line of Markdown that is shown as it is written."""
    line = " ".join(text.split())
    short = line if len(line) <= LONGEST else line[:LONGEST].rsplit(" ", 1)[0] + " …"
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", short)


def _first(text: str) -> str:
    return text.splitlines()[0].rstrip(".")


def _version() -> str:
    try:
        return metadata.version("synthlab-framework")
    except metadata.PackageNotFoundError:  # run from a source folder
        return "(source)"
