"""The leaderboard: every candidate with its interval, the baselines beside them, and the cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from synthlab.outcomes import DIRECT, shortage
from synthlab.report.page.marks import Mark, axis, strip
from synthlab.report.page.material import Material
from synthlab.report.page.numbers import count, text, usd
from synthlab.report.page.plot import Plot
from synthlab.report.page.scales import Scale, linear

FIRST = 30
"""Candidates shown at once; the others are folded away."""


def standings(found: Material) -> dict[str, Any] | None:
    """The leaderboard as lines of a dot-and-whisker plot; None where nothing was scored."""
    board = found.board
    if not board["candidates"]:
        return None
    fresh = _fresh(board)
    rows = [_row(found, item, rank, fresh) for rank, item in enumerate(board["candidates"], 1)]
    scale = linear(_ends(rows[:FIRST], board["baselines"]), bounds=(0, 1), least=0.1)
    for row in rows:
        row["strip"] = strip(scale, _marks(row), height=30)
    bases = [
        {**item, "strip": strip(scale, [_baseline(item)])} for item in board["baselines"]
    ]
    return {
        "rows": rows[:FIRST],
        "more": rows[FIRST:],
        "baselines": bases,
        "axis": axis(scale, "macro-F1 on dev"),
        "finals": bool(fresh),
        "generations": max((item["dev"]["generations"] for item in fresh.values()), default=0),
        "chosen": board["finals"]["chosen"] if board["finals"] else "",
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
        return f"short of rows: {shortage(item['short'], item['rows_per_class'])}"
    return ""


def _ends(rows: Sequence[Mapping[str, Any]], bases: Sequence[Mapping[str, Any]]) -> list[float]:
    ends = [row["f1"] for row in rows]
    ends += [row[kind][end] for row in rows for kind in ("fresh", "level") if row[kind]
             for end in ("low", "high")]
    return ends + [item["f1"] + sign * item["sd"] for item in bases for sign in (-1, 1)]


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
        said = (f"mean of {fresh['generations']} fresh generations: {text(fresh['value'])}, 95% "
                f"{text(fresh['low'])} to {text(fresh['high'])}")
        marks.append(Mark(fresh["value"], kind, said, fresh["low"], fresh["high"]))
    return marks


def _baseline(item: Mapping[str, Any]) -> Mark:
    said = f"{item['name']}: {text(item['f1'])}"
    if not item["sd"]:
        return Mark(item["f1"], "real", said)
    said += f", sd {text(item['sd'])} over {item['draws']} draws"
    return Mark(item["f1"], "real", said, item["f1"] - item["sd"], item["f1"] + item["sd"])


def cost(table: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Cost against score: a chart, and which candidates no other one beats in both."""
    if table is None:
        return None
    rows = [row for row in table["rows"] if not row.get("out") or row["level"]]
    priced = table["priced"] and all(row["usd"] is not None for row in rows)
    price = "usd" if priced else "tokens_per_row"
    if len(rows) < 2:
        return None
    best = _frontier(rows, price)
    drawn = _plot(rows, price, best)
    return {
        "svg": drawn.svg(),
        "best": [row["name"] for row in best],
        "priced": priced,
        "beaten": len(rows) - len(best),
    }


def _plot(rows: Sequence[Mapping[str, Any]], price: str, best: Sequence[Mapping[str, Any]]) -> Plot:
    across = linear([0.0, *(row[price] * 1.04 for row in rows)], least=0.001)
    ends = [_shown(row)[end] for row in rows for end in (1, 2)]
    unit = "USD for 1,000 kept rows" if price == "usd" else "tokens for a kept row"
    plot = Plot(
        across,
        linear(ends, bounds=(0, 1), least=0.05),
        "Cost against score",
        "Each candidate's cost and its macro-F1 on dev; the numbers are places on the leaderboard. "
        + "Not beaten in both: " + ", ".join(row["name"] for row in best) + ".",
        unit,
        "macro-F1 on dev",
    )
    _stairs(plot, [(row[price], _shown(row)[0]) for row in best], across)
    for row in reversed(rows):
        value, low, high = _shown(row)
        of = usd(row["usd"]) + " USD for 1,000 rows" if price == "usd" else (
            count(row["tokens_per_row"]) + " tokens a row")
        plot.mark(
            row[price], value, "direct" if row["direct"] else "syn", str(row["rank"]), low, high,
            f"{row['rank']} {row['name']}: {text(value)}, {of}", hollow=not row["fresh"],
        )
    return plot


def _shown(row: Mapping[str, Any]) -> tuple[float, float, float]:
    """A score and its interval: of the fresh generations where there are any."""
    known = row["fresh"] or row["level"] or {"value": row["f1"], "low": row["f1"], "high": row["f1"]}
    return known["value"], known["low"], known["high"]


def _frontier(rows: Sequence[Mapping[str, Any]], price: str) -> list[Mapping[str, Any]]:
    best: list[Mapping[str, Any]] = []
    for row in sorted(rows, key=lambda row: (row[price], -_shown(row)[0], row["name"])):
        if not best or _shown(row)[0] > _shown(best[-1])[0]:
            best.append(row)
    return best


def _stairs(plot: Plot, points: Sequence[tuple[float, float]], across: Scale) -> None:
    steps: list[tuple[float, float]] = []
    for a, b in points:
        if steps:
            steps.append((a, steps[-1][1]))
        steps.append((a, b))
    plot.line([*steps, (across.high, steps[-1][1])], "ink", dashed=True)
