"""What ``sync`` sent, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from synthlab.report.tables import framed


def sent(items: Sequence[Mapping[str, Any]]) -> Group | Text:
    """One line a run, then what is to do."""
    if not items:
        return Text("nothing to send: every run that was meant for a server is there")
    columns = {"run": "left", "name": "left", "state": "left", "runs": "right", "there": "left"}
    table = framed("sent runs", columns)
    for item in items:
        runs = str(item["runs"]) if item["runs"] else "-"
        there = item["copy_id"][:8] or "-"
        table.add_row(item["run_id"][:8], escape(item["name"]), item["state"], runs, there)
    return Group(table, *map(Text, dict.fromkeys(line for item in items for line in _lines(item))))


def _lines(item: Mapping[str, Any]) -> list[str]:
    lines = [] if not item["copy_id"] else [f"to {item['to']}"]
    if item["why"]:
        lines.append(f"{item['run_id'][:8]} {item['state']}: {item['why']}")
    if item["promoted"]:
        store = quote(item["to"])
        lines.append(
            f"{item['promoted']} of the local store is not sent: the gate there decides. "
            f"try: synthlab promote {item['name']} --run {item['copy_id'][:8]} --store {store}"
        )
    return lines
