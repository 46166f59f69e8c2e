"""The ends of an interval in words, in one place: what is impossible or says nothing is not shown.

A macro-F1 lies in 0..1 and a difference of two in -1..1. Two generations give one degree of
freedom, whose 95% interval is 12.7 standard errors to each side: it often holds most of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from synthlab.comparisons import Contrast, Estimate

TOO_FEW = "too few to tell"
"""In place of an interval that holds half of all possible values, in a table."""

TWO = (
    "Two generations say little of how much they vary: intervals are very wide, and one that would "
    f"hold half of all possible values is left out ('{TOO_FEW}')."
)

Item = Mapping[str, Any] | Estimate | Contrast


def cell(item: Item, digits: int = 3) -> str:
    """``0.791 to 0.823``, ``-0.020 to +0.114``, or ``TOO_FEW``.

    Args:
        item: an estimate or a contrast, as it is or as plain data.
        digits: of each end.
    """
    found = drawn(item)
    if found is None:
        return TOO_FEW
    form = f"{'+' if _signed(item) else ''}.{digits}f"
    return f"{found[0]:{form}} to {found[1]:{form}}"


def sure(item: Item, digits: int = 3) -> str:
    """``95% 0.791 to 0.823``, or ``2 generations are too few to tell``: for sentences."""
    if drawn(item) is None:
        return f"{_made(item)} generations are {TOO_FEW}"
    return f"95% {cell(item, digits)}"


def least(value: float) -> str:
    """The smallest true difference that is mostly found; none of macro-F1 is above 1."""
    return f"{min(1.0, value):.3f}"


def drawn(item: Item) -> tuple[float, float] | None:
    """Both ends, as far as they are possible; None where few generations leave all open."""
    least = -1.0 if _signed(item) else 0.0
    found = _plain(item)
    low, high = max(least, found["low"]), min(1.0, found["high"])
    return None if _made(item) > 1 and high - low >= (1.0 - least) / 2 else (low, high)


def shown(item: Item) -> tuple[float, ...]:
    """What an axis must hold: the value, and the ends that are drawn."""
    return (_plain(item)["value"], *(drawn(item) or ()))


def _plain(item: Item) -> Mapping[str, Any]:
    return item if isinstance(item, Mapping) else asdict(item)


def _signed(item: Item) -> bool:
    return "a" in _plain(item)


def _made(item: Item) -> int:
    """Generations of the side that has more of them; of old records that do not say, one."""
    made = _plain(item).get("generations", 1)
    return max(made) if isinstance(made, list | tuple) else int(made)
