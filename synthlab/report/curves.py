"""Learning curves in words: what rows are worth, and how many a score would take."""

from __future__ import annotations

from synthlab.comparisons import Estimate, Needed, Worth
from synthlab.report.estimates import usd

LUCK = "over draws of rows"
"""What the intervals are of; the luck of the real rows that score is not in them."""


def worth_in_words(worth: Worth, rows: int) -> str:
    """``these 400 rows are worth about 61 real rows (95% 48 to 80, over draws of rows)``.

    Args:
        worth: what ``statistics.curves.worth`` found.
        rows: how many rows were judged.
    """
    subject = "this row is" if rows == 1 else f"these {rows:,} rows are"
    said = f"{subject} worth {_real(worth)}{_interval(worth)}"
    if not worth.bound and 0 < worth.measured < worth.value:
        said += f"; extrapolated, at most {_count(worth.measured, 'real row')} were tried"
    return said


def needed_in_words(needed: Needed, usd_per_row: float | None, priced: bool = True) -> str:
    """``to reach 0.90: about 1,300 rows in all (95% 900 to 2,400, over draws of rows), 2.10 USD``.

    Or why none can be named.

    Args:
        needed: what ``Curve.needed`` found.
        usd_per_row: of one kept row; 0 for a free LM, None when no price is known.
        priced: False leaves the cost out, as for rows that another tool wrote.
    """
    goal = f"to reach {_score(needed.target)}: "
    level = f"level off at {_level(needed)}"
    if needed.bound == "never":
        return f"{goal}not reachable, as the scores {level}"
    if needed.bound == "beyond":
        further = f"{goal}more than {needed.rows:,.0f} rows"
        if needed.level.value > needed.target:
            return f"{further}, which is further than these sizes can tell"
        return f"{further}, or never: the scores seem to {level}"
    if needed.bound == "below":
        cost = _cost(needed.rows, usd_per_row, priced)
        return f"{goal}{_count(needed.rows, 'row')} or fewer{cost}"
    about = round_rows(needed.rows)
    cost = _cost(about, usd_per_row, priced)
    said = f"{goal}about {_count(about, 'row')} in all{_range(needed)}{cost}"
    if needed.rows > needed.measured:
        said += f"; extrapolated, at most {_count(needed.measured, 'row')} were tried"
    return said


def round_rows(rows: float) -> int:
    """A count with the two digits that a curve can carry: 1,300 rather than 1,287."""
    if rows < 100:
        return max(1, round(rows))
    unit: int = 10 ** (len(str(round(rows))) - 2)
    return round(rows / unit) * unit


def _real(worth: Worth) -> str:
    if worth.bound == "below":
        fewer = "less" if worth.value == 1 else "fewer"
        return f"{fewer} than {_count(worth.value, 'real row')}, the fewest that were tried"
    if worth.bound == "above":
        return f"more than {_count(worth.value, 'real row')}, the most that were tried"
    return f"about {_count(round_rows(worth.value), 'real row')}"


def _interval(worth: Worth) -> str:
    """The 95% interval; left out where it says no more than the bound does."""
    low, high = round_rows(worth.low), round_rows(worth.high)
    if worth.bound == "below":
        return f" (95% up to {high:,}, {LUCK})" if high > worth.value else ""
    if worth.bound == "above":
        return f" (95% {low:,} or more, {LUCK})" if low < worth.value else ""
    least = f"{'fewer than ' if worth.low_open else ''}{low:,}"
    most = f"{'more than ' if worth.high_open else ''}{high:,}"
    return f" (95% {least} to {most}, {LUCK})"


def _range(needed: Needed) -> str:
    low, high = round_rows(needed.low), round_rows(needed.high)
    more = "more than " if needed.high_open else ""
    return f" (95% {low:,} to {more}{high:,}, {LUCK})"


def _cost(rows: float, usd_per_row: float | None, priced: bool) -> str:
    if not priced:
        return ""
    if usd_per_row is None:
        return ", USD unknown (give lm.price)"
    return f", {usd(rows * usd_per_row)} USD"


def _count(number: float, noun: str) -> str:
    whole = round(number)
    return f"{whole:,} {noun}" if whole == 1 else f"{whole:,} {noun}s"


def _score(value: float) -> str:
    return f"{value:.2f}" if abs(value - round(value, 2)) < 0.0005 else f"{value:.3f}"


def _level(needed: Needed) -> str:
    """The ceiling, with a third digit where two would look like the target itself."""
    level: Estimate = needed.level
    digits = 2 if round(level.value, 2) != round(needed.target, 2) else 3
    low, high = f"{level.low:.{digits}f}", f"{level.high:.{digits}f}"
    return f"{level.value:.{digits}f} (95% {low} to {high})"
