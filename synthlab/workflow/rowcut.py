"""Sets of rows cut to equal numbers a class, and what that leaves of them, in words."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synthlab.records import Row
from synthlab.workflow.rowfiles import RowSet

LITTLE = 0.2
"""Where less than this share of a set is left, its score says little of the whole set."""

MOST = 20_000
"""Rows of a generation that are taken unless more are asked for: a set then takes two minutes."""


@dataclass(frozen=True)
class Cut:
    """Sets in equal rows.

    Attributes:
        sets: with at most ``per_class`` rows of each class in each generation.
        per_class: 0 where nothing was cut on purpose.
        notes: what was cut and what is not equal all the same, a sentence each.
    """

    sets: list[RowSet]
    per_class: int
    notes: list[str]


def equal_rows(
    found: Sequence[RowSet], labels: Sequence[str], asked: int | None = None, seed: int = 0
) -> Cut:
    """Draw equal rows of each class from every set, at random.

    Args:
        found: the sets.
        labels: every class.
        asked: rows a class; None: as many as the smallest class of any set has, and at most
            ``MOST`` over all classes; 0: all.
        seed: of the draws.
    """
    if asked == 0:
        return Cut(list(found), 0, _unequal(found, labels, 0))
    fewest, file, label = min(item.smallest for item in found)
    most = max(1, MOST // len(labels))
    per_class = min(fewest, most) if asked is None else asked
    sets = [
        replace(item, sets=tuple(_drawn(rows, per_class, seed) for rows in item.sets))
        for item in found
    ]
    notes = []
    if sets != list(found):
        why = "" if asked else f": {file} has no more of {label}"
        if asked is None and fewest > most:
            why = ", so that this ends in minutes: --rows N takes more, --rows 0 all"
        notes.append(f"every set was cut to at most {_rows(per_class)} a class{why}")
    notes += [note for pair in zip(found, sets, strict=True) for note in _little(*pair)]
    return Cut(sets, per_class, notes + _unequal(sets, labels, per_class))


def _little(before: RowSet, after: RowSet) -> list[str]:
    whole, left = (sum(len(rows) for rows in item.sets) for item in (before, after))
    if left >= LITTLE * whole:
        return []
    return [
        f"beware: only {left:,} of the {whole:,} rows of {before.name} ({left / whole:.1%}) are "
        "judged"
    ]


def _unequal(sets: Sequence[RowSet], labels: Sequence[str], per_class: int) -> list[str]:
    """Sentences on classes that have fewer rows than asked for, or than those of other sets."""
    fewest = {
        item.name: [min(counts[label] for counts in item.counts()) for label in labels]
        for item in sets
    }
    notes = []
    for name, own in fewest.items():
        pairs = list(zip(labels, own, strict=True))
        if missing := [label for label, count in pairs if not count]:
            notes.append(f"{name}: no row of {', '.join(missing)}, whose F1 is 0")
        short = [f"{_rows(count)} of {label}" for label, count in pairs if 0 < count < per_class]
        if short:
            notes.append(f"{name}: only {', '.join(short)}, fewer than {per_class:,} a class")
    if len({tuple(own) for own in fewest.values()}) > 1:
        sizes = ", ".join(f"{name} {sum(own):,}" for name, own in fewest.items())
        notes.append(
            f"beware: the sets are not equal in rows ({sizes}), so they differ by that, too"
        )
    return notes


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _drawn(rows: Sequence[Row], per_class: int, seed: int) -> tuple[Row, ...]:
    """In the file's order; which rows are drawn depends on the seed and on how many there are."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.label, []).append(place)
    kept = set()
    for label, own in places.items():
        rng = random.Random(f"{seed}/{label}")
        kept.update(own if len(own) <= per_class else rng.sample(own, per_class))
    return tuple(row for place, row in enumerate(rows) if place in kept)
