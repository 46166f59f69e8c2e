"""Synthetic rows from anywhere: files -> sets of rows that can be compared, with what was done.

Which files belong to one set stands in ``rowgroups.py``; a folder is read as one file, and a column
may tell the rows of a file apart, too. Sets are cut to equal rows in ``rowcut.py``. Nothing is
trained here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from synthlab.errors import DataError
from synthlab.features.words import fold_key
from synthlab.records import Row, digest
from synthlab.tasks.rows import Record
from synthlab.tasks.table import Table
from synthlab.tracking.rowtable import WEIGHT
from synthlab.workflow.rowfolders import data_files
from synthlab.workflow.rowgroups import Group


@dataclass(frozen=True)
class RowSet:
    """The rows of one prompt or tool.

    Attributes:
        name: of the set.
        files: the file or folder of each generation; the same one where a column tells them apart.
        sets: the rows of each generation.
        notes: what was done to them, a sentence each.
    """

    name: str
    files: tuple[str, ...]
    sets: tuple[tuple[Row, ...], ...]
    notes: tuple[str, ...] = ()

    def counts(self) -> list[Counter[str]]:
        """Rows of each class that has any, of each generation."""
        return [Counter(row.label for row in rows) for rows in self.sets]

    @property
    def smallest(self) -> tuple[int, str, str]:
        """Rows of the smallest class that has any, over the generations; its file and name."""
        return min(
            (count, file, label)
            for file, counts in zip(self.files, self.counts(), strict=True)
            for label, count in counts.items()
        )


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        field: name of the text field of the rows.
        text: column of the texts.
        label: column of the classes.
        generation: column that tells generations apart; empty for none.
        weight: column of what rows count in training; empty for none; None: ``weight``, if it is
            there and holds numbers from 0.
    """

    field: str = "text"
    text: str = "text"
    label: str = "label"
    generation: str = ""
    weight: str | None = None


def read_sets(
    groups: Sequence[Group], reading: Reading, labels: Sequence[str], real: Sequence[Row]
) -> list[RowSet]:
    """Read the files of each set.

    Rows without a text, of a class that the real rows do not have, or equal to a test row (but for
    case and punctuation) are left out and counted. Copies of a row are kept and counted.

    Args:
        groups: csv, tsv, jsonl or parquet files, or folders of such.
        reading: their columns.
        labels: classes of the real rows.
        real: the test rows.

    Raises:
        DataError: a file cannot be read, or less than two classes of it are left.
    """
    known = {fold_key(str(row.values[reading.field])) for row in real}
    return [
        _joined(group.name, [_read(path, reading, labels, known) for path in group.files], reading)
        for group in groups
    ]


def _read(path: Path, reading: Reading, labels: Sequence[str], known: set[str]) -> RowSet:
    where = str(path)
    files, most = data_files(path)
    records = _records(files, reading.text, reading.label)[:most]
    if not records:
        raise DataError(f"{where}: no rows", "give a file with at least a row of each class")
    numbers: Iterable[str] = repeat("0", len(records))
    if reading.generation:
        told = _records(files, reading.generation, reading.label)[:most]
        numbers = [_plain(record.text) for record in told]
    weights, told_weights = _weights(where, files, reading)
    weights = weights[:most]
    left_out: Counter[str] = Counter()
    sets: dict[str, list[Row]] = {}
    every = zip(records, numbers, weights or repeat(1.0, len(records)), strict=True)
    for place, (record, number, weight) in enumerate(every):
        text, label = _plain(record.text), _plain(record.label)
        reason = _reason(text, label, labels, known) or ("" if number else "no generation")
        if reason:
            left_out[reason] += 1
            continue
        row = Row(digest([where, place, text], 12), {reading.field: text}, label, None, weight)
        sets.setdefault(number, []).append(row)
    notes = [f"{where}: left out {count:,}: {why}" for why, count in left_out.items()]
    notes += told_weights
    if not sets:
        raise DataError(
            f"{where}: none of its {len(records):,} rows can be used: "
            + ", ".join(f"{why} ({count:,})" for why, count in left_out.items()),
            f"give rows that are no test rows, of the classes {', '.join(labels)}",
        )
    return RowSet(
        "", (where,) * len(sets), tuple(tuple(rows) for rows in sets.values()), tuple(notes)
    )


def _records(files: Sequence[Path], text: str, label: str) -> list[Record]:
    params = [Table.Params(path=str(file), text=text, label=label) for file in files]
    return [record for one in params for record in Table(one).records()]


def _weights(where: str, files: Sequence[Path], reading: Reading) -> tuple[list[float], list[str]]:
    """What each row counts, and that in words; nothing where no column says so.

    Raises:
        DataError: the column that was named is not there, or holds no numbers from 0.
    """
    name = WEIGHT if reading.weight is None else reading.weight
    if not name or (reading.weight is None and WEIGHT in (reading.text, reading.label)):
        return [], []
    try:
        records = _records(files, name, reading.label)
    except DataError as exc:
        if reading.weight is None:
            return [], []
        raise DataError(exc.what, "name a column of numbers with --weight") from exc
    try:
        weights = [_weight(where, name, record) for record in records]
    except DataError as exc:
        if reading.weight is not None:
            raise
        return [], [f"{exc.what}: all rows count the same"]
    if all(weight == 1 for weight in weights):
        return [], []
    span = f"{min(weights):.3g} to {max(weights):.3g}"
    return weights, [f"{where}: rows count by the column '{name}' ({span})"]


def _weight(where: str, name: str, record: Record) -> float:
    try:
        found = float(record.text if isinstance(record.text, int | float | str) else "")
    except ValueError:
        found = -1.0
    if not 0 <= found < math.inf:
        raise DataError(
            f"{where}: {record.place}: the weight in column '{name}' is no number from 0",
            "correct it, or name another column with --weight",
        )
    return found


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


def _joined(name: str, parts: Sequence[RowSet], reading: Reading) -> RowSet:
    for part in parts:
        for counts in part.counts():
            if len(counts) == 1:
                raise DataError(
                    f"{part.files[0]}: usable rows of one class only ('{min(counts)}')",
                    "a classifier needs rows of two classes or more",
                )
    sets = tuple(rows for part in parts for rows in part.sets)
    notes = [note for part in parts for note in part.notes]
    files = tuple(file for part in parts for file in part.files)
    return RowSet(name, files, sets, (*notes, *_copies(name, sets, reading.field)))


def _copies(name: str, sets: Sequence[Sequence[Row]], field: str) -> list[str]:
    """Sentences on rows that are there more than once, which makes a set less than it looks."""
    distinct = [{(row.values[field], row.label) for row in rows} for rows in sets]
    notes = []
    if within := sum(map(len, sets)) - sum(map(len, distinct)):
        notes.append(
            f"{name}: {within:,} of {sum(map(len, sets)):,} rows are exact copies of another row "
            "of their generation; they were kept"
        )
    times = Counter(item for own in distinct for item in own)
    if shared := sum(count > 1 for count in times.values()):
        notes.append(
            f"{name}: {shared:,} of {len(times):,} different rows stand in more than one "
            "generation; they were kept, but such generations vary less than new ones would"
        )
    return notes
