"""Learning curves: what more rows bring, and how many real rows do the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from synthlab.report.page.evidence import curve_notes
from synthlab.report.page.marks import Mark
from synthlab.report.page.material import Material
from synthlab.report.page.numbers import text
from synthlab.report.page.plot import Plot
from synthlab.report.page.scales import linear, logarithmic
from synthlab.report.tables import topped_up

NAMES = {"real": "real rows", "syn": "synthetic rows", "both": "real rows with synthetic ones"}
Points = Sequence[Mapping[str, Any]]


def growth(found: Material) -> dict[str, Any] | None:
    """The chart, its table and what it comes to; None where there is nothing to draw."""
    finals = found.board["finals"]
    curves = _of_finals(finals) if finals else _of_search(found)
    if topped_up(found.board):
        return None  # its sets have no size of which every class has as many rows
    curves = {kind: points for kind, points in curves.items() if points}
    if sum(len(points) for points in curves.values()) < 2 or not curves:
        return None
    split = "test" if finals else "dev"
    mine = _winner_point(found, curves)
    return {
        "svg": _plot(curves, split, mine).svg(),
        "kinds": [(kind, NAMES[kind]) for kind in curves],
        "table": _table(curves),
        "split": split,
        "notes": curve_notes(finals) if finals else [],
        "guided": mine is not None and _reached(curves.get("real", ()), mine[1]) is not None,
    }


def _of_finals(finals: Mapping[str, Any]) -> dict[str, Points]:
    drawn = finals["curves"]
    return {
        "real": drawn.get("real", ()),
        "both": drawn.get("both", ()),
        "syn": drawn.get("synthetic", ()),
    }


def _of_search(found: Material) -> dict[str, Points]:
    """On dev: baselines of real rows, and parts of the winner's rows."""
    real = [item for item in found.board["baselines"] if item["per_class"]]
    curve = found.entry(found.winner).get("curve", ())
    mine = [
        {"per_class": size, "f1": f1, "sd": 0.0, "draws": 1, "weight": 1.0} for size, f1 in curve
    ]
    return {"real": real, "syn": mine}


def _winner_point(found: Material, curves: Mapping[str, Points]) -> tuple[float, float] | None:
    """The winner's rows a class, and its score on the chart's split."""
    finals, entry = found.board["finals"], found.entry(found.winner)
    if not finals:
        return (entry["rows_per_class"], entry["f1"]) if "syn" in curves else None
    mine = finals["arms"][0] if finals["arms"] else None
    classes = max(1, len(entry["per_class"]))
    return (mine["rows"] / classes, mine["estimate"]["value"]) if mine else None


def _reached(points: Points, score: float) -> float | None:
    """The size at which a curve crosses a score, between two sizes that were tried."""
    for a, b in pairwise(points):
        if a["f1"] <= score < b["f1"]:
            share = (score - a["f1"]) / (b["f1"] - a["f1"])
            low, high = math.log(a["per_class"]), math.log(b["per_class"])
            return math.exp(low + share * (high - low))
    return None


def _plot(curves: Mapping[str, Points], split: str, mine: tuple[float, float] | None) -> Plot:
    every = [point for points in curves.values() for point in points]
    ends = [point["f1"] + sign * point["sd"] for point in every for sign in (-1, 1)]
    plot = Plot(
        logarithmic([point["per_class"] for point in every]),
        linear(ends, bounds=(0, 1), least=0.1),
        "Learning curves",
        "; ".join(
            f"{NAMES[kind]}: " + ", ".join(f"{p['per_class']} a class {text(p['f1'])}" for p in own)
            for kind, own in curves.items()
        ),
        "rows a class, each step of equal length the same factor",
        f"macro-F1 on {split}",
    )
    _guide(plot, curves, mine)
    for kind, points in curves.items():
        plot.line([(point["per_class"], point["f1"]) for point in points], kind)
    for kind, points in curves.items():
        for point in points:
            sd = point["sd"]
            said = f"{NAMES[kind]}, {point['per_class']} a class: {text(point['f1'])}"
            said += f", sd {text(sd)} over {point['draws']} draws" if sd else ""
            low, high = (point["f1"] - sd, point["f1"] + sd) if sd else (None, None)
            mark = Mark(point["f1"], kind, said, low, high)
            plot.mark(point["per_class"], point["f1"], mark)
    return plot


def _guide(plot: Plot, curves: Mapping[str, Points], mine: tuple[float, float] | None) -> None:
    """From the winner's score to the real rows that reach it, and down to how many they are."""
    if mine is None:
        return
    size = _reached(curves.get("real", ()), mine[1])
    if size is None:
        return
    plot.line([(mine[0], mine[1]), (size, mine[1]), (size, plot.y.low)], "ink", dashed=True)
    plot.text(size, plot.y.low, "as good as the winner's rows", dx=6, dy=-8, kind="muted")


def _table(curves: Mapping[str, Points]) -> list[dict[str, Any]]:
    by_size = {kind: {point["per_class"]: point for point in own} for kind, own in curves.items()}
    sizes = sorted({size for own in by_size.values() for size in own})
    return [
        {"size": size, "points": [by_size[kind].get(size) for kind in curves]} for size in sizes
    ]
