"""Maximum mean discrepancy of the rows as a whole, and of each class by itself.

A p value says whether the rows lie farther from real rows than chance would have it. Draws share
rows, so that their p values cannot be put together; the middle one speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from statistics import fmean

import numpy as np

from synthlab.measures import Measure
from synthlab.quality.distances import ClassMmd, mmd2, mmd2_by_class
from synthlab.quality.draws import Sides

MOST_PAIRS, MOST_OF_CLASS = 600, 150
"""Rows of a side whose kernel is held for the permutations, and of a class for its own."""
CLASS = 12
"""Rows of a class from which it has figures of its own."""
SURE = 0.01
"""The p value below which two samples are held to be of different things."""


def discrepancy(parts: Sequence[Sides], seed: int) -> Measure:
    """``mmd2``: of all rows together, drawn alike from each class."""
    found = []
    for sides in parts:
        step = np.linspace(0, len(sides.labels) - 1, min(MOST_PAIRS, len(sides.labels)))
        part = sides.at(step.round().astype(int))
        found.append(part.both(partial(mmd2, strata=part.labels, seed=seed)))
    p = float(np.median([own.p for own, _ in found]))
    near = "no farther from real rows than chance would have it"
    said = near if p >= SURE else f"farther from real rows than chance would have it (p {p:.3f})"
    return Measure(
        "mmd2", "fidelity", fmean(own.value for own, _ in found), "lower", "squared distance",
        f"the rows as a whole lie {said}", "good" if p >= SURE else "watch",
        fmean(other.value for _, other in found),
        details={"p": p, "rows": min(len(parts[0].labels), MOST_PAIRS), "draws": len(parts)},
    )  # fmt: skip


def by_class(parts: Sequence[Sides], seed: int) -> list[Measure]:
    """``mmd2_class``: rows of one class may lie where another's should, and the whole not show it.

    The figure is that of the class that is the farthest off beyond chance; empty where every class
    has too few rows.
    """
    labels, counts = np.unique(parts[0].labels, return_counts=True)
    able = [label for label, count in zip(labels, counts, strict=True) if count >= CLASS]
    if not able:
        return []
    at = np.concatenate(
        [np.flatnonzero(parts[0].labels == label)[:MOST_OF_CLASS] for label in able]
    )
    found = [
        part.both(partial(mmd2_by_class, strata=part.labels, seed=seed))
        for part in (sides.at(at) for sides in parts)
    ]
    own, other = ([pair[side] for pair in found] for side in (0, 1))
    p = float(np.median([min(each.ps.values()) for each in own]))
    ps = {label: float(np.median([each.ps[label] for each in own])) for label in own[0].ps}
    values, references = _means(own), _means(other)
    worst = min(ps, key=lambda label: (ps[label], -values[label]))
    said = f"rows of every class lie where its real rows lie, as far as chance can tell (p {p:.2f})"
    if p < SURE:
        off = [label for label in ps if ps[label] < SURE] or [worst]
        more = f" and {len(off) - 4} more" if len(off) > 4 else ""
        off.sort(key=lambda label: (ps[label], -values[label]))
        said = f"rows of {', '.join(off[:4])}{more} lie off their real rows beyond chance"
        many = f", corrected for {len(ps)} classes" if len(ps) > 1 else ""
        said += f" (p {p:.3f}{many})"
    return [
        Measure(
            "mmd2_class", "fidelity", values[worst], "lower", "squared distance, worst class", said,
            "good" if p >= SURE else "watch", references[worst], per_class=values,
            details={
                "p": p, "worst": worst, "per_class_p": ps, "per_class_reference": references,
                "rows": int(counts.min()), "draws": len(parts),
            },
        )
    ]  # fmt: skip


def _means(found: Sequence[ClassMmd]) -> dict[str, float]:
    return {label: fmean(each.values[label] for each in found) for label in found[0].values}
