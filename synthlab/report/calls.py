"""What LM calls took, in a terminal: one line a run, model and purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.text import Text

from synthlab.report.layout import framed
from synthlab.report.tables import money

SUMMED = ("calls", "failed", "attempts", "input_tokens", "output_tokens", "cost_usd", "lost_usd")


def calls(rows: Sequence[Mapping[str, Any]], by: Sequence[str], names: Mapping[str, str]) -> Group:
    """A table of sums, and what there is to know about them.

    Args:
        rows: what ``lm.journal.query.Calls.sums`` returns.
        by: the groups that it was asked for.
        names: a run's name by its id.
    """
    columns = dict.fromkeys(by, "left")
    numbers = ("calls", "sent", "tokens in", "tokens out", "USD")
    drawn = framed("LM calls", {**columns, **dict.fromkeys(numbers, "right")})
    for row in rows:
        drawn.add_row(*(_name(key, row[key], names) for key in by), *_numbers(row))
    if len(rows) > 1:
        drawn.add_section()
        total = {key: sum(row[key] for row in rows) for key in SUMMED}
        drawn.add_row("in all", *[""] * (len(by) - 1), *_numbers(total))
    return Group(drawn, *(Text(f"  {note}", style="dim") for note in _notes(rows)))


def _name(key: str, value: str, names: Mapping[str, str]) -> str:
    if key != "run":
        return value
    if "@" in value or " " in value:  # NAME@ALIAS (version N), or a probe
        return value
    return f"{names[value]} {value[:8]}" if value in names else (value[:8] or "-")


def _numbers(row: Mapping[str, Any]) -> list[str]:
    return [
        f"{row['calls']:,}",
        f"{row['attempts']:,}",
        f"{row['input_tokens']:,}",
        f"{row['output_tokens']:,}",
        money(row["cost_usd"]),
    ]


def _notes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    def total(key: str) -> float:
        return float(sum(row[key] for row in rows))

    notes = []
    if total("failed"):
        notes.append(f"{total('failed'):,.0f} calls got no answer")
    if total("lost_tokens"):
        notes.append(
            f"up to {total('lost_tokens'):,.0f} tokens and {money(total('lost_usd'))} USD more: "
            "attempts without an answer that may be on the bill"
        )
    if total("unpriced"):
        notes.append(f"{total('unpriced'):,.0f} calls have no known price: give lm.price")
    if total("assumed"):
        notes.append(f"{total('assumed'):,.0f} answers told no usage: their reservation is counted")
    if not rows:
        return ["no call was paid for here: answers that the journal had belong to earlier runs"]
    return notes or ["answered calls are never paid again: equal requests are replayed from here"]
