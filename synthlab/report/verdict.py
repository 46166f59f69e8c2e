"""The answer of a run in a sentence or two, from the plain object that is logged.

This is what stands on top of every view; ``report/words.py`` adds what only a run that has just
ended can say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    free = without_lm(found)
    behind = free is not None and free["estimate"]["value"] >= level["value"]
    said = [
        f"{winner['name']} {'is the best candidate' if behind else 'wins'}: {_trained(mine)} "
        f"train a classifier to {level['value']:.2f} macro-F1 on the sealed test rows, opened "
        f"{'once' if reads == 1 else f'{reads} times by now'} ({mean}, {sure(level, 2)})."
    ]
    against = (_against(item) for item in found["contrasts"] if item["a"] == mine["name"])
    said += [f"{text}." for text in against if text]
    if made > 1:
        said.append(f"On dev, where it was picked, it has {dev['value']:.2f} ({sure(dev, 2)}).")
        said += [_rival(item) for item in found["dev"]]
    return said


def without_lm(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Beside a top-up, the best arm on test that needs no LM; None of other runs.

    Args:
        found: ``comparisons.Finals`` as plain data.
    """
    if found["arms"][0]["name"] != TOPPED:
        return None
    arms = (item for item in found["arms"] if item["name"] not in (TOPPED, DIRECT))
    return max(arms, key=lambda item: float(item["estimate"]["value"]), default=None)


def beaten_without_lm(found: Mapping[str, Any]) -> list[str]:
    """That a top-up does no better on test than what needs no LM, in a sentence; else none."""
    free, mine = without_lm(found), found["arms"][0]["estimate"]["value"]
    if free is None or free["estimate"]["value"] < mine:
        return []
    name = "the real rows alone reach" if free["name"] == REAL else f"{free['name']} reaches"
    best = free["estimate"]["value"]
    return [f"On test, {name} {best:.2f} with no LM, the real rows topped up {mine:.2f}."]


def of_classes(asked: Mapping[str, int]) -> list[str]:
    """Of which classes a top-up was judged, and how to get rows of these; none of other runs.

    Args:
        asked: rows that were asked for, by class.
    """
    own = {label: rows for label, rows in asked.items() if rows}
    if not own or len(own) == len(asked):
        return []
    return [
        f"It was judged by its rows of {', '.join(own)} alone; generate writes rows of these, "
        "if --per-class does not name others."
    ]


def _trained(mine: Mapping[str, Any]) -> str:
    if mine["name"] == TOPPED:
        return f"{mine['real']:,} real rows and {mine['rows'] - mine['real']:,} of its rows"
    return f"{mine['rows']:,} of its rows"


def _against(item: Mapping[str, Any]) -> str:
    names = {DIRECT: "the rows of the direct prompt", REAL: "the real rows alone"}
    other = names.get(item["b"], f"{item['b']}, which needs no LM")
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
    topped = bool(best.get("asked"))
    added = ", added to the real ones," if topped else ""
    said = (
        f"{name} leads: {best['rows']:,} of its rows{added} train a classifier to "
        f"{best['f1']:.2f} macro-F1 on dev rows, which the search has seen."
    )
    if topped:
        said += cheaper(best["f1"], [(b["name"], b["f1"]) for b in board.get("baselines", ())])
    if board["status"] != "FINISHED":
        return f"{said} The run is {board['status'].lower()}; test rows were not opened."
    return said


def cheaper(f1: float, baselines: Sequence[tuple[str, float]]) -> str:
    """A sentence on the best baseline of a top-up, if it does as well; it needs no LM."""
    name, best = max(baselines, key=lambda item: item[1], default=("", -1.0))
    return f" {name}, which needs no LM, reaches {best:.2f} there." if best >= f1 else ""
