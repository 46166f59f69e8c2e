"""The audit page's tables of rows: requested and delivered, who is in them, what was dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.report.page.numbers import DASH

NONE = ""
ALONE, ASKED = "as it writes", "with quotas"

Data = Mapping[str, Any]


def apart(shown: Sequence[Data]) -> list[Data]:
    """Each candidate once."""
    return list({c["name"]: c for c in shown}.values())


def own(candidate: Data, measure: str, name: str) -> Data:
    """What a measure says of one attribute."""
    details = candidate["measures"].get(measure, {}).get("details", {})
    found: Data = details.get("attributes", {}).get(name, {})
    return found


def cells(
    candidate: Data, name: str, groups: Sequence[str], labels: Sequence[str]
) -> dict[str, Any]:
    """Rows that were asked for and that came, of each class and group."""
    table = own(candidate, "quota_gap", name)["cells"]
    rows = []
    for label in labels:
        pairs = [
            {
                "asked": f"{table[label][group][0]:g}",
                "got": f"{table[label][group][1]:g}",
                "off": abs(table[label][group][0] - table[label][group][1]) >= 1,
            }
            for group in groups
        ]
        rows.append({"label": label, "cells": pairs, "none": f"{table[label][NONE][1]:g}"})
    return {"name": candidate["name"], "asked": candidate["asked"], "rows": rows}


def shares(
    found: Data, chosen: Sequence[Data], name: str, groups: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows of each group: of the real splits, then of the candidates."""
    lines = [
        (f"real {split} rows", _summed(by[name]), "real") for split, by in found["real"].items()
    ]
    for c in chosen:
        if found_of := own(c, "represented", name):
            title = f"{c['name']}, {ASKED if c['asked'] else ALONE}"
            lines.append((title, found_of["counts"], "syn"))
    return [_line(title, counts, kind, groups) for title, counts, kind in lines]


def _line(title: str, counts: Data, kind: str, groups: Sequence[str]) -> dict[str, Any]:
    total = sum(counts.values())
    known = sum(counts.get(group, 0) for group in groups)
    return {
        "title": title,
        "kind": kind,
        "rows": f"{total:,}",
        "groups": [
            {
                "n": f"{counts.get(group, 0):,}",
                "share": f"{counts.get(group, 0) / known:.0%}" if known else DASH,
            }
            for group in groups
        ],
        "none": f"{counts.get(NONE, 0):,}",
    }


def _summed(cells: Data) -> dict[str, int]:
    found: dict[str, int] = {}
    for counts in cells.values():
        for group, n in counts.items():
            found[group] = found.get(group, 0) + n
    return found


def rates(
    found: Data, shown: Sequence[Data], name: str, groups: Sequence[str]
) -> list[dict[str, Any]]:
    """P(class | group), of real dev rows and of candidates."""
    dev = found["real"].get("dev", {}).get(name, {})
    sets = [("real dev rows", _by_group(dev, groups))]
    sets += [(c["name"], own(c, "label_gap", name).get("made", {})) for c in apart(shown)]
    return [
        {
            "title": title,
            "rows": [
                {
                    "label": label,
                    "cells": [
                        f"{by[group].get(label, 0.0):.0%}" if group in by else DASH
                        for group in groups
                    ],
                }
                for label in found["labels"]
            ],
        }
        for title, by in sets
        if by
    ]


def _by_group(cells: Data, groups: Sequence[str]) -> dict[str, dict[str, float]]:
    """Shares of the classes in each group's rows."""
    totals = {group: sum(counts.get(group, 0) for counts in cells.values()) for group in groups}
    return {
        group: {label: counts.get(group, 0) / total for label, counts in cells.items()}
        for group, total in totals.items()
        if total
    }


def by_class(
    real: Data, name: str, groups: Sequence[str], labels: Sequence[str]
) -> list[dict[str, Any]]:
    """Real rows of each class and group, all opened splits together."""
    splits = [each[name] for each in real.values()]
    return [
        {
            "label": label,
            "cells": [
                f"{sum(each.get(label, {}).get(group, 0) for each in splits):,}"
                for group in (*groups, NONE)
            ],
        }
        for label in labels
    ]


def dropped(candidate: Data) -> dict[str, Any]:
    """Rows that were written, and why some were not kept."""
    gone = sum(candidate["dropped"].values())
    total = candidate["rows"] + gone
    return {
        "title": candidate["name"],
        "written": f"{total:,}",
        "kept": f"{candidate['rows']:,}",
        "other": f"{candidate['other_group']:,}",
        "none": f"{candidate['no_group']:,}",
        "rest": f"{gone - candidate['other_group'] - candidate['no_group']:,}",
        "f1": f"{candidate['f1']:.3f}",
    }
