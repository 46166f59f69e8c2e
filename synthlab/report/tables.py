"""The leaderboard and the list of runs, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from synthlab.outcomes import shortage
from synthlab.report.tree import tree

FOUND = 5


def framed(title: str, columns: Mapping[str, str]) -> Table:
    """An empty table; ``columns`` maps each column's title to ``left`` or ``right``."""
    table = Table(
        title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False, min_width=len(title)
    )
    for name, justify in columns.items():
        table.add_column(name, justify="right" if justify == "right" else "left")
    return table


def money(value: float | None) -> str:
    """USD with the digits that matter; an unknown price says so."""
    if value is None:
        return "unknown"
    return f"{value:.4f}" if 0 < value < 0.01 else f"{value:.2f}"


def number(value: float | None) -> str:
    """A score with three digits, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def leaderboard(board: Mapping[str, Any]) -> Group:
    """Candidates, best first, and baselines; the finals are in ``report.finals``.

    Args:
        board: what ``tracking.read.load_leaderboard`` returns.
    """
    parts: list[Any] = [_candidates(board), *_notes(board), *_found(board)]
    if board["baselines"]:
        parts.append(_baselines(board["baselines"]))
    return Group(*parts)


def _candidates(board: Mapping[str, Any]) -> Table:
    columns = {
        "candidate": "left",
        "f1": "right",
        "+real f1": "right",
        "rows": "right",
        "dropped": "right",
        "USD": "right",
        "tokens": "right",
    }
    if any(item.get("short") or item.get("out") for item in board["candidates"]):
        columns["note"] = "left"
    table = framed(f"{board['name']}: macro-F1 on real dev rows", columns)
    winner = board.get("winner") or board["candidates"][0]["name"]
    for item in board["candidates"]:
        table.add_row(
            escape(item["name"]),
            number(item["f1"]),
            number(item.get("f1_aug")),
            str(item["rows"]),
            str(item.get("dropped", "")),
            money(item["cost_usd"]),
            f"{item['tokens']:,}",
            *_remark(item),
            style="bold" if item["name"] == winner else "",
        )
    return table


def _remark(item: Mapping[str, Any]) -> list[str]:
    if item.get("out"):
        return [f"out at {item['rows_per_class']} rows a class"]
    if not item.get("short"):
        return []
    return [f"short: {escape(shortage(item['short'], item['rows_per_class']))}"]


def _notes(board: Mapping[str, Any]) -> list[Text]:
    """What the table does not show: why short candidates are last, and who has no score."""
    lines = [f"{item['name']} is out: {item['reason']}" for item in board.get("failed", ())]
    if path := tree(board["candidates"]):
        lines += ["what was made from what:", *(f"  {line}" for line in path)]
    if board.get("ending"):
        lines.append(board["ending"])
    lines += [f"{item['name']}: {item['out']}" for item in board["candidates"] if item.get("out")]
    spared = board.get("spared") or {"rows": 0}
    if spared["rows"]:
        usd = "" if not spared.get("usd") else f" and {money(spared['usd'])} USD"
        lines.append(f"the race saved {spared['rows']:,} rows{usd} against the full grid")
    if any(item.get("short") for item in board["candidates"]):
        lines.insert(0, "candidates short of rows stand after complete ones, whatever their f1")
    if board["status"] != "FINISHED":
        lines.append(
            f"this run is {board['status'].lower()}: these are the candidates that it scored"
        )
    if board.get("skipped"):
        lines.append(board["skipped"])
    return [Text("\n".join([*lines, ""]))] if lines else []


def _found(board: Mapping[str, Any]) -> list[Text]:
    """What would make the winner's rows better; nothing of a run that kept no findings."""
    name = board.get("winner") or (board["candidates"][0]["name"] if board["candidates"] else "")
    named = [item for item in board["candidates"] if item["name"] == name]
    lines = named[0].get("feedback", ())[:FOUND] if named else ()
    if not lines:
        return []
    head = f"what real dev rows say about the rows of {name}, the most useful first:"
    return [Text("\n".join([head, *(f"- {line}" for line in lines), ""]))]


def _baselines(baselines: Sequence[Mapping[str, Any]]) -> Table:
    table = framed(
        "the same model without synthetic rows",
        {
            "trained on": "left",
            "f1": "right",
            "sd": "right",
            "rows": "right",
        },
    )
    for item in baselines:
        sd = f"{item['sd']:.3f}" if item.get("sd") else "-"
        table.add_row(escape(item["name"]), number(item["f1"]), sd, str(item["rows"]))
    return table


def runs(items: Sequence[Mapping[str, Any]]) -> Table | Text:
    """Every run of a store, the newest first."""
    if not items:
        return Text("no runs yet; make one with: synthlab run configs/bbc-news.yaml")
    table = framed(
        "runs",
        {
            "name": "left",
            "started": "left",
            "status": "left",
            "winner": "left",
            "f1": "right",
            "USD": "right",
            "tried": "right",
            "run": "left",
        },
    )
    for item in items:
        table.add_row(
            escape(item["name"]),
            _when(item["started"]),
            item["status"].lower() + (", not sent" if item.get("unsent") else ""),
            escape(item.get("winner") or "-"),
            number(item.get("f1")),
            money(item.get("cost_usd")),
            str(item["candidates"]),
            item["run_id"][:8],
        )
    return table


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%d %b %H:%M")


def checks(items: Sequence[Mapping[str, Any]]) -> Table:
    """What ``doctor`` found."""
    table = framed("", {"": "left", "check": "left", "found": "left"})
    for item in items:
        mark = {"ok": "[green]ok[/]", "warn": "[yellow]note[/]", "bad": "[red]missing[/]"}
        found = Text(item["detail"])
        if item["fix"]:
            found.append(f"\n{item['fix']}", style="dim" if item["state"] == "warn" else "bold")
        table.add_row(mark[item["state"]], escape(item["name"]), found)
    return table


def plugins(table_of: Mapping[str, Mapping[str, str]]) -> Table:
    """Every short name that a YAML may use."""
    table = framed("names for YAML", {"kind": "left", "name": "left", "class": "left"})
    for kind, names in table_of.items():
        for name, target in sorted(names.items()):
            table.add_row(kind, name, target)
    return table
