"""The answer of a run in a sentence or two, from the plain object that is logged.

This is what stands on top of every view; ``report/words.py`` adds what only a run that has just
ended can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlab.comparisons import DIRECT, REAL, TOPPED
from synthlab.report.ends import sure

LEVEL = 0.05


def verdict(board: Mapping[str, Any]) -> str:
    """Who wins, what its rows reach, and against what.

    Args:
        board: what ``tracking.read.load_leaderboard`` returns.
    """
    if not board["candidates"]:
        return f"No candidate of {board['name']} has a score (run {board['status'].lower()})."
    found = board.get("finals")
    return " ".join(winning(found)) if found else _search_only(board)


def winning(found: Mapping[str, Any]) -> list[str]:
    """The winner of finals in sentences: on test, with what it is compared with; then on dev.

    Args:
        found: ``comparisons.Finals`` as plain data.
    """
    mine, winner, reads = found["arms"][0], found["finalists"][0], found["reads"]
    level, dev = mine["estimate"], winner["dev"]
    made = level["generations"]
    mean = f"mean of {made} fresh generations" if made > 1 else "one generation"
    said = [
        f"{winner['name']} wins: {_trained(mine)} train a classifier to "
        f"{level['value']:.2f} macro-F1 on the sealed test rows, opened "
        f"{'once' if reads == 1 else f'{reads} times by now'} ({mean}, {sure(level, 2)})."
    ]
    against = (_against(item) for item in found["contrasts"] if item["a"] == mine["name"])
    said += [f"{text}." for text in against if text]
    if made > 1:
        said.append(f"On dev, where it was picked, it has {dev['value']:.2f} ({sure(dev, 2)}).")
        said += [_rival(item) for item in found["dev"]]
    return said


def _trained(mine: Mapping[str, Any]) -> str:
    if mine["name"] == TOPPED:
        return f"{mine['real']:,} real rows and {mine['rows'] - mine['real']:,} of its rows"
    return f"{mine['rows']:,} of its rows"


def _against(item: Mapping[str, Any]) -> str:
    names = {DIRECT: "the rows of the direct prompt", REAL: "the real rows alone"}
    other = names.get(item["b"], item["b"])
    ends = f"{item['value']:+.2f}, {sure(item, 2)}"
    if item["b"] == DIRECT and not item["se"]:
        return ""  # the winner is the direct prompt
    one_sided = item["low"] > 0 or item["high"] < 0
    if one_sided and item["p_holm"] < LEVEL:
        return f"They are {'better' if item['value'] > 0 else 'worse'} than {other} ({ends})"
    if one_sided:  # without it, the interval contradicts the sentence
        ends += f"; p {item['p_holm']:.2f} after Holm"
    return f"They cannot be told from {other} ({ends})"


def _rival(item: Mapping[str, Any]) -> str:
    """The winner beside another finalist, on dev."""
    if item["low"] > 0 and item["p_holm"] < LEVEL:
        return f"There it is {item['value']:.2f} above {item['b']}."
    return f"There it cannot be told from {item['b']} ({item['value']:+.2f}, {sure(item, 2)})."


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
