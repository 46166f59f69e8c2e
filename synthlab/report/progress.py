"""Live progress on stderr: rows, cost so far, projected cost, time left; nothing when piped."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from synthlab.outcomes import Trial, shortage
from synthlab.records import Usage
from synthlab.report.tables import money


class Live:
    """A listener for the workflow that draws on a terminal.

    When stderr is not a terminal, only finished steps are printed, a line each.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("rows  {task.fields[cost]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.task: TaskID | None = None
        self.total = 0
        self.answered = 0
        self.usage = Usage()

    def __enter__(self) -> Live:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bars.stop()

    def say(self, text: str) -> None:
        self._print(f"[dim]{escape(text)} ...[/]")

    def begin(self, name: str, rows: int, place: str) -> None:
        self.total, self.answered, self.usage = rows, 0, Usage()
        label = f"{escape(name)} [dim]({place})[/]" if place else escape(name)
        self.task = self.bars.add_task(label, total=rows, cost="")

    def row(self, usage: Usage) -> None:
        self.usage += usage
        self.answered += 1
        if self.task is not None:
            self.bars.update(self.task, completed=min(self.answered, self.total), cost=self._cost())

    def kept(self, rows: int) -> None:
        # Dropped rows are asked for again: the bar goes back to what is kept.
        self.answered = rows
        if self.task is not None:
            self.bars.update(self.task, completed=rows, cost=self._cost())

    def end(self, trial: Trial | None) -> None:
        if self.task is not None:
            self.bars.remove_task(self.task)
            self.task = None
        if trial is not None:
            self._print(_line(trial))

    def note(self, text: str) -> None:
        self._print(escape(text))

    def _print(self, text: str) -> None:
        # Lines are not folded here: a terminal does it, and a log file wants whole lines.
        self.console.print(text, highlight=False, soft_wrap=True)

    def _cost(self) -> str:
        spent = self.usage.cost_usd
        text = f"{self.usage.tokens:,} tokens  {money(spent)} USD"
        if spent and self.answered:
            text += f" of about {money(spent * self.total / self.answered)}"
        return text


def _line(trial: Trial) -> str:
    short = shortage(trial.short, trial.rows_per_class)
    drops = ", ".join(f"{reason} {count}" for reason, count in trial.curated.reasons().items())
    dropped = f", dropped {len(trial.curated.dropped)} ({drops})" if drops else ""
    return (
        f"[bold]{escape(trial.candidate.name)}[/]: f1 {trial.score.f1:.3f}, "
        f"{len(trial.curated.kept)} rows{f' (short: {escape(short)})' if short else ''}{dropped}, "
        f"{trial.usage.tokens:,} tokens, "
        f"{money(trial.usage.cost_usd)} USD, {trial.seconds:.0f} s"
    )
