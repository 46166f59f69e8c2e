"""The finals in a terminal: fresh generations, test, contrasts, other classifiers, sentences.

Reads the plain object that is logged (``tracking.leaderboard.final_record``), so that a run that
has just ended and one that is read back look the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from synthlab.comparisons import TOPPED
from synthlab.report.ends import TWO, cell, least
from synthlab.report.layout import Either, framed, hung
from synthlab.report.panel import concerns, whole_panels
from synthlab.report.parts import Column, Parts
from synthlab.report.tables import RAREST, UNEVEN, leaderboard, money, number, rarest


def whole(board: Mapping[str, Any]) -> Group:
    """The leaderboard, the baselines, and the finals where there were any.

    Args:
        board: what ``tracking.read.load_leaderboard`` returns.
    """
    panels = _panels(board["candidates"])
    shown = sum("panel" in item for item in board["candidates"])
    more = len(board.get("every", board["candidates"])) - shown
    return Group(
        leaderboard(board),
        *concerns(board),
        *whole_panels(panels, more),
        *(finals(board["finals"], rarest(board)) if board["finals"] else ()),
    )


def _panels(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By name; the winner's fresh generations first, which tell of rows that nobody chose by."""
    fresh = {
        f"{item['name']}, fresh": item["panel_fresh"] for item in entries if "panel_fresh" in item
    }
    return fresh | {item["name"]: item["panel"] for item in entries if "panel" in item}


def finals(found: Mapping[str, Any], rare: str = RAREST) -> list[Any]:
    """Everything that the finals found, as tables and sentences; ``rare`` is a class in words."""
    pool = found.get("pool")  # of runs before there was one, and of a single candidate, None
    judged = [*found["arms"], *(pool["arms"] if pool else ())]
    parts: list[Any] = [finalists(found["finalists"]), arms(judged, found["reads"], rare)]
    if found["contrasts"]:
        parts.append(contrasts("differences on test", found["contrasts"]))
    if pool:
        title = "all rows of the search on test (p corrected for these two)"
        parts.append(contrasts(title, pool["contrasts"]))
    if found.get("uneven"):
        parts.append(uneven(found["arms"][0]["name"], found["uneven"], rare))
    if found["families"]:
        parts.append(families(found["families"]))
    if found["curves"]:
        parts.append(curves(found["curves"]))
    return [*parts, Text("what this comes to:"), hung(sentences(found)), Text()]


def finalists(items: Sequence[Mapping[str, Any]]) -> Table:
    """Fresh generations on dev, beside what the search saw."""
    table = framed(
        "finals: fresh generations on dev",
        {
            "candidate": "left",
            "f1": "right",
            "95%": "whole",
            "fresh": "right",
            "search f1": "right",
            "shrunken": "right",
            "USD/1,000": "right",
        },
        "fresh: generations; search f1: the one that the search saw; shrunken: without the luck "
        "of the best of many; USD for 1,000 kept rows",
    )
    for place, item in enumerate(items):
        dev = item["dev"]
        table.add_row(
            Text(item["name"]),
            number(dev["value"]),
            cell(dev),
            str(dev["generations"]),
            number(item["search"]),
            number(item["shrunken"]),
            money(item["usd_per_1000"]),
            style="bold" if place == 0 else "",
        )
    return table


def arms(items: Sequence[Mapping[str, Any]], reads: int, rare: str = RAREST) -> Table:
    """What each kind of training set reaches on test."""
    times = "opened once" if reads == 1 else f"opened {reads} times by now: adaptive, so less sure"
    keys = UNEVEN if items[0]["name"] == TOPPED else {}
    columns = {"trained on": "left", "f1": "right", "95%": "whole"}
    columns |= dict.fromkeys([*keys.values(), "rows", "real"], "right")
    said = "real: of the rows"
    if any(item["name"].startswith("pool") for item in items):
        said += "; pool: rows chosen on dev from all that the search kept"
    if keys:
        said += f"; *: of {rare}; bal. acc.: mean recall of all classes"
    table = framed(f"on the sealed test rows, {times}", columns, said)
    for item in items:
        more = (number(item["uneven"].get(key)) for key in keys)
        weight = "" if item["weight"] == 1 else f" (synthetic at weight {item['weight']:g})"
        table.add_row(
            Text(item["name"] + weight),
            number(item["estimate"]["value"]),
            cell(item["estimate"]),
            *more,
            f"{item['rows']:,}",
            f"{item['real']:,}" if item["real"] else "-",
        )
    return table


def contrasts(title: str, items: Sequence[Mapping[str, Any]]) -> Either:
    """Differences with interval, corrected p, and what they come to."""
    return Either(_contrast_table(title, items, True), _contrast_table(title, items, False))


def _contrast_table(title: str, items: Sequence[Mapping[str, Any]], wide: bool) -> Table:
    """Only where it is ``wide``, how likely the two are equal, or the first is worse."""
    sure = ("better", "equal", "worse") if wide else ("better",)
    rope = f"{items[0]['rope']:g}" if items else "0.01"
    said = f"better: by over {rope}, how likely; resolves: found 4 times of 5; p: after Holm"
    columns = {"": "left", "gap": "right", "95%": "whole", "p": "right"}
    columns |= dict.fromkeys([*sure, "resolves"], "right")
    table = framed(title, columns, said)
    for item in items:
        table.add_row(
            Text(f"{item['a']} - {item['b']}"),
            f"{item['value']:+.3f}",
            cell(item),
            "<.001" if item["p_holm"] < 0.001 else f"{item['p_holm']:.3f}",
            *(f"{item[key]:.0%}" for key in sure),
            least(item["resolves"]) if item["se"] else "-",
        )
    return table


def uneven(mine: str, found: Mapping[str, Sequence[Mapping[str, Any]]], rare: str) -> Table:
    """Differences of a top-up in the measures of uneven classes."""
    table = framed(
        f"{mine}: differences on test in what judges uneven classes",
        {"measure": "left", "less": "left", "gap": "right", "95%": "whole", "p": "right"},
        f"*: of {rare}; p: after Holm, each measure by itself",
    )
    for key in UNEVEN:
        for place, item in enumerate(found.get(key, ())):
            table.add_row(
                "" if place else UNEVEN[key],
                Text(item["b"]),
                f"{item['value']:+.3f}",
                cell(item),
                "<.001" if item["p_holm"] < 0.001 else f"{item['p_holm']:.3f}",
            )
    return table


def families(items: Sequence[Mapping[str, Any]]) -> Either:
    """The same arms, as other kinds of classifier see them."""
    return Either(_family_table(items, "{} ({})"), _family_table(items, "{}\n{}"))


def _family_table(items: Sequence[Mapping[str, Any]], form: str) -> Table:
    names = [arm["name"] for arm in items[0]["arms"]]
    table = framed(
        "other classifiers, on test", {"classifier": "left", **dict.fromkeys(names, "whole")}
    )
    for item in items:
        found = {arm["name"]: arm["estimate"] for arm in item["arms"]}
        cells = [
            form.format(number(found[name]["value"]), cell(found[name])) if name in found else "-"
            for name in names
        ]
        table.add_row(Text(item["model"]), *cells)
    return table


def curves(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Parts:
    """Learning curves of real rows, of synthetic ones, and of real ones with synthetic added."""
    kinds = {"real": "real", "synthetic": "synthetic", "both": "real + synthetic"}
    shown = [(title, found[kind]) for kind, title in kinds.items() if found.get(kind)]
    return curve_table("learning curves on test, mean over draws (sd)", shown)


def curve_table(title: str, shown: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> Parts:
    """A line for each number of rows a class, a column for each curve.

    Args:
        title: of the table.
        shown: each curve's title, and its points (``comparisons.Point`` as plain objects).
    """
    points = [{point["per_class"]: point for point in own} for _, own in shown]
    sizes = sorted({size for own in points for size in own})
    columns = [
        Column(name, [_point(own.get(size)) for size in sizes])
        for (name, _), own in zip(shown, points, strict=True)
    ]
    return Parts(title, "rows a class", [f"{size:,}" for size in sizes], columns, kind="right")


def _point(point: Mapping[str, Any] | None) -> str:
    if point is None:
        return ""
    weight = "" if point["weight"] == 1 else f" at {point['weight']:g}"
    return number(point["f1"]) + (f" ({point['sd']:.3f})" if point["draws"] > 1 else "") + weight


def sentences(found: Mapping[str, Any]) -> list[str]:
    """What the tables come to."""
    winner = found["finalists"][0]
    said = [f"{winner['name']} was picked: {found['chosen']}.", *found["said"]]
    said.append(_optimism(found))
    if winner["dev"]["generations"] > 1 and len(found["finalists"]) > 1:
        said.append(
            f"Judged by generations that had no say in the choice, the best of these finalists "
            f"reaches {found['crossed']:.3f} on test: the figure to quote."
        )
    said += [
        f"{item['model']} sees {' and '.join(item['against'])} the other way round: "
        "that depends on the classifier."
        for item in found["families"]
        if item["against"]
    ]
    if winner["dev"]["generations"] == 1:
        said.append(
            "One generation each: the intervals of scores leave the luck of a generation out; "
            "those of differences assume a standard deviation of 0.03 for it."
        )
    if winner["dev"]["generations"] == 2:
        said.append(TWO)
    if found["reads"] > 1:
        said.append(
            f"These test rows have been opened {found['reads']} times in this store, so choices "
            "may have been made on them: take fresh ones for a claim."
        )
    return said


def _optimism(found: Mapping[str, Any]) -> str:
    said = f"The search saw {found['optimism']:+.3f} more than test does in the winner"
    if found["optimism"] < 0:
        said = f"The search saw {-found['optimism']:.3f} less than test does in the winner"
    return f"{said}; its fresh generations differ by {found['optimism_fresh']:+.3f}."
