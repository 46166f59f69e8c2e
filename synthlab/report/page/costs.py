"""Cost against score: which candidates no other one beats in both.

Like is compared with like: fresh generations with fresh ones where there were finals, else what the
search saw of each. The others are drawn, and are not in the comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.report.ends import drawn
from synthlab.report.page.marks import Mark
from synthlab.report.page.numbers import count, text, usd
from synthlab.report.page.plot import Plot
from synthlab.report.page.scales import Scale, linear

NAMED = 10
"""Up to so many candidates are named in the chart; more are numbered."""

AREA = (720, 300)
"""The chart's usual size in pixels, for placing labels."""

PLACES = ((9, 4), (-9, 4), (9, -10), (-9, -10), (9, 18), (-9, 18), (9, 32), (-9, 32), (9, -24))
Row = Mapping[str, Any]


def cost(table: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The chart and what it comes to; None with fewer than two candidates.

    Args:
        table: what ``standings.standings`` returns.
    """
    rows = [row for row in table["rows"] if not row.get("out")] if table else []
    if len(rows) < 2 or table is None:
        return None
    priced = table["priced"] and all(row["usd"] is not None for row in rows)
    price = "usd" if priced else "tokens_per_row"
    fresh = [row for row in rows if row["fresh"]]
    compared = (
        fresh if len(fresh) > 1 else [row for row in rows if bool(row["fresh"]) == bool(fresh)]
    )
    best = _frontier(compared if len(compared) > 1 else rows, price)
    return {
        "svg": _plot(rows, price, best).svg(),
        "best": [row["name"] for row in best],
        "priced": priced,
        "fresh": len(fresh) > 1,
        "numbered": len(rows) > NAMED,
        "others": len(rows) - len(fresh) if fresh else 0,
    }


def _plot(rows: Sequence[Row], price: str, best: Sequence[Row]) -> Plot:
    unit = (
        "USD for 1,000 kept rows" if price == "usd" else "tokens for a kept row, with dropped ones"
    )
    said = ", ".join(row["name"] for row in best)
    prices = [row[price] for row in rows]
    pad = 0.06 * (max(prices) - min(prices)) or 0.1 * max(prices) or 1.0
    plot = Plot(
        linear([max(0.0, min(prices) - pad), max(prices) + pad], least=1e-6),
        linear([_shown(row)[end] for row in rows for end in (1, 2)], bounds=(0, 1), least=0.05),
        "Cost against score",
        f"Each candidate's cost and its macro-F1 on dev. Not beaten in both: {said}.",
        unit,
        "macro-F1 on dev",
    )
    _stairs(plot, [(row[price], _shown(row)[0]) for row in best], plot.x)
    for row in reversed(rows):
        value, low, high = _shown(row)
        kind = "direct" if row["direct"] else "syn"
        title = f"{row['rank']} {row['name']}: {text(value)}, {_price(row, price)}"
        plot.mark(row[price], value, Mark(value, kind, title, low, high, not row["fresh"]))
    _labels(plot, rows, price)
    return plot


def _labels(plot: Plot, rows: Sequence[Row], price: str) -> None:
    """Names beside the points, each in the first place where it covers nothing."""
    points = [
        (plot.x.at(row[price]) / 100 * AREA[0], -plot.y.at(_shown(row)[0]) / 100 * AREA[1])
        for row in rows
    ]
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    for row, (x, y) in zip(rows, points, strict=True):
        said = row["name"] if len(rows) <= NAMED else str(row["rank"])
        wide = 6.6 * len(said)
        boxes = [_box(x, y, dx, dy, wide) for dx, dy in PLACES]
        free = [
            place
            for place, box in zip(PLACES, boxes, strict=True)
            if not any(_touch(box, other) for other in taken)
            and box[0] > -20
            and box[2] < AREA[0] + 20
        ]
        dx, dy = free[0] if free else PLACES[0]
        taken.append(_box(x, y, dx, dy, wide))
        anchor = "start" if dx > 0 else "end"
        kind = "ink" if row["won"] else "muted"
        plot.text(row[price], _shown(row)[0], said, dx, dy, anchor, kind)


def _box(x: float, y: float, dx: int, dy: int, wide: float) -> tuple[float, float, float, float]:
    left = x + dx if dx > 0 else x + dx - wide
    return left, y + dy - 10, left + wide, y + dy + 3


def _touch(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _price(row: Row, price: str) -> str:
    if price == "usd":
        return f"{usd(row['usd'])} USD for 1,000 rows"
    return f"{count(row['tokens_per_row'])} tokens a row"


def _shown(row: Row) -> tuple[float, float, float]:
    """A score and its interval: of the fresh generations where there are any."""
    f1 = row["f1"]
    known = row["fresh"] or row["level"] or {"value": f1, "low": f1, "high": f1}
    low, high = drawn(known) or (known["value"], known["value"])
    return known["value"], low, high


def _frontier(rows: Sequence[Row], price: str) -> list[Row]:
    best: list[Row] = []
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
