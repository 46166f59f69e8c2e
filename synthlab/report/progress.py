"""Progress on stderr: a live table in a terminal, a line for each finished step elsewhere.

These are listeners of ``workflow.progress``. What they know is kept in ``report/standing.py`` and
drawn by ``report/liveview.py``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

from rich.console import Console
from rich.live import Live as Screen
from rich.markup import escape

from synthlab.comparisons import Estimate
from synthlab.outcomes import Trial, shortage
from synthlab.records import Usage
from synthlab.report.liveview import Board
from synthlab.report.standing import Standing
from synthlab.report.tables import money
from synthlab.steps import Outlook, Part

PER_SECOND = 2
"""Drawings: each takes some milliseconds of a processor that LMs need."""


class Lines:
    """A listener that prints finished steps, a line each.

    Args:
        console: where to; stderr when left out.
        quiet: nothing but scored candidates and what a person should know.
    """

    def __init__(self, console: Console | None = None, quiet: bool = False) -> None:
        self.console = console or Console(stderr=True)
        self.quiet = quiet
        self._fresh: _Fresh | None = None

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def say(self, text: str) -> None:
        if not self.quiet:
            self._print(f"[dim]{escape(text)} ...[/]")

    def ahead(self, outlook: Outlook) -> None: ...

    def phase(self, name: str, rows: int | None = None) -> None: ...

    def begin(self, name: str, rows: int, place: str, parts: Sequence[Part] = ()) -> None:
        # Of the search, a line comes with each score; a fresh generation alone has none.
        self._fresh = _Fresh(parts[0]) if parts and parts[0].generation else None

    def row(self, usage: Usage, key: str = "") -> None:
        if self._fresh is not None:
            self._fresh.usage += usage

    def kept(self, rows: int, by: Mapping[str, int] | None = None) -> None:
        if self._fresh is not None:
            self._fresh.kept = rows

    def end(self, trial: Trial | None) -> None:
        if trial is not None:
            self._print(_line(trial))
        elif self._fresh is not None and not self.quiet:
            self._print(self._fresh.line)
        self._fresh = None

    def out(self, name: str, reason: str) -> None:
        self.note(f"{name} is out: {reason}")

    def judged(self, name: str, level: Estimate) -> None:
        if not self.quiet:
            made = f"mean of {level.generations} fresh generations"
            self._print(f"[bold]{escape(name)}[/]: f1 {level.value:.3f} on dev, {made}")

    def note(self, text: str) -> None:
        self._print(escape(text))

    def _print(self, text: str) -> None:
        # Lines are not folded here: a terminal does it, and a log file wants whole lines.
        self.console.print(text, highlight=False, soft_wrap=True)


class _Fresh:
    """A fresh generation that is being written."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.kept = 0
        self.usage = Usage()
        self._began = time.monotonic()

    @property
    def line(self) -> str:
        part, usage = self.part, self.usage
        return (
            f"[bold]{escape(part.name)}[/]: fresh generation {part.generation} of "
            f"{part.generations}, {self.kept:,} rows, {usage.tokens:,} tokens, "
            f"{money(usage.cost_usd)} USD, {time.monotonic() - self._began:.0f} s"
        )


class Table(Lines):
    """A listener that draws a live table.

    The table makes room for results when all went well, if these go to the same terminal. Its last
    state stays after an error or Ctrl-C, and where results go to a file.
    """

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self.standing = Standing()
        self.board = Board(self.standing)
        self.screen = Screen(
            self.board,
            console=self.console,
            refresh_per_second=PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Table:
        self.screen.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.standing.step = ""
        self.screen.stop()
        if self.standing.lines and (kind is not None or not sys.stdout.isatty()):
            self.board.whole = True
            self.console.print(self.board)

    def say(self, text: str) -> None:
        self.standing.step = text

    def ahead(self, outlook: Outlook) -> None:
        self.standing.outlook = outlook

    def phase(self, name: str, rows: int | None = None) -> None:
        self.standing.enter(name, rows)

    def begin(self, name: str, rows: int, place: str, parts: Sequence[Part] = ()) -> None:
        self.standing.begin(name, rows, place, parts)

    def row(self, usage: Usage, key: str = "") -> None:
        self.standing.row(usage, key)

    def kept(self, rows: int, by: Mapping[str, int] | None = None) -> None:
        self.standing.kept(rows, by or {})

    def end(self, trial: Trial | None) -> None:
        self.standing.end(trial)

    def out(self, name: str, reason: str) -> None:
        scored = name in self.standing.lines and self.standing.lines[name].level is not None
        self.standing.out(name)
        if not scored:  # of a race's losers, the table says enough
            super().out(name, reason)

    def judged(self, name: str, level: Estimate) -> None:
        self.standing.judged(name, level)


def Live(console: Console | None = None) -> Lines:
    """The listener for a command: a table if stderr is a terminal, lines if not."""
    console = console or Console(stderr=True)
    return Table(console) if console.is_terminal else Lines(console)


def _line(trial: Trial) -> str:
    short = shortage(trial.short, trial.asked)
    drops = ", ".join(f"{reason} {count}" for reason, count in trial.curated.reasons().items())
    dropped = f", dropped {len(trial.curated.dropped)} ({drops})" if drops else ""
    return (
        f"[bold]{escape(trial.candidate.name)}[/]: f1 {trial.score.f1:.3f}, "
        f"{len(trial.curated.kept)} rows{f' (short: {escape(short)})' if short else ''}{dropped}, "
        f"{trial.usage.tokens:,} tokens, "
        f"{money(trial.usage.cost_usd)} USD, {trial.seconds:.0f} s"
    )
