"""The journal's calls as one file, for other tools: JSON lines, CSV or parquet by its ending."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synthlab.errors import ConfigError, StorageError
from synthlab.lm.journal.query import Calls
from synthlab.lm.journal.tables import CALLS

PAGE = 1000
FIELDS = [column.name for column in CALLS.columns]
TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


def export_calls(calls: Calls, path: Path) -> int:
    """Write every call, page by page; returns how many.

    Raises:
        ConfigError: another ending.
        StorageError: the file or the journal cannot be used.
    """
    writers = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
    if path.suffix not in writers:
        raise ConfigError(f"cannot export to '{path}'", f"end it in {', '.join(writers)}")
    count = itertools.count()
    rows = (row for row in calls.each() if next(count) >= 0)
    part = path.with_name(f"{path.name}.part")
    write: Callable[[Iterator[dict[str, Any]], Path], None] = writers[path.suffix]
    try:
        write(rows, part)
        part.replace(path)
    except OSError as exc:
        raise StorageError(
            f"cannot write {path}: {exc.strerror}", "free some space, or give another file"
        ) from exc
    return next(count)


def _jsonl(rows: Iterator[dict[str, Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _csv(rows: Iterator[dict[str, Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)


def _parquet(rows: Iterator[dict[str, Any]], path: Path) -> None:
    schema = pa.schema([(c.name, TYPES[c.type.python_type]) for c in CALLS.columns])
    with pq.ParquetWriter(path, schema) as writer:
        while page := list(itertools.islice(rows, PAGE)):
            writer.write_table(pa.Table.from_pylist(page, schema))
