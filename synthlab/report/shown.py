"""The part of a leaderboard that a screen holds: its first candidates, and the winner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def cut(board: Mapping[str, Any], most: int) -> dict[str, Any]:
    """A leaderboard with at most so many candidates; the winner stays, and is then one more.

    Args:
        board: what ``tracking.read.load_leaderboard`` returns.
        most: candidates; 0: all.

    Returns:
        The same, with ``left``: how many candidates are left out; and ``every``: all of them.
    """
    every = board["candidates"]
    shown = [
        item
        for place, item in enumerate(every)
        if not most or place < most or item["name"] == board.get("winner")
    ]
    return {**board, "candidates": shown, "left": len(every) - len(shown), "every": every}


def kin(board: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The candidates of a leaderboard that was cut, with those that they were made from."""
    every = {item["name"]: item for item in board.get("every", board["candidates"])}
    wanted: set[str] = set()
    for item in board["candidates"]:
        name = item["name"]
        while name in every and name not in wanted:
            wanted.add(name)
            name = every[name].get("parent", "")
    return [item for name, item in every.items() if name in wanted]
