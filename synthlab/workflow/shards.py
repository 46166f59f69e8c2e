"""Rows on disk as they come: JSON lines that are flushed, or parquet shards, and a card."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synthlab.errors import ConfigError, StorageError
from synthlab.records import Row

FORMS = ("parquet", "jsonl")


class Shards:
    """An output folder.

    Args:
        folder: must not exist or be empty.
        form: ``parquet`` (a shard a round) or ``jsonl`` (one growing file).

    Attributes:
        files: what was written so far.
        rows: how many rows they hold.

    Raises:
        ConfigError: another form.
        StorageError: the folder holds files already, or cannot be written.
    """

    def __init__(self, folder: Path, form: str = "parquet") -> None:
        if form not in FORMS:
            raise ConfigError(f"unknown format '{form}'", f"give one of: {', '.join(FORMS)}")
        self.folder = folder
        self.form = form
        self.files: list[Path] = []
        self.rows = 0
        try:
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise StorageError(f"{folder} is there already", "give a new folder with -o")
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".probe"
            probe.write_text("rows")
            probe.unlink()
        except OSError as exc:
            raise _unwritable(folder, exc) from exc

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows; they are on disk when this returns.

        Raises:
            StorageError: they could not be written.
        """
        if not rows:
            return
        flat = [flatten(row) for row in rows]
        try:
            self._jsonl(flat) if self.form == "jsonl" else self._parquet(flat)
        except OSError as exc:
            raise _unwritable(self.folder, exc) from exc
        self.rows += len(rows)

    def close(self, card: str) -> tuple[Path, ...]:
        """Write the card; returns the data files."""
        try:
            (self.folder / "README.md").write_text(card, encoding="utf-8")
        except OSError as exc:
            raise _unwritable(self.folder, exc) from exc
        return tuple(self.files)

    def _jsonl(self, flat: Sequence[dict[str, Any]]) -> None:
        path = self.folder / "rows.jsonl"
        whole = path.stat().st_size if path.exists() else 0
        try:
            with path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in flat)
        except OSError:
            os.truncate(path, whole)  # a reader would stumble over half a line
            raise
        if path not in self.files:
            self.files.append(path)

    def _parquet(self, flat: Sequence[dict[str, Any]]) -> None:
        path = self.folder / f"part-{len(self.files):05d}.parquet"
        draft = path.with_name(f".{path.name}.draft")
        try:
            pq.write_table(pa.Table.from_pylist(list(flat)), draft)
            draft.replace(path)  # who reads the folder meanwhile sees whole shards only
        finally:
            draft.unlink(missing_ok=True)
        self.files.append(path)


def flatten(row: Row) -> dict[str, Any]:
    """A row as one flat mapping: its fields, its label, and where it comes from."""
    lineage = row.lineage
    drawn = dict(lineage.request.attributes) if lineage else {}
    return {
        "id": row.id,
        "label": row.label,
        **row.values,
        "attributes": json.dumps(drawn, ensure_ascii=False, sort_keys=True),
        "lm": lineage.lm if lineage else "",
        "candidate": lineage.candidate if lineage else "",
    }


def _unwritable(folder: Path, exc: OSError) -> StorageError:
    why = os.strerror(exc.errno) if exc.errno else str(exc)  # pyarrow's own text says more
    return StorageError(
        f"cannot write {folder}: {why}", "free some space, or give another folder with -o"
    )
