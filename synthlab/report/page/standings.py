"""The leaderboard: every candidate with its interval, and the baselines beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from synthlab.outcomes import DIRECT, shortage
from synthlab.report.ends import drawn, shown, sure
from synthlab.report.page.marks import Mark, axis, strip
from synthlab.report.page.material import Material
from synthlab.report.page.numbers import text
from synthlab.report.page.scales import linear

FIRST = 30
"""Candidates shown at once; the others are folded away."""

FAR = 0.1
"""Baselines that are further below every candidate are an arrow at the chart's edge."""


def standings(found: Material) -> dict[str, Any] | None:
    """The leaderboard as lines of a dot-and-whisker plot; None where nothing was scored."""
    board = found.board
    if not board["candidates"]:
        return None
    fresh = _fresh(board)
    rows = [_row(found, item, rank, fresh) for rank, item in enumerate(board["candidates"], 1)]
    scale = linear(_ends(rows[:FIRST], board["baselines"]), 4, bounds=(0, 1), least=0.1)
    for row in rows:
        row["strip"] = strip(scale, _marks(row))
    bases = [{**item, "strip": strip(scale, [_baseline(item)])} for item in board["baselines"]]
    return {
        "rows": rows[:FIRST],
        "more": rows[FIRST:],
        "baselines": bases,
        "axis": axis(scale, "macro-F1 on dev"),
        "finals": bool(fresh),
        "generations": max((item["dev"]["generations"] for item in fresh.values()), default=0),
        "chosen": board["finals"]["chosen"] if board["finals"] else "",
        "lms": sorted({row["lm"] for row in rows}),
        "failed": board.get("failed", ()),
        "priced": any(row["usd"] for row in rows),
        "ending": board.get("ending", ""),
        "spared": board.get("spared") or {"rows": 0},
        "crossed": _crossed(board),
    }


def _crossed(board: Mapping[str, Any]) -> float | None:
    finals = board["finals"]
    if not finals or len(finals["finalists"]) < 2:
        return None
    value: float = finals["crossed"]
    return value if finals["finalists"][0]["dev"]["generations"] > 1 else None


def _fresh(board: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    finals = board["finals"]
    return {item["name"]: item for item in finals["finalists"]} if finals else {}


def _row(
    found: Material, item: Mapping[str, Any], rank: int, fresh: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    level = found.levels.get(item["name"])
    kept = max(1, item["rows"])
    return {
        **item,
        "rank": rank,
        "won": item["name"] == found.winner,
        "direct": item["generator"] in DIRECT,
        "fresh": fresh.get(item["name"], {}).get("dev"),
        "level": asdict(level) if level else None,
        "tokens_per_row": item["tokens"] / kept,
        "usd": None if item["cost_usd"] is None else 1000 * item["cost_usd"] / kept,
        "note": _note(item),
        "parent": found.origins.get(item["name"], (item.get("parent", ""), ""))[0],
    }


def _note(item: Mapping[str, Any]) -> str:
    if item.get("out"):
        return f"out at {item['rows_per_class']} rows a class: {item['out']}"
    if item.get("short"):
        return (
            f"short of rows: {shortage(item['short'], item.get('asked') or item['rows_per_class'])}"
        )
    return ""


def _ends(rows: Sequence[Mapping[str, Any]], bases: Sequence[Mapping[str, Any]]) -> list[float]:
    """What the axis must hold: candidates, and baselines that are not far below all of them."""
    ends = [row["f1"] for row in rows]
    for row in rows:
        known = [row[kind] for kind in ("fresh", "level") if row[kind]]
        ends += [end for item in known for end in shown(item)]
    near = min(ends) - FAR
    return ends + [item["f1"] for item in bases if item["f1"] > near]


def _marks(row: Mapping[str, Any]) -> list[Mark]:
    level, fresh = row["level"], row["fresh"]
    kind = "direct" if row["direct"] else "syn"
    said = f"{row['name']}, the search's rows: {text(row['f1'])}"
    low = level["low"] if level and not fresh else None
    high = level["high"] if level and not fresh else None
    if low is not None and high is not None:
        said += f", 95% {text(low)} to {text(high)}"
    marks = [Mark(row["f1"], kind, said, low, high, hollow=True)]
    if fresh:
        said = (
            f"mean of {fresh['generations']} fresh generations: {text(fresh['value'])}, "
            f"{sure(fresh)}"
        )
        marks.append(Mark(fresh["value"], kind, said, *(drawn(fresh) or ())))
    return marks


def _baseline(item: Mapping[str, Any]) -> Mark:
    said = f"{item['name']}: {text(item['f1'])}"
    if not item["sd"]:
        return Mark(item["f1"], "real", said)
    said += f", sd {text(item['sd'])} over {item['draws']} draws"
    return Mark(item["f1"], "real", said, item["f1"] - item["sd"], item["f1"] + item["sd"])
