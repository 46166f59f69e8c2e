"""What ``synthlab score`` found, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from synthlab.comparisons import BOTH, REAL
from synthlab.report.ends import cell
from synthlab.report.finals import contrasts, curve_table
from synthlab.report.layout import framed
from synthlab.report.panel import whole_panels
from synthlab.report.tables import number

CURVES = 6
"""Sets whose curves fit beside each other in a terminal; all are in the JSON."""


def scores(found: Mapping[str, Any]) -> Group:
    """Files, differences between them, learning curves, and sentences."""
    parts: list[Any] = [_sets(found)]
    if found["contrasts"]:
        parts.append(contrasts("differences", found["contrasts"]))
    if found["real"] or any(len(item["curve"]) > 1 for item in found["sets"]):
        parts.append(_curves(found))
    many = len(found["sets"]) > 1
    for item in found["sets"]:
        start = f"{item['name']}: " if many else ""
        parts += [Text(f"{start}{said}") for said in item["said"]]
    panels = {item["name"]: item["panel"] for item in found["sets"] if "panel" in item}
    return Group(*parts, *whole_panels(panels), Text("\n".join(_notes(found))))


def _sets(found: Mapping[str, Any]) -> Table:
    test = found["test"]
    others = [family["model"] for family in found["sets"][0]["families"]]
    arms = found["sets"][0]["arms"]
    columns = {"rows of": "left", "f1": "right", "95%": "whole", "rows": "right", "sets": "right"}
    columns |= {f"+ {arm['real']:,} real": "right" for arm in arms if arm["name"] == BOTH}
    columns |= dict.fromkeys(others, "right")
    table = framed(f"macro-F1 on {test['rows']:,} real rows", columns)
    for place, item in enumerate(found["sets"]):
        alone = item["arms"][0]["estimate"]
        both = [arm["estimate"] for arm in item["arms"] if arm["name"] == BOTH]
        table.add_row(
            escape(item["name"]),
            number(alone["value"]),
            cell(alone),
            f"{item['rows']:,}",
            str(item["generations"]),
            *(number(one["value"]) for one in both),
            *(number(family["arms"][0]["estimate"]["value"]) for family in item["families"]),
            style="bold" if place == 0 else "",
        )
    for place, arm in enumerate(arms):
        if arm["name"] == REAL:
            shown = [number(arm["estimate"]["value"]), cell(arm["estimate"]), f"{arm['rows']:,}"]
            seen = [family["arms"][place]["estimate"] for family in found["sets"][0]["families"]]
            values = [number(estimate["value"]) for estimate in seen]
            table.add_row("real rows alone", *shown, "", "", *values)
    return table


def _curves(found: Mapping[str, Any]) -> Table:
    sets = found["sets"][:CURVES]
    curves = [("real", found["real"]), *((item["name"], item["curve"]) for item in sets)]
    shown = [(name, points) for name, points in curves if points]
    return curve_table("learning curves, mean over draws or generations (sd)", shown)


def _notes(found: Mapping[str, Any]) -> list[str]:
    notes = list(found["notes"])
    if found["test"]["reads"] > 1:
        notes.append(
            f"these test rows have been opened {found['test']['reads']} times in this store: "
            "take fresh ones for a claim"
        )
    return notes
