"""The quality panel in a terminal: who has what that is not good, and all of it side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.text import Text

from synthlab.report.layout import framed, hung
from synthlab.report.parts import Column, Parts

SIDES = 4
"""Candidates that stand side by side, the best first: more do not fit a terminal."""
MOST = 5
"""Sentences about the winner, the worst first; the table above them names all."""
MARKS = {"good": "green", "watch": "yellow", "bad": "red", "": ""}
WAYS = {"higher": "more", "lower": "less", "near": "as real"}

Items = Sequence[Mapping[str, Any]]


def concerns(board: Mapping[str, Any]) -> list[Any]:
    """A line of names a candidate, and the winner's in words; nothing where all is good.

    Args:
        board: what ``tracking.read.load_leaderboard`` returns.
    """
    entries = [item for item in board["candidates"] if "concerns" in item]
    if not any(item["concerns"] for item in entries):
        return []
    columns = {"candidate": "left", "bad": "left", "watch": "left"}
    said = "compare --panel shows what each measure is, and all figures"
    table = framed("quality panel: what is not good", columns, said)
    for item in entries:
        names = [_named(item["concerns"], verdict) for verdict in ("bad", "watch")]
        table.add_row(escape(item["name"]), *names)
    winner = board.get("winner") or entries[0]["name"]
    own: Items = next((item["concerns"] for item in entries if item["name"] == winner), [])
    return [table, *_sentences(f"of the rows of {winner}:", own[:MOST])]


def whole_panels(panels: Mapping[str, Mapping[str, Any]], more: int = 0) -> list[Any]:
    """Every measure of some candidates beside each other and beside real rows.

    The first one's stand below it in words.

    Args:
        panels: ``Panel.as_dict`` by candidate, the best first.
        more: candidates whose panel was not read.
    """
    shown = {name: panel for name, panel in list(panels.items())[:SIDES] if panel["measures"]}
    if not shown:
        return []
    by_name = [{item["name"]: item for item in panel["measures"]} for panel in shown.values()]
    every = {name: item for items in reversed(by_name) for name, item in items.items()}
    reals = [[items[name]["reference"] for items in by_name if name in items] for name in every]
    columns = [
        *(
            Column(title, [_cell(items.get(name)) for name in every])
            for title, items in zip(shown, by_name, strict=True)
        ),
        Column("real", [_range([real for real in found if real is not None]) for found in reals]),
        Column("good is", [WAYS[item["direction"]] for item in every.values()], "left"),
    ]
    table = Parts("quality panel", "measure", list(every), columns, always=2)
    first, panel = next(iter(shown.items()))
    said = _sentences(f"of the rows of {first}:", panel["measures"])
    return [table, *said, *_notes(shown, len(panels) - len(shown) + more)]


def _notes(shown: Mapping[str, Mapping[str, Any]], more: int) -> list[Text]:
    notes = [
        f"{name}: {part} was not measured: {why}"
        for name, panel in shown.items()
        for part, why in panel["skipped"].items()
    ]
    if more:
        notes.append(f"{more} more candidates have theirs in panel.json")
    return [Text("\n".join([*notes, ""]))] if notes else []


def _sentences(head: str, items: Items) -> list[Any]:
    if not items:
        return []
    said = [f"{item['name']}{_verdict(item['verdict'])}: {item['said']}" for item in items]
    return [Text(head), hung(said), Text()]


def _verdict(verdict: str) -> str:
    return f" ({verdict})" if verdict else ""


def _named(items: Items, verdict: str) -> str:
    names = [item["name"] for item in items if item["verdict"] == verdict]
    return f"[{MARKS[verdict]}]{', '.join(names)}[/]" if names else "-"


def _cell(item: Mapping[str, Any] | None) -> str:
    """A figure and its verdict, in words too: colour alone is lost in a file."""
    if item is None:
        return "-"
    mark = MARKS[item["verdict"]]
    text = f"{_digits(item['value'])} {item['verdict']}".strip()
    return f"[{mark}]{text}[/]" if mark else text


def _range(values: Sequence[float]) -> str:
    """Each candidate has its own reference: as many real rows, cut to the lengths of its rows."""
    if not values:
        return "-"
    ends = dict.fromkeys((_digits(min(values)), _digits(max(values))))
    return " to ".join(ends)


def _digits(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
