"""Rows made at volume, in a terminal: how far it is on stderr, and what was written at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from synthlab.comparisons import Estimate
from synthlab.deliveries import Delivery, Origin
from synthlab.measures import Panel
from synthlab.outcomes import Trial
from synthlab.records import Usage
from synthlab.report.layout import framed
from synthlab.report.tables import money
from synthlab.steps import Outlook, Part

EVERY_S = 30.0
"""A line so often where nobody watches a bar."""


class Volume:
    """A listener: a bar on a terminal, a line now and then elsewhere.

    Args:
        console: where to; stderr when left out.
        clock: seconds that only go forward.
    """

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.console = console or Console(stderr=True)
        self.clock = clock
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[said]}"),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.task = self.bar.add_task("", total=None, said="", visible=False)
        self.total = self.there = self.at_first = self.answers = 0
        self.usage, self.began, self.told = Usage(), 0.0, 0.0

    def __enter__(self) -> Volume:
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bar.stop()

    def say(self, text: str) -> None:
        self._print(f"[dim]{escape(text)} ...[/]")

    def note(self, text: str) -> None:
        self._print(escape(text))

    def begin(self, name: str, rows: int, place: str, parts: Sequence[Part] = ()) -> None:
        self.total, self.there, self.at_first = rows, 0, -1
        self.began = self.told = self.clock()
        self.bar.update(self.task, description=escape(name), total=rows, visible=True)

    def row(self, usage: Usage, key: str = "") -> None:
        self.usage += usage
        self.answers += 1
        self._show(self.there + self.answers)

    def kept(self, rows: int, by: Mapping[str, int] | None = None) -> None:
        if self.at_first < 0:
            self.at_first = rows  # of commands before this one
        self.there, self.answers = rows, 0
        self._show(rows)

    def end(self, trial: Trial | None) -> None:
        self.bar.update(self.task, visible=False)

    def ahead(self, outlook: Outlook) -> None: ...  # what only a run says

    def phase(self, name: str, rows: int | None = None) -> None: ...

    def out(self, name: str, reason: str) -> None: ...

    def judged(self, name: str, level: Estimate) -> None: ...

    def said(self, rows: int) -> str:
        """``4,200 of 20,000 rows  0.12 of about 0.57 USD  2 min left``."""
        made = rows - max(0, self.at_first)
        left = self.total - rows
        parts = [f"{rows:,} of {self.total:,} rows"]
        spent = self.usage.cost_usd
        cost = f"{money(spent)} USD"
        if spent and made:
            cost = f"{money(spent)} of about {money(spent / made * (made + left))} USD"
        parts.append(cost)
        if made and left:
            parts.append(f"{_span((self.clock() - self.began) / made * left)} left")
        return "  ".join(parts)

    def _show(self, rows: int) -> None:
        rows = min(rows, self.total)
        now = self.clock()
        if self.console.is_terminal:
            # Drawn ten times a second at most: making the text for each row would slow it down.
            if now - self.told >= 0.1 or rows == self.total:
                self.told = now
                self.bar.update(self.task, completed=rows, said=self.said(rows))
        elif now - self.told >= EVERY_S:
            self.told = now
            self._print(self.said(rows))

    def _print(self, text: str) -> None:
        self.console.print(text, highlight=False, soft_wrap=True)


def delivered(origin: Origin, made: Delivery) -> str:
    """What was written and where, in lines for a terminal."""
    added = "" if made.added == made.total else f" ({made.added:,} of them now)"
    classes = ", ".join(f"{label} {count:,}" for label, count in made.rows.items())
    lines = [
        f"{made.total:,} rows of {origin.said} in {made.folder}/{added}",
        f"  classes   {classes}",
        f"  cost      {_cost(made)}",
        f"  dropped   {_drops(made)}",
        f"  drift     {_drift(made)}",
        *(f"  {'files' if not place else '':<9} {path}" for place, path in enumerate(made.files)),
        f"  card      {made.folder / 'README.md'}",
    ]
    if not made.stopped:
        lines.append(f'load them: datasets.load_dataset("{made.folder}", split="train")')
    return "\n".join(lines)


def as_json(origin: Origin, made: Delivery) -> dict[str, Any]:
    """The same for ``--json``."""
    return {
        "ref": origin.ref,
        "version": origin.version,
        "rows": dict(made.rows),
        "added": made.added,
        "dropped": dict(made.dropped),
        "cost_usd": made.usage.cost_usd,
        "paid_usd": made.paid.cost_usd,
        "calls": made.usage.calls,
        "tokens": made.usage.tokens,
        "files": [str(path) for path in made.files],
        "drifted": None if made.drift is None else bool(made.drift.concerns),
        "drift": made.drift.as_dict()["measures"] if made.drift else [],
        "unchecked": made.unchecked,
        "stopped": made.stopped,
    }


def drift_view(origin: Origin, found: Panel) -> Group:
    """The check as a table, and what it comes to."""
    columns = {"measure": "left", "new": "right", "run": "right", "p": "right", "": "left"}
    table = framed(f"new rows beside those {origin.said} was promoted with", columns)
    for item in found.measures:
        mark = "drifted" if item.verdict == "bad" else ""
        table.add_row(
            item.name,
            f"{item.value:.3g}",
            "" if item.reference is None else f"{item.reference:.3g}",
            f"{item.details['p']:.2g}",
            mark,
        )
    said = [item.said for item in found.concerns] or ["no drift was found"]
    return Group(table, Text("\n".join(said)))


def _cost(made: Delivery) -> str:
    cost = f"{money(made.usage.cost_usd)} USD, {made.usage.calls:,} calls"
    if made.paid.calls != made.usage.calls:
        cost += f"; paid now {money(made.paid.cost_usd)} USD, {made.paid.calls:,} calls"
    return cost


def _drops(made: Delivery) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in made.dropped.items()) or "none"


def _drift(made: Delivery) -> str:
    if made.drift is None:
        return f"not checked: {made.unchecked}"
    if not made.drift.concerns:
        return "none: a sample is like the promoted run's rows"
    return "found in " + ", ".join(item.name for item in made.drift.concerns)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
