"""What ``sync`` sent, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from synthlab.report.layout import framed


def sent(items: Sequence[Mapping[str, Any]]) -> Table | Text:
    """One line a run."""
    if not items:
        return Text("nothing to send: every run that was meant for a server is there")
    columns = {"run": "left", "name": "left", "state": "left", "runs": "right", "there": "left"}
    table = framed("runs for a server", columns)
    for item in items:
        runs = str(item["runs"]) if item["runs"] else "-"
        there = item["copy_id"][:8] or "-"
        table.add_row(item["run_id"][:8], escape(item["name"]), item["state"], runs, there)
    return table


def advice(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where runs went, why others did not, and what is to do about promotions."""
    said = [f"to {item['to']}" for item in items if item["copy_id"]]
    said += [
        f"{item['run_id'][:8]} {item['state']}: {item['why']}" for item in items if item["why"]
    ]
    for item in items:
        if item["promoted"]:
            said += [
                f"{item['promoted']} of the local store is not sent: the gate there decides",
                f"  try: {item['promote']}",
            ]
            if "***" in item["promote"]:
                said.append("  with the password in place of ***")
    return list(dict.fromkeys(said))
