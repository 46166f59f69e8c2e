"""The data files of a delivery: ``data/train-00000-of-00003.parquet`` or ``.jsonl``, as they come.

Rows are only ever added at the end, so that the first n rows of the files are the same whatever
came after them. How many of them count is written down in ``folder.py``; what a process that was
killed wrote beyond that is cut off when the next one opens the files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synthlab.errors import ConfigError, StorageError
from synthlab.records import Row
from synthlab.tracking.rowtable import WEIGHT

FORMS = ("parquet", "jsonl")
SIZE = 10_000
"""Rows of a file; the last one may have fewer."""
OWN = ("id", "label", "attributes", "lm", "candidate", WEIGHT)


def check_form(form: str) -> None:
    """Raise ``ConfigError`` unless rows can be written in this form."""
    if form not in FORMS:
        raise ConfigError(f"unknown format '{form}'", f"give one of: {', '.join(FORMS)}")


class Shards:
    """The files, open for adding.

    Args:
        folder: of the delivery; the files are in ``folder/data``.
        form: ``parquet`` or ``jsonl``.
        rows: of those that are there, so many are kept; the others are cut off.
        planned: rows that there will be in the end, for the number in the files' names.
        size: rows of a file; ``SIZE`` when 0.
        weighed: rows have weights, which are a column of their own then.

    Attributes:
        rows: how many rows the files hold.

    Raises:
        ConfigError: another form.
        StorageError: a file cannot be read or written, or holds fewer rows than it should.
    """

    def __init__(
        self,
        folder: Path,
        form: str = FORMS[0],
        rows: int = 0,
        planned: int = 0,
        size: int = 0,
        weighed: bool = False,
    ) -> None:
        check_form(form)
        self.folder, self.form, self.size = folder, form, size or SIZE
        self.weighed = weighed
        self.rows = rows
        with writing(folder):
            self._data.mkdir(parents=True, exist_ok=True)
            self._remove_rest(_count(rows, self.size))
            self._named(_count(max(rows, planned), self.size))
            self._last = self._cut()

    @property
    def files(self) -> tuple[Path, ...]:
        """What was written so far, in order."""
        return tuple(self._file(place) for place in range(_count(self.rows, self.size)))

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows; they are on disk when this returns.

        Raises:
            StorageError: they could not be written.
        """
        flat = [flatten(row, self.weighed) for row in rows]
        with writing(self.folder):
            while flat:
                room = self.size - self.rows % self.size
                self._write(self._file(self.rows // self.size), flat[:room])
                self.rows += len(flat[:room])
                flat = flat[room:]
            sync(self._data)

    def close(self) -> tuple[Path, ...]:
        """Give the files the names that go with their number, and return them."""
        with writing(self.folder):
            self._named(_count(self.rows, self.size))
        return self.files

    @property
    def bytes(self) -> tuple[int, int]:
        """Bytes of the files on disk, and of their content."""
        disk = sum(path.stat().st_size for path in self.files)
        if self.form == "jsonl":
            return disk, disk
        metadata = [pq.ParquetFile(path).metadata for path in self.files]
        return disk, sum(
            item.row_group(place).total_byte_size
            for item in metadata
            for place in range(item.num_row_groups)
        )

    def records(self) -> Iterator[dict[str, Any]]:
        """The rows, in order, as they were written."""
        return read(self.folder, self.form, self.rows)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _file(self, place: int) -> Path:
        return self._data / f"train-{place:05d}-of-{self._of:05d}.{self.form}"

    def _named(self, of: int) -> None:
        self._of = max(1, of)
        for place, path in found(self.folder, self.form).items():
            path.replace(self._file(place))

    def _remove_rest(self, count: int) -> None:
        """Files of no row that counts, and those that were not finished."""
        for place, path in found(self.folder, self.form).items():
            if place >= count:
                path.unlink()
        for draft in self._data.glob(".*.draft"):
            draft.unlink()

    def _cut(self) -> pa.Table | None:
        """Cut the last file to its rows that count; a parquet file is added to in memory."""
        if missing := [path.name for path in self.files if not path.exists()]:
            raise _lost(self.folder, missing[0])
        there = self.rows - (len(self.files) - 1) * self.size if self.rows else 0
        if not there:
            return None
        path = self.files[-1]
        if self.form == "jsonl":
            _cut_lines(path, there)
            return None
        table = pq.read_table(path)
        if table.num_rows < there:
            raise _lost(self.folder, path.name)
        if table.num_rows > there:
            table = table.slice(0, there)
            self._replace(path, table)
        return table if there < self.size else None

    def _write(self, path: Path, flat: Sequence[dict[str, Any]]) -> None:
        if self.form == "jsonl":
            _append(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in flat))
            return
        kinds = {WEIGHT: pa.float64()}
        schema = pa.schema([(name, kinds.get(name, pa.string())) for name in flat[0]])
        table = pa.Table.from_pylist(list(flat), schema)
        if self._last is not None:
            table = pa.concat_tables([self._last, table]).combine_chunks()
        self._replace(path, table)
        self._last = table if table.num_rows < self.size else None

    def _replace(self, path: Path, table: pa.Table) -> None:
        with replacing(path) as draft:
            pq.write_table(table, draft)


def found(folder: Path, form: str) -> dict[int, Path]:
    """The data files of a folder by their place, whatever number of them the names tell."""
    paths = (folder / "data").glob(f"train-?????-of-?????.{form}")
    return {int(path.name[6:11]): path for path in sorted(paths)}


def read(folder: Path, form: str, rows: int) -> Iterator[dict[str, Any]]:
    """The first ``rows`` rows of a folder, in order, as they were written."""
    return islice(_records(path for _, path in sorted(found(folder, form).items())), rows)


def _records(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        if path.suffix == ".parquet":
            for batch in pq.ParquetFile(path).iter_batches(1000):
                yield from batch.to_pylist()
        else:
            with path.open(encoding="utf-8", newline="\n") as file:
                yield from map(json.loads, file)


def flatten(row: Row, weighed: bool = False) -> dict[str, Any]:
    """A row as one flat mapping: its fields, its label, where it comes from, and its weight."""
    lineage = row.lineage
    drawn = dict(lineage.request.attributes) if lineage else {}
    return {
        "id": row.id,
        "label": row.label,
        **{column(name): str(value) for name, value in row.values.items()},
        "attributes": json.dumps(drawn, ensure_ascii=False, sort_keys=True),
        "lm": lineage.lm if lineage else "",
        "candidate": lineage.candidate if lineage else "",
        **({WEIGHT: row.weight} if weighed else {}),
    }


def columns(name: str, weighed: bool = False) -> tuple[str, ...]:
    """Every column of rows with the field ``name``, in order."""
    return tuple(flatten(Row("", {name: ""}, ""), weighed))


def column(name: str) -> str:
    """The column of a field."""
    return f"field.{name}" if name in OWN else name


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Raise ``StorageError`` in place of an error of the system."""
    try:
        yield
    except (OSError, pa.ArrowInvalid) as exc:
        number = getattr(exc, "errno", None)
        why = os.strerror(number) if number else str(exc)  # pyarrow's own text says more
        raise StorageError(
            f"cannot write {folder}: {why}",
            "free some space, or mend it, and run the same command again: it goes on from there",
        ) from exc


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A draft that takes the place of ``path`` once it is whole: readers see whole files only."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
        sync(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Let the disk have what was written, also if the power goes."""
    if os.name == "nt" and path.is_dir():
        return  # Windows does not open folders
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _append(path: Path, text: str) -> None:
    whole = path.stat().st_size if path.exists() else 0
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.truncate(path, whole)  # a reader would stumble over half a line
        raise


def _cut_lines(path: Path, count: int) -> None:
    end = 0
    with path.open("rb") as file:
        for _ in range(count):
            line = file.readline()
            if not line.endswith(b"\n"):
                raise _lost(path.parent.parent, path.name)
            end += len(line)
    if end < path.stat().st_size:
        os.truncate(path, end)


def _count(rows: int, size: int) -> int:
    return -(-rows // size)


def _lost(folder: Path, name: str) -> StorageError:
    return StorageError(
        f"{folder}: {name} has lost rows that were written",
        "bring the file back, or give a new folder with -o: answers that were paid are in the "
        "journal and are not paid again",
    )
