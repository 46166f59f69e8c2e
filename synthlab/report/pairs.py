"""Two candidates side by side, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from synthlab.report.ends import cell, least
from synthlab.report.finals import contrasts
from synthlab.report.layout import framed, hung
from synthlab.report.panel import whole_panels
from synthlab.report.tables import money, number

SHOWN = 6


def pair(found: Mapping[str, Any], panel: bool = False) -> Group:
    """Both scores, their difference, and what it comes to.

    Args:
        found: what ``workflow.compare.compare`` returns, as plain data.
        panel: whether all that was measured of the rows follows.
    """
    columns = {"candidate": "left", "f1": "right", "95%": "whole", "generations": "right"}
    table = framed("on the same dev rows", {**columns, "rows": "right", "USD": "right"})
    for key in ("a", "b"):
        side = found[key]
        made = f"{side['generations']}{' fresh' if side['fresh'] else ''}"
        table.add_row(
            Text(side["name"]),
            number(side["estimate"]["value"]),
            cell(side["estimate"]),
            made,
            f"{side['rows']:,}",
            money(side["cost_usd"]),
        )
    lines = [verdict(found["contrast"]), *found["notes"]]
    parts: list[Any] = [table, contrasts("difference", [found["contrast"]]), hung(lines)]
    parts += [_findings(found[key]) for key in ("a", "b")]
    if panel:
        parts += [Text(), *whole_panels({found[key]["name"]: found[key]["panel"] for key in "ab"})]
    return Group(*parts)


def _findings(side: Mapping[str, Any]) -> RenderableType:
    """What would make a candidate's rows better, the most useful first."""
    lines = side.get("feedback", ())[:SHOWN]
    if not lines:
        return Text()
    head = Text(f"\nwhat would make the rows of {side['name']} better:")
    return Group(head, hung(lines))


def verdict(found: Mapping[str, Any]) -> str:
    """The difference in a sentence."""
    a, b = found["a"], found["b"]
    if found["low"] > 0 or found["high"] < 0:
        better, worse = (a, b) if found["value"] > 0 else (b, a)
        return f"{better} is better than {worse} by {abs(found['value']):.3f}."
    if found["equal"] >= 0.95:
        return f"{a} and {b} are equal within {found['rope']:g}."
    return (
        f"{a} and {b} cannot be told apart: a difference under {least(found['resolves'])} would "
        "mostly stay unseen here."
    )
