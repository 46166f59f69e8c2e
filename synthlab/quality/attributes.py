"""Whether the rows cover what they were asked to be: the attributes of their requests."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from synthlab.measures import Measure, Verdict
from synthlab.quality.base import Subject
from synthlab.records import Request

Cell = tuple[str, str]
"""A class and an attribute of it."""


def attributes(subject: Subject) -> list[Measure]:
    """``attr_cover`` and ``attr_even``; empty where no row was asked for an attribute.

    Coverage is the share of (class, attribute, value) that were asked for and that a kept row has:
    a value whose rows were all dropped is missing from the set. Evenness is the entropy of the
    values over the logarithm of their number (1: all equally often), the mean over classes and
    attributes that no quota is declared for. Under ninety percent of either is to be watched, under
    two thirds is bad.
    """
    kept = [row.lineage.request for row in subject.kept if row.lineage]
    asked, got = _counts([*subject.asked, *kept]), _counts(kept)
    cells = {cell: values for cell, values in asked.items() if len(values) > 1}
    if not cells:
        return []
    # Declared groups have the shares that they are to have, which ``fairness`` measures.
    groups = {item.name for item in subject.sensitive}
    free = {cell: values for cell, values in cells.items() if cell[1] not in groups}
    even = {cell: _evenness(got[cell], len(values)) for cell, values in free.items()}
    cover = _cover(cells, got)
    return [cover, _even(even)] if even else [cover]


def _cover(cells: Mapping[Cell, Counter[str]], got: Mapping[Cell, Counter[str]]) -> Measure:
    shares = {
        cell: [value in got.get(cell, {}) for value in values] for cell, values in cells.items()
    }
    want, have = sum(map(len, shares.values())), sum(map(sum, shares.values()))
    return Measure(
        "attr_cover",
        "diversity",
        have / want,
        "higher",
        "share of values",
        f"{have:,} of {want:,} attribute values that were asked for are in the kept rows",
        _judged(have / want),
        per_class=_by_class({cell: sum(own) / len(own) for cell, own in shares.items()}),
        details={"values": want},
    )


def _even(even: Mapping[Cell, float]) -> Measure:
    value = float(np.mean(list(even.values())))
    return Measure(
        "attr_even",
        "diversity",
        value,
        "higher",
        "entropy, 0 to 1",
        f"attribute values are spread over the kept rows {value:.0%} as evenly as can be",
        _judged(value),
        per_class=_by_class(even),
    )


def _by_class(figures: Mapping[Cell, float]) -> dict[str, float]:
    """The mean over a class's attributes."""
    found: dict[str, list[float]] = defaultdict(list)
    for (label, _), value in figures.items():
        found[label].append(value)
    return {label: float(np.mean(values)) for label, values in found.items()}


def _counts(requests: Iterable[Request]) -> dict[Cell, Counter[str]]:
    found: dict[Cell, Counter[str]] = defaultdict(Counter)
    for request in requests:
        for name, value in request.attributes.items():
            found[request.label, name][value] += 1
    return found


def _evenness(counts: Counter[str], values: int) -> float:
    """Entropy with Miller's correction (1955): a few even draws never come out quite even."""
    total = counts.total()
    if not total:
        return 0.0
    shares = [count / total for count in counts.values()]
    entropy = -sum(share * math.log(share) for share in shares) + (len(shares) - 1) / (2 * total)
    return min(1.0, entropy / math.log(values))


def _judged(value: float) -> Verdict:
    return "good" if value >= 0.9 else "watch" if value >= 2 / 3 else "bad"
