"""The answer of a run in a sentence or two, from the plain object that is logged.

``report/words.py`` says more of a run that has just ended; this is what stands on top of a view.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlab.comparisons import DIRECT, REAL, TOPPED


def verdict(board: Mapping[str, Any]) -> str:
    """Who wins, what its rows reach, and against what.

    Args:
        board: what ``tracking.read.load_leaderboard`` returns.
    """
    if not board["candidates"]:
        return f"No candidate of {board['name']} has a score (run {board['status'].lower()})."
    found = board.get("finals")
    if not found:
        return _search_only(board)
    mine = found["arms"][0]
    winner, level = found["finalists"][0], mine["estimate"]
    made = level["generations"]
    mean = f", mean of {made} fresh generations" if made > 1 else ", one generation"
    said = (
        f"{winner['name']} wins: {_trained(mine)} train a classifier to "
        f"{level['value']:.2f} macro-F1 on sealed test rows (95% {level['low']:.2f} to "
        f"{level['high']:.2f}{mean})."
    )
    against = [_against(item) for item in found["contrasts"] if item["a"] == mine["name"]]
    return " ".join([said, *(f"{text}." for text in against if text)])


def _trained(mine: Mapping[str, Any]) -> str:
    if mine["name"] == TOPPED:
        return f"{mine['real']:,} real rows and {mine['rows'] - mine['real']:,} of its rows"
    return f"{mine['rows']:,} of its rows"


def _against(item: Mapping[str, Any]) -> str:
    names = {DIRECT: "the rows of the direct prompt", REAL: "the real rows alone"}
    other = names.get(item["b"], item["b"])
    ends = f"{item['value']:+.2f}, 95% {item['low']:+.2f} to {item['high']:+.2f}"
    if item["b"] == DIRECT and not item["se"]:
        return ""  # the winner is the direct prompt
    if item["low"] > 0:
        return f"They are better than {other} ({ends})"
    if item["high"] < 0:
        return f"They are worse than {other} ({ends})"
    return f"They cannot be told from {other} ({ends})"


def _search_only(board: Mapping[str, Any]) -> str:
    name = board.get("winner") or board["candidates"][0]["name"]
    best = next(item for item in board["candidates"] if item["name"] == name)
    said = (
        f"{name} leads: {best['rows']:,} of its rows train a classifier to {best['f1']:.2f} "
        "macro-F1 on dev rows, which the search has seen."
    )
    if board["status"] != "FINISHED":
        return f"{said} The run is {board['status'].lower()}; test rows were not opened."
    return said
