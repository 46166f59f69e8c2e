"""Synthetic rows from anywhere: files -> sets of rows that can be compared, with what was done.

Files whose names differ in a trailing number only are generations of one prompt, and so are the
rows of one file with a column that says so. Nothing is trained here.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthlab.errors import DataError
from synthlab.features.words import fold_key
from synthlab.records import Row, digest
from synthlab.tasks.table import Table

_NUMBERED = re.compile(
    r"^(.+?)(?:[-_. ](?:seed|generation|gen|run|s|g|r)[-_.=]?|[-_. ]?)\d+$", re.IGNORECASE
)


@dataclass(frozen=True)
class RowSet:
    """The rows of one prompt or tool.

    Attributes:
        name: of the file, without a trailing number.
        files: where they come from.
        sets: one for each generation.
        notes: what was done to them, a sentence each.
    """

    name: str
    files: tuple[str, ...]
    sets: tuple[tuple[Row, ...], ...]
    notes: tuple[str, ...] = ()

    @property
    def smallest(self) -> int:
        """Rows of the smallest class that has any, over the generations."""
        return min(min(Counter(row.label for row in rows).values()) for rows in self.sets)


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        field: name of the text field of the rows.
        text: column of the texts.
        label: column of the classes.
        generation: column that tells generations apart; empty for none.
    """

    field: str = "text"
    text: str = "text"
    label: str = "label"
    generation: str = ""


def read_sets(
    paths: Sequence[Path], reading: Reading, labels: Sequence[str], real: Sequence[Row]
) -> list[RowSet]:
    """Read files and group their generations.

    Rows without a text, of a class that the real rows do not have, or equal to a test row (but for
    case and punctuation) are left out and counted.

    Args:
        paths: csv, tsv, jsonl or parquet files.
        reading: their columns.
        labels: classes of the real rows.
        real: the test rows.

    Raises:
        DataError: a file cannot be read, or less than two classes of it are left.
    """
    known = {fold_key(str(row.values[reading.field])) for row in real}
    groups: dict[str, list[RowSet]] = {}
    numbered = _groups(paths)
    for path in paths:
        found = _read(path, numbered[path], reading, labels, known)
        groups.setdefault(found.name, []).append(found)
    return [_joined(name, parts) for name, parts in groups.items()]


def equal_rows(found: Sequence[RowSet], per_class: int, seed: int = 0) -> list[RowSet]:
    """At most ``per_class`` rows of each class in every set, drawn at random; 0 keeps all."""
    if not per_class:
        return list(found)
    return [
        replace(item, sets=tuple(_drawn(rows, per_class, seed) for rows in item.sets))
        for item in found
    ]


def _groups(paths: Sequence[Path]) -> Mapping[Path, str]:
    """The name of each file's group: a number that only one file has stays in its name."""
    stems = {path: _NUMBERED.sub(r"\1", path.stem) or path.stem for path in paths}
    counts = Counter((path.parent, stem) for path, stem in stems.items())
    names = {
        path: stem if counts[path.parent, stem] > 1 else path.stem for path, stem in stems.items()
    }
    folders: dict[str, set[Path]] = {}
    for path, name in names.items():
        folders.setdefault(name, set()).add(path.parent)
    return {
        path: name if len(folders[name]) == 1 else f"{path.parent.name}/{name}"
        for path, name in names.items()
    }


def _read(
    path: Path, name: str, reading: Reading, labels: Sequence[str], known: set[str]
) -> RowSet:
    where = str(path)
    params = Table.Params(path=where, text=reading.text, label=reading.label)
    records = Table(params).records()
    if not records:
        raise DataError(f"{where}: no rows", "give a file with at least a row of each class")
    numbers = _numbers(where, reading, len(records))
    left_out: Counter[str] = Counter()
    sets: dict[str, list[Row]] = {}
    for place, (record, number) in enumerate(zip(records, numbers, strict=True)):
        text, label = _plain(record.text), _plain(record.label)
        reason = _reason(text, label, labels, known)
        if reason:
            left_out[reason] += 1
            continue
        row = Row(digest([where, place, text], 12), {reading.field: text}, label)
        sets.setdefault(number, []).append(row)
    notes = tuple(f"{where}: {count:,} rows left out: {why}" for why, count in left_out.items())
    if not sets:
        raise DataError(
            f"{where}: none of its {len(records):,} rows can be used: "
            + ", ".join(f"{why} ({count:,})" for why, count in left_out.items()),
            f"the real rows' classes are: {', '.join(labels)}",
        )
    return RowSet(name, (where,), tuple(tuple(rows) for rows in sets.values()), notes)


def _numbers(where: str, reading: Reading, count: int) -> list[str]:
    if not reading.generation:
        return [""] * count
    params = Table.Params(path=where, text=reading.generation, label=reading.label)
    return [_plain(record.text) for record in Table(params).records()]


def _plain(value: object) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 1 becomes 1.0 wherever a column of numbers has a gap
    return str(value).strip()


def _reason(text: str, label: str, labels: Sequence[str], known: set[str]) -> str:
    if not text:
        return "no text"
    if not label:
        return "no label"
    if label not in labels:
        return f"the real rows have no class '{label}'"
    return "a test row stands in it" if fold_key(text) in known else ""


def _joined(name: str, parts: Sequence[RowSet]) -> RowSet:
    for part in parts:
        for rows in part.sets:
            labels = {row.label for row in rows}
            if len(labels) == 1:
                raise DataError(
                    f"{part.files[0]}: usable rows of one class only ('{labels.pop()}')",
                    "a classifier needs rows of two classes or more",
                )
    return RowSet(
        name,
        tuple(file for part in parts for file in part.files),
        tuple(rows for part in parts for rows in part.sets),
        tuple(note for part in parts for note in part.notes),
    )


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
