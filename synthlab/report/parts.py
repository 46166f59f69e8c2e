"""A table with any number of columns in a terminal: those that do not fit beside stand below.

Figures are never cut: names fold, and where that is not enough the table goes on in a second part,
which begins with the first column again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from synthlab.report.layout import add_column, framed

NAME, HEAD = 24, 14
"""Characters of a line of a name, and at least of a heading, where not all fits side by side."""
BREAKS = "-_/ ,="


@dataclass(frozen=True)
class Column:
    """One column: its heading, its cells as markup, and how it stands (see ``framed``)."""

    title: str
    cells: Sequence[str]
    kind: str = "right"


@dataclass(frozen=True)
class Parts:
    """A table that is drawn in as many parts as the width asks for.

    Attributes:
        key: heading of the first column, which every part has.
        names: its cells, as plain text.
        columns: the others.
        always: so many of the last columns stand in every part.
        bold: the row that stands out, if any.
        kind: how the first column stands.
    """

    title: str
    key: str
    names: Sequence[str]
    columns: Sequence[Column]
    caption: str = ""
    always: int = 0
    bold: int | None = None
    kind: str = "left"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        def fits(table: Table) -> bool:
            asked = options.update(width=10_000)
            return Measurement.get(console, asked, table).maximum <= options.max_width

        whole = self._table(self.columns, self.title, self.caption, narrow=False)
        if fits(whole):
            yield whole
            return
        own = list(self.columns[: len(self.columns) - self.always])
        shared = list(self.columns[len(own) :])
        title = self.title
        while own:
            sizes = range(len(own), 0, -1)
            tables = (self._table([*own[:n], *shared], title, "", narrow=True) for n in sizes)
            count = next((n for n, made in zip(sizes, tables, strict=True) if fits(made)), 1)
            part, own = own[:count], own[count:]
            yield self._table([*part, *shared], title, "" if own else self.caption, narrow=True)
            title = f"{self.title}, continued"

    def _table(self, columns: Sequence[Column], title: str, caption: str, narrow: bool) -> Table:
        table = framed(title, {self.key: self.kind}, caption)
        for item in columns:  # not by name: a set of rows may have that of another column
            longest = max([HEAD, *map(len, item.cells)])
            add_column(table, folded(item.title, longest) if narrow else item.title, item.kind)
        for place, name in enumerate(self.names):
            shown = folded(name, NAME) if narrow else name
            style = "bold" if place == self.bold else ""
            table.add_row(Text(shown), *(item.cells[place] for item in columns), style=style)
        return table


def folded(name: str, width: int) -> str:
    """A name in lines of at most ``width`` characters, broken after a mark where there is one."""
    lines = []
    while len(name) > width:
        cut = max((at + 1 for at, letter in enumerate(name[:width]) if letter in BREAKS), default=0)
        cut = cut if cut > width // 2 else width
        lines.append(name[:cut].rstrip())
        name = name[cut:].lstrip()
    return "\n".join([*lines, name])
