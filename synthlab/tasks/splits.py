"""Real rows into seed, dev and sealed test: seeded, stratified, disjoint.

The same rows give the same splits in any order and in any process. Which row goes where is worked
out in ``stratify.py``; here stand what the user may ask for and what comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from synthlab.errors import DataError
from synthlab.features.near import near_groups
from synthlab.records import Row, digest
from synthlab.tasks.base import Source, SplitSizes
from synthlab.tasks.caps import capped, caps_of
from synthlab.tasks.seal import SealedTest
from synthlab.tasks.stratify import DEV, LEAST, SEED, TEST, Sizes, assign, quotas, rank


@dataclass(frozen=True)
class Splits:
    """The real rows of a run.

    Attributes:
        labels: every class, sorted.
        field: name of the text field in ``Row.values``.
        seed: rows that prompts may show.
        dev: rows that steer the search; never in a prompt.
        test: rows for the finals.
        digests: hash of the row ids of ``seed``, ``dev``, ``test`` and ``all`` (of the source).
        notes: the source's notes and those of the split, a sentence each.
    """

    labels: tuple[str, ...]
    field: str
    seed: tuple[Row, ...]
    dev: tuple[Row, ...]
    test: SealedTest
    digests: Mapping[str, str]
    notes: tuple[str, ...]


def make_splits(source: Source, sizes: SplitSizes) -> Splits:
    """Split ``source`` by ``sizes``; rows come back sorted by id.

    Near-duplicates stay on one side. Seed takes what dev and test leave, so no row is lost unless
    ``seed_per_class`` says so.

    Raises:
        DataError: sizes that make no sense, or too few rows in a class (1 in seed, 2 in dev and
            2 in test are needed), or ``seed_per_class`` names an unknown class.
    """
    rows = sorted(source.rows, key=lambda row: row.id)
    _check_ids(rows, source.origin)
    wanted = _wanted(len(rows), sizes)
    labels = [row.label for row in rows]
    caps = caps_of(sizes.seed_per_class, sorted(set(labels)))
    plan = quotas(Counter(labels), wanted, source.origin)
    groups = near_groups([str(row.values[source.field]) for row in rows], sizes.near_duplicate)
    places = assign([row.id for row in rows], labels, groups, plan, sizes.seed)
    sides = {name: [r for r, at in zip(rows, places, strict=True) if at == name] for name in plan}
    _check_sides(sides, sorted(set(labels)), source.origin)
    notes = [*source.notes, *_notes(sides, wanted, groups)]
    order = sorted(sides[SEED], key=lambda row: rank(row.id, sizes.seed))
    seed = capped(order, caps, notes)
    test = SealedTest(sides[TEST], source.field)
    digests = {SEED: _digest(seed), DEV: _digest(sides[DEV]), TEST: test.digest}
    digests["all"] = _digest(rows)
    return Splits(
        labels=tuple(sorted(set(labels))),
        field=source.field,
        seed=tuple(seed),
        dev=tuple(sides[DEV]),
        test=test,
        digests=MappingProxyType(digests),
        notes=tuple(notes),
    )


def _digest(rows: Sequence[Row]) -> str:
    return digest(sorted(row.id for row in rows))


def _check_ids(rows: Sequence[Row], origin: str) -> None:
    if not rows:
        raise DataError(f"{origin}: no rows to split", "give rows of two classes or more")
    if len({row.id for row in rows}) < len(rows):
        raise DataError(
            f"{origin}: two rows have the same id",
            "make the rows with synthlab.tasks.rows.build_source, which removes duplicates",
        )


def _wanted(total: int, sizes: SplitSizes) -> Sizes:
    if not 0 < sizes.near_duplicate <= 1:
        raise DataError(
            f"near_duplicate is {sizes.near_duplicate}", "give a similarity above 0, at most 1"
        )
    return Sizes(dev=_rows(sizes.dev, DEV, total), test=_rows(sizes.test, TEST, total))


def _rows(size: float | int, name: str, total: int) -> int:
    if isinstance(size, float):
        if not 0 < size < 1:
            raise DataError(
                f"{name} is {size}", "give a share between 0 and 1, or a whole number of rows"
            )
        return round(size * total)
    if isinstance(size, bool) or size < 1:
        raise DataError(f"{name} is {size}", "give a share between 0 and 1, or 1 row and more")
    return size


def _check_sides(sides: Mapping[str, Sequence[Row]], labels: Sequence[str], origin: str) -> None:
    """Groups that are too large to be placed can leave a split without a class."""
    for name, least in LEAST.items():
        counts = Counter(row.label for row in sides[name])
        for label in labels:
            if counts[label] < least:
                raise DataError(
                    f"{origin}: class '{label}' gets {counts[label]} rows in {name} and needs "
                    f"{least}: too many of its rows are near-duplicates, which stay together",
                    "set near_duplicate closer to 1, or add rows that differ",
                )


def _notes(sides: Mapping[str, Sequence[Row]], wanted: Sizes, groups: Sequence[int]) -> list[str]:
    notes = []
    together = [size for size in Counter(groups).values() if size > 1]
    if together:
        notes.append(
            f"{sum(together)} near-duplicate rows in {len(together)} groups, each kept in one split"
        )
    for name, size in ((DEV, wanted.dev), (TEST, wanted.test)):
        if len(sides[name]) != size:
            notes.append(
                f"{name} holds {len(sides[name])} rows, not {size}: near-duplicates stay together"
            )
    return notes
