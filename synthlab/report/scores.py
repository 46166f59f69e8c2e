"""What ``synthlab score`` found, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from synthlab.comparisons import BOTH, REAL
from synthlab.report.ends import cell
from synthlab.report.finals import contrasts, curve_table
from synthlab.report.panel import whole_panels
from synthlab.report.parts import Column, Parts
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


def _sets(found: Mapping[str, Any]) -> Parts:
    sets, places = found["sets"], range(len(found["sets"][0]["arms"]))
    arms = sets[0]["arms"]
    real = [place for place in places if arms[place]["name"] == REAL]
    both = [place for place in places if arms[place]["name"] == BOTH]
    rows = [(item, 0) for item in sets] + [(sets[0], place) for place in real]
    levels = [item["arms"][place]["estimate"] for item, place in rows]

    def beside(item: Mapping[str, Any], place: int, shown: int) -> str:
        return "" if place else number(item["arms"][shown]["estimate"]["value"])

    columns = [
        Column("f1", [number(one["value"]) for one in levels]),
        Column("95%", [cell(one) for one in levels], "whole"),
        Column("rows", [f"{item['arms'][place]['rows']:,}" for item, place in rows]),
        Column("sets", ["" if place else str(item["generations"]) for item, place in rows]),
        *(
            Column(
                f"+ {arms[at]['real']:,} real", [beside(item, place, at) for item, place in rows]
            )
            for at in both
        ),
        *(
            Column(family["model"], [_seen(item, at, place) for item, place in rows])
            for at, family in enumerate(sets[0]["families"])
        ),
    ]
    names = ["real rows alone" if place else item["name"] for item, place in rows]
    title = f"macro-F1 on {found['test']['rows']:,} real rows"
    return Parts(title, "rows of", names, columns, bold=0)


def _seen(item: Mapping[str, Any], family: int, place: int) -> str:
    """What another kind of classifier makes of an arm."""
    return number(item["families"][family]["arms"][place]["estimate"]["value"])


def _curves(found: Mapping[str, Any]) -> Parts:
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
