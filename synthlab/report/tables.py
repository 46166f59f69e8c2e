"""The leaderboard and the list of runs, in a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from synthlab.outcomes import shortage
from synthlab.report.layout import Either, framed, hung
from synthlab.report.shown import kin
from synthlab.report.tree import branches, tree

FOUND = 5
UNEVEN = {"rare_recall": "recall*", "rare_pr_auc": "PR-AUC*", "bal_acc": "bal. acc."}
"""Columns of runs that top up rare classes, by key."""
RAREST = "the class with the fewest real rows"
LONGEST, SHORTEST = 60, 24
"""Characters of a winner's name in a list of runs: the leaderboard has all of it."""


def money(value: float | None) -> str:
    """USD with the digits that matter; an unknown price says so."""
    if value is None:
        return "unknown"
    return f"{value:.4f}" if 0 < value < 0.01 else f"{value:.2f}"


def fit(name: str, width: int) -> str:
    """A candidate's name in at most ``width`` characters.

    The keys of swept values go first (``temperature=0.7``), then what stands in the middle: names
    differ at their ends.
    """
    if len(name) > width:
        name = re.sub(r"['\",]", "", re.sub(r"\b[\w.]+=", "", name))
    if len(name) <= width:
        return name
    tail = (width - 1) // 2
    return f"{name[: width - 1 - tail]}…{name[len(name) - tail :]}" if width > 1 else name[:width]


def number(value: float | None) -> str:
    """A score with three digits, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def leaderboard(board: Mapping[str, Any]) -> Group:
    """Candidates, best first, and baselines; the finals are in ``report.finals``.

    Args:
        board: what ``tracking.read.load_leaderboard`` returns.
    """
    parts: list[Any] = [_candidates(board), *_left(board), *_notes(board), *_found(board)]
    if board["baselines"]:
        parts.append(_baselines(board["baselines"], topped_up(board)))
    return Group(*parts)


def _candidates(board: Mapping[str, Any]) -> Either:
    return Either(_candidate_table(board, remarks=True), _candidate_table(board, remarks=False))


def _candidate_table(board: Mapping[str, Any], remarks: bool) -> Table:
    """With ``remarks`` in a column of their own, or below the name, where there are any."""
    columns = {
        "candidate": "left",
        "f1": "right",
        "+real f1": "right",
        "rows": "right",
        "dropped": "right",
        "USD": "right",
        "tokens": "right",
    }
    noted = any(_remark(item) for item in board["candidates"])
    if noted and remarks:
        columns["note"] = "whole"
    mixed = any(item.get("f1_aug") is not None for item in board["candidates"])
    if not mixed:
        del columns["+real f1"]
    said = "+real f1: with a few real rows added" if mixed else ""
    title = f"{board['name']}: macro-F1 on real dev rows"
    uneven = UNEVEN if topped_up(board) else {}
    if uneven:
        first, *rest = columns.items()
        columns = dict([first, rest[0], *((name, "right") for name in uneven.values()), *rest[1:]])
        title += ", trained on real rows topped up"
        said = f"*: of {rarest(board)}; bal. acc.: mean recall of all; rows: synthetic"
    table = framed(title, columns, said)
    winner = board.get("winner") or next((item["name"] for item in board["candidates"]), "")
    for item in board["candidates"]:
        note = _remark(item)
        name = item["name"] if remarks or not note else f"{item['name']}\n  {note}"
        table.add_row(
            Text(name),
            number(item["f1"]),
            *(number(item.get(key)) for key in uneven),
            *([number(item.get("f1_aug"))] if mixed else []),
            f"{item['rows']:,}",
            str(item.get("dropped", "")),
            money(item["cost_usd"]),
            f"{item['tokens']:,}",
            *([note] if noted and remarks else []),
            style="bold" if item["name"] == winner else "",
        )
    return table


def rarest(board: Mapping[str, Any]) -> str:
    """The class with the fewest real rows, by its label where that was logged."""
    return next((item["rarest"] for item in board["candidates"] if item.get("rarest")), RAREST)


def _remark(item: Mapping[str, Any]) -> str:
    if item.get("out"):
        return f"out at {item['rows_per_class']} rows a class"
    if not item.get("short"):
        return ""
    return f"short: {shortage(item['short'], item.get('asked') or item['rows_per_class'])}"


def _notes(board: Mapping[str, Any]) -> list[Any]:
    """What the table does not show: why short candidates are last, and who has no score."""
    lines = _failures(board)
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
    path = tree(kin(board))
    made = [Text("what was made from what:"), branches(path), Text()] if path else []
    return [*made, *([hung(lines), Text()] if lines else [])]


def _left(board: Mapping[str, Any]) -> list[Text]:
    left = board.get("left", 0)
    return [Text(f"{left:,} more candidates: compare -n 0\n")] if left else []


def _failures(board: Mapping[str, Any]) -> list[str]:
    """Who has no score; of a leaderboard that was cut, as many as it has candidates."""
    failed = board.get("failed", ())
    most = len(board["candidates"]) if board.get("left") else len(failed)
    lines = [f"{item['name']} is out: {item['reason']}" for item in failed[:most]]
    return [*lines, f"{len(failed) - most} more are out"] if len(failed) > most else lines


def _found(board: Mapping[str, Any]) -> list[Any]:
    """What would make the winner's rows better; nothing of a run that kept no findings."""
    name = board.get("winner") or (board["candidates"][0]["name"] if board["candidates"] else "")
    named = [item for item in board["candidates"] if item["name"] == name]
    lines = named[0].get("feedback", ())[:FOUND] if named else ()
    if not lines:
        return []
    head = f"what real dev rows say about the rows of {name}, the most useful first:"
    return [Text(head), hung(lines), Text()]


def _baselines(baselines: Sequence[Mapping[str, Any]], uneven: bool) -> Table:
    keys = UNEVEN if uneven else {}
    columns = {"trained on": "left", "f1": "right", "sd": "right"}
    columns |= dict.fromkeys([*keys.values(), "rows"], "right")
    said = "on real dev rows; sd: over draws of the training rows"
    table = framed("the same model without synthetic rows", columns, said)
    for item in baselines:
        sd = f"{item['sd']:.3f}" if item.get("sd") else "-"
        more = (number(item.get(key)) for key in keys)
        table.add_row(escape(item["name"]), number(item["f1"]), sd, *more, str(item["rows"]))
    return table


def topped_up(board: Mapping[str, Any]) -> bool:
    """Whether the run tops up rare classes (``balance``): then it shows what judges those."""
    return any(item.get("asked") for item in board["candidates"])


def runs(items: Sequence[Mapping[str, Any]], most: int = 0, flag: str = "") -> Any:
    """Runs of a store, the newest first.

    Args:
        items: what ``tracking.read.list_runs`` returns.
        most: so many are shown; 0: all.
        flag: what names the store on the command line.
    """
    if not items:
        return Text("no runs yet; make one with: synthlab run configs/bbc-news.yaml")
    shown = items[:most] if most else items
    view = Either(_run_table(shown, wide=True), _run_table(shown, wide=False))
    rest = len(items) - len(shown)
    if not rest:
        return view
    return Group(view, Text(f"{rest} older runs: synthlab list -n 0{flag}"))


def _run_table(items: Sequence[Mapping[str, Any]], wide: bool) -> Table:
    """``wide`` has a column for the status; elsewhere it stands for the winner, if not finished."""
    head = {"name": "left", "started": "whole"}
    middle = {"status": "whole", "winner": "left"} if wide else {"winner": "left"}
    tail = {"f1": "right", "USD": "right", "scored": "right", "run": "whole"}
    said = "f1: the winner's on dev; scored: candidates; run: what compare and promote take"
    table = framed("runs, the newest first", {**head, **middle, **tail}, said)
    years = len({_year(item["started"]) for item in items}) > 1
    for item in items:
        status = item["status"].lower() + (", not sent" if item.get("unsent") else "")
        winner = fit(item.get("winner") or "-", LONGEST if wide else SHORTEST)
        if not wide and status != "finished":
            winner = status if winner == "-" else f"{winner} ({status})"
        table.add_row(
            Text(item["name"]),
            _when(item["started"], years),
            *([status] if wide else []),
            Text(winner),
            number(item.get("f1")),
            money(item.get("cost_usd")),
            str(item["candidates"]),
            item["run_id"][:8],
        )
    return table


def _year(seconds: float) -> int:
    return datetime.fromtimestamp(seconds).year


def _when(seconds: float, years: bool) -> str:
    return datetime.fromtimestamp(seconds).strftime("%d %b %Y" if years else "%d %b %H:%M")


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
