"""How tables and texts share a terminal's width: numbers never break, names fold, lists hang.

``Either`` draws the widest view that fits, so that one command reads well at 80 and 160 columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text


class Either:
    """The first of some views that fits the width; the last where none does.

    Args:
        views: the widest first.
    """

    def __init__(self, *views: RenderableType) -> None:
        self.views = views

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for view in self.views[:-1]:
            asked = options.update(width=10_000)
            if Measurement.get(console, asked, view).maximum <= options.max_width:
                yield view
                return
        yield self.views[-1]


def framed(title: str, columns: Mapping[str, str], caption: str = "") -> Table:
    """An empty table; ``columns`` maps each column's title to ``left``, ``right`` or ``whole``.

    What stands left may be folded, which happens to names; what stands right or is ``whole`` not.

    Args:
        title: above it.
        columns: in order.
        caption: below it: what the columns mean.
    """
    table = Table(
        title=title,
        caption=f"{caption}\n" if caption else None,
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title_justify="left",
        caption_justify="left",
        pad_edge=False,
        min_width=len(title),
    )
    for name, kind in columns.items():
        add_column(table, name, kind)
    return table


def add_column(table: Table, name: str, kind: str) -> None:
    """One more column of a framed table."""
    justify: Literal["left", "right"] = "right" if kind == "right" else "left"
    table.add_column(Text(name), justify=justify, no_wrap=kind != "left", overflow="fold")


def hung(lines: Iterable[str], mark: str = "-") -> Table:
    """A list whose lines go on below their beginning, not below the mark."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for line in lines:
        grid.add_row(mark, Text(line))
    return grid
