"""What ``synthlab score`` found, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from synthlab.report.finals import between, contrasts
from synthlab.report.tables import framed, number


def scores(found: Mapping[str, Any]) -> Group:
    """Files, differences between them, and sentences."""
    parts: list[Any] = [_sets(found)]
    if found["contrasts"]:
        parts.append(contrasts("differences", found["contrasts"]))
    many = len(found["sets"]) > 1
    for item in found["sets"]:
        start = f"{item['name']}: " if many else ""
        parts += [Text(f"{start}{said}") for said in item["said"]]
    return Group(*parts, Text("\n".join(_notes(found))))


def _sets(found: Mapping[str, Any]) -> Table:
    test = found["test"]
    others = [family["model"] for family in found["sets"][0]["families"]]
    arms = found["sets"][0]["arms"]
    columns = {"rows of": "left", "f1": "right", "95%": "left", "rows": "right", "sets": "right"}
    columns |= {f"+ {arm['real']:,} real": "right" for arm in arms if arm["name"] == "both"}
    columns |= dict.fromkeys(others, "right")
    table = framed(f"macro-F1 on {test['rows']:,} real rows", columns)
    for place, item in enumerate(found["sets"]):
        alone = item["arms"][0]["estimate"]
        both = [arm["estimate"] for arm in item["arms"] if arm["name"] == "both"]
        table.add_row(
            escape(item["name"]),
            number(alone["value"]),
            between(alone),
            f"{item['rows']:,}",
            str(item["generations"]),
            *(number(one["value"]) for one in both),
            *(number(family["synthetic"]["value"]) for family in item["families"]),
            style="bold" if place == 0 else "",
        )
    for arm in arms:
        if arm["name"] == "real alone":
            estimate = arm["estimate"]
            shown = [number(estimate["value"]), between(estimate), f"{arm['rows']:,}"]
            table.add_row("real rows alone", *shown)
    return table


def _notes(found: Mapping[str, Any]) -> list[str]:
    notes = list(found["notes"])
    if found["rows_per_class"]:
        notes.append(f"every set was cut to at most {found['rows_per_class']:,} rows a class")
    if all(item["generations"] == 1 for item in found["sets"]):
        notes.append("one set each: the intervals leave the luck of a generation out")
    if found["test"]["reads"] > 1:
        notes.append(
            f"these test rows have been opened {found['test']['reads']} times in this store: "
            "take fresh ones for a claim"
        )
    return notes
