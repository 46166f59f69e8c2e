"""A run in progress as a table that fits the terminal: those at work, the best few, and the sums.

Drawn anew each time from ``report/standing.py``, for the size that the terminal has at that moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from synthlab.comparisons import Estimate
from synthlab.report.estimates import short
from synthlab.report.standing import AT_WORK, OUT, SCORED, WAITING, Line, Standing, amount
from synthlab.report.tables import fit, money
from synthlab.steps import SEARCH

AROUND = 8
"""Lines of the screen that are not candidates: titles, sums, and one free line."""
BAR = 20
WIDE = 110
"""Columns from which on there is room for a bar."""
OVER = "may end it"
"""Of a cap that the run is likely to pass."""
HEAD, SHORT = 78, 24
"""The least width of the first line, and of the candidates' names, so that they seldom jump."""
RANKS = {AT_WORK: 0, SCORED: 1, WAITING: 2, OUT: 3}


class Board:
    """Draws a standing.

    Args:
        standing: what is known; it may change between two drawings.

    Attributes:
        whole: show every candidate, however many: for the last state, which may scroll.
    """

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.whole = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, console.size.height
        lines = ranked(list(self.standing.lines.values()))
        room = len(lines) if self.whole else max(3, height - AROUND)
        finalists = [line for line in lines if line.generation]
        shown = (finalists or lines)[:room]
        parts: list[RenderableType] = [_head(self.standing, width)]
        if shown:
            parts.append(_table(self.standing, shown, width))
        said = foot(self.standing, lines, shown)
        yield Group(
            *parts, *(Text(t, style="dim", no_wrap=True, overflow="ellipsis") for t in said)
        )


def ranked(lines: Sequence[Line]) -> list[Line]:
    """Those at work first, then the best; finalists by their fresh generations."""

    def place(item: tuple[int, Line]) -> tuple[int, float, int]:
        at, line = item
        found = score(line)
        value = 0.0 if found is None or line.state == AT_WORK else -found.value
        return RANKS[line.state], value, at

    return [line for _, line in sorted(enumerate(lines), key=place)]


def score(line: Line) -> Estimate | None:
    """What counts of a candidate by now: a finalist's search score no more."""
    return line.fresh if line.generation else line.level


def clock(seconds: float | None) -> str:
    """``0:42``, ``12:05``, ``1h02``; a dash for what is not known."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}" if hours else f"{minutes}:{rest:02}"


def foot(standing: Standing, lines: Sequence[Line], shown: Sequence[Line]) -> list[str]:
    """The sums below the table, and what is done just now."""
    said = [text for text in (_counts(standing, lines, shown), _sums(standing)) if text]
    return [*said, f"{standing.step} ..."] if standing.step else said


def _head(standing: Standing, width: int) -> Table:
    grid = Table.grid(expand=True)
    grid.width = width
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    where = ", ".join(text for text in (standing.phase, standing.place) if text)
    name = standing.outlook.name if standing.outlook else ""
    title = ": ".join(text for text in (name, where) if text) or "synthlab"
    left = standing.seconds_left
    times = f"{clock(standing.seconds)} gone"
    times += f", about {clock(left)} left" if left else ""
    grid.add_row(Text(title, style="bold"), Text(times))
    return grid


def _table(standing: Standing, lines: Sequence[Line], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    heads = {"": BAR} if width >= WIDE else {}
    if any(line.generation for line in lines):
        heads["fresh"] = 7
    elif any(line.rung != line.full for line in standing.lines.values()):
        heads["rung"] = 7
    heads |= {"rows": 9, "f1": 5, "95% dev": 9, "USD": 6, "left": 5}
    rest = sum(size + 2 for size in heads.values())
    longest = max(len(_name(line, width)) for line in lines)
    room = min(width - rest, max(longest, SHORT))
    table.width = room + rest
    made = any(line.parent for line in lines)
    table.add_column("candidate < made from" if made else "candidate", width=room, no_wrap=True)
    for name, size in heads.items():
        left = name in ("", "95% dev")
        table.add_column(name, width=size, no_wrap=True, justify="left" if left else "right")
    best = max((found.value for x in lines if x.state == SCORED and (found := score(x))), default=2)
    for line in lines:
        cells = _cells(standing, line)
        found = score(line)
        won = line.state == SCORED and found is not None and found.value == best
        style = {OUT: "dim", AT_WORK: "cyan"}.get(line.state, "bold" if won else "")
        table.add_row(Text(_name(line, room)), *(cells[name] for name in heads), style=style)
    return table


def _cells(standing: Standing, line: Line) -> dict[str, str]:
    """What stands under each heading."""
    found = score(line)
    return {
        "": _bar(line),
        "fresh": f"{line.generation}/{line.generations}",
        "rung": f"{line.rung}/{line.full}" if line.full else "",
        "rows": f"{line.kept}/{line.wanted}" if line.kept < line.wanted else f"{line.kept}",
        "f1": f"{found.value:.3f}" if found else "",
        "95% dev": f"{found.low:.2f}-{found.high:.2f}" if found else "",
        "USD": money(line.usage.cost_usd),
        "left": _left(standing, line),
    }


def _name(line: Line, width: int) -> str:
    if not line.parent:
        return fit(line.name, width)
    origin = f" < {line.parent}"
    if len(line.name) + len(origin) <= width:
        return line.name + origin
    return fit(line.name, max(width - len(origin), width // 2)) + fit(origin, width // 2)


def _bar(line: Line) -> str:
    if line.state != AT_WORK or not line.wanted:
        return ""
    full = round(BAR * line.kept / line.wanted)
    return "━" * full + "╌" * (BAR - full)


def _left(standing: Standing, line: Line) -> str:
    if line.state == OUT:
        return "out"
    if line.state != AT_WORK:
        return ""
    return clock(standing.left(line))


def _counts(standing: Standing, lines: Sequence[Line], shown: Sequence[Line]) -> str:
    by = {state: sum(line.state == state for line in lines) for state in RANKS}
    outlook = standing.outlook if standing.phase == SEARCH else None
    tried = outlook.candidates if outlook else 0
    coming = max(0, tried - len(lines))
    told = {"at work": by[AT_WORK], "scored": by[SCORED], "out": by[OUT], "to come": coming}
    if len(lines) + coming < 2:
        return ""
    said = ", ".join(f"{count} {state}" for state, count in told.items() if count)
    hidden = len(lines) - len(shown)
    return f"candidates: {said}" + (f" ({hidden} not shown)" if hidden else "")


def _sums(standing: Standing) -> str:
    made, ahead = standing.made, standing.ahead
    if not ahead:
        return ""
    said = f"{made:,} rows" + (f" of about {ahead:,}" if ahead > made else "")
    caps = standing.outlook.caps if standing.outlook else {}
    paid = [_spent(standing, key, caps.get(key)) for key in _told(standing, caps)]
    return "; ".join([said, *paid])


def _told(standing: Standing, caps: Mapping[str, float]) -> list[str]:
    """USD where it costs any, else tokens; both where no price is known; and what has a cap."""
    known = standing.usage.cost_usd
    first = ["usd"] if known or "usd" in caps else ["tokens"]
    return list(dict.fromkeys([*(["usd", "tokens"] if known is None else first), *caps]))


def _spent(standing: Standing, key: str, cap: float | None) -> str:
    """``0.12 USD, about 0.48 in all, cap 1.00``."""
    form = money if key == "usd" else short
    unit = {"usd": " USD", "minutes": " min"}.get(key, f" {key}")
    spent = standing.seconds / 60 if key == "minutes" else amount(standing.paid, key)
    if spent is None:
        return "cost unknown"
    end = standing.projected(key)
    said = f"{form(spent)}{unit}"
    if end is not None and end > spent:
        said += f", about {form(end)} in all"
    if cap is not None:
        said += f", cap {form(cap)}" + (f" {OVER}" if end and end > cap else "")
    return said
