"""Which classes gain, and which are still confused: the direct prompt beside the winner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.report.page.marks import Mark, axis, strip
from synthlab.report.page.material import Calls
from synthlab.report.page.numbers import percent, text
from synthlab.report.page.scales import Scale, linear

SHIFTS = 6
Floats = NDArray[np.float64]


def counts(calls: Calls) -> Floats:
    """Real rows by true class and called class, shape (generations, classes, classes).

    A call that is none of the classes is in no column.
    """
    size = len(calls.labels)
    found = np.zeros((len(calls.called), size, size))
    for number, called in enumerate(calls.called):
        inside = (called >= 0) & (called < size)
        np.add.at(found[number], (calls.true[inside], called[inside]), 1)
    return found


def class_f1(calls: Calls) -> Floats:
    """F1 of each class, mean over generations, shape (classes,)."""
    found = counts(calls)
    hits = np.diagonal(found, axis1=1, axis2=2)
    real = np.bincount(calls.true, minlength=len(calls.labels))[: len(calls.labels)]
    both = real + found.sum(axis=1)
    mean: Floats = np.divide(2 * hits, both, out=np.zeros_like(hits), where=both > 0).mean(axis=0)
    return mean


def classes(
    before: Calls | None, after: Calls | None, winner: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """F1 by class, both confusion matrices, and the mistakes that changed most.

    Args:
        before: the direct prompt's calls.
        after: the winner's.
        winner: its entry in the leaderboard, for what was topped up.
    """
    if after is None:
        return None
    if before is not None and before.labels != after.labels:
        before = None
    sides = [side for side in (before, after) if side is not None]
    scores = [class_f1(side) for side in sides]
    scale = linear([value for own in scores for value in own], bounds=(0, 1), least=0.1)
    rows = [_row(place, label, sides, scores, scale) for place, label in enumerate(after.labels)]
    return {
        "rows": sorted(rows, key=lambda row: (row["after"], row["label"])),
        "axis": axis(scale, f"F1 on {after.split}"),
        "paired": before is not None,
        "split": after.split,
        "support": len(after.true),
        "matrices": [_matrix(side) for side in sides],
        "shifts": _shifts(before, after) if before is not None else [],
        "before": before.of if before else "",
        "after": after.of,
        "generations": [len(side.called) for side in sides],
        "topped": _topped(winner or {}),
    }


def _topped(winner: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each class's scores on dev and the rows it was given; empty where none was topped up."""
    if not winner.get("asked"):
        return []
    rows = [{"label": label, **found} for label, found in winner["per_class"].items()]
    return sorted(rows, key=lambda row: (-row["asked"], row["label"]))


def _row(
    place: int, label: str, sides: Sequence[Calls], scores: Sequence[Floats], scale: Scale
) -> dict[str, Any]:
    values = [float(own[place]) for own in scores]
    kinds = ["direct", "syn"] if len(sides) == 2 else ["syn"]
    marks = [
        Mark(value, kind, f"{side.of}: {text(value)}")
        for value, kind, side in zip(values, kinds, sides, strict=True)
    ]
    return {
        "label": label,
        "before": values[0] if len(values) == 2 else None,
        "after": values[-1],
        "gain": values[-1] - values[0] if len(values) == 2 else None,
        "support": int((sides[-1].true == place).sum()),
        "strip": strip(scale, marks, joined=True),
    }


def shares(calls: Calls) -> Floats:
    """Share of each true class that was called each class, mean over generations."""
    found = counts(calls).mean(axis=0)
    real = np.bincount(calls.true, minlength=len(calls.labels))[: len(calls.labels)]
    share: Floats = np.divide(
        found, real[:, None], out=np.zeros_like(found), where=real[:, None] > 0
    )
    return share


def _matrix(calls: Calls) -> dict[str, Any]:
    share, mean = shares(calls), counts(calls).mean(axis=0)
    return {
        "of": calls.of,
        "labels": calls.labels,
        "generations": len(calls.called),
        "rows": [
            [
                {
                    "share": round(float(share[i, j]), 3),
                    "text": percent(float(share[i, j])),
                    "count": f"{mean[i, j]:.0f}" if len(calls.called) == 1 else f"{mean[i, j]:.1f}",
                    "dark": share[i, j] > 0.45,
                    "right": i == j,
                }
                for j in range(len(calls.labels))
            ]
            for i in range(len(calls.labels))
        ],
    }


def _shifts(before: Calls, after: Calls) -> list[Mapping[str, Any]]:
    """Mistakes whose share of their class changed most, the largest first."""
    old, new = shares(before), shares(after)
    size = len(after.labels)
    pairs = [(i, j) for i in range(size) for j in range(size) if i != j]
    pairs.sort(key=lambda pair: -abs(float(new[pair] - old[pair])))
    return [
        {
            "true": after.labels[i],
            "called": after.labels[j],
            "before": percent(float(old[i, j])),
            "after": percent(float(new[i, j])),
            "less": bool(new[i, j] < old[i, j]),
        }
        for i, j in pairs[:SHIFTS]
        if abs(float(new[i, j] - old[i, j])) >= 0.01
    ]
