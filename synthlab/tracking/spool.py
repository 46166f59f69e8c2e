"""Rows that were paid for, on disk from the moment they exist.

One JSON line a row, until the rows are in MLflow. It outlives a crash and Ctrl-C; when its own
disk fills up, all rows so far go to another folder and the error names the file.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from io import RawIOBase
from pathlib import Path
from typing import Any

from synthlab.errors import StorageError
from synthlab.records import Lineage, Request, Row, Usage
from synthlab.tracking.backend import guarded


class Spool:
    """An append-only file of rows; ``add`` may be called from any thread.

    A file that is there already is read first, so a spool goes on where a crash left it.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path``.

        Raises:
            StorageError: the folder cannot be written.
        """
        self.path = path
        self._lock = threading.Lock()
        self._cause: OSError | None = None
        self._rescue: Path | None = None
        with guarded(f"cannot keep rows in {path}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._rows = _read(path) if path.exists() else []
            # Unbuffered: a row is in the file when ``add`` returns, and closing cannot fail late.
            self._file: RawIOBase = path.open("ab", buffering=0)

    @classmethod
    def at(cls, root: Path, run_id: str, candidate: str) -> Spool:
        """The spool of one candidate (its digest) of one run, in the store's folder ``root``."""
        return cls(root / "spool" / f"{run_id}-{candidate}.jsonl")

    def add(self, row: Row) -> None:
        """Append ``row``.

        Raises:
            StorageError: it could not be written; the message names the file with all rows so far.
        """
        line = _line(row)
        with self._lock:
            self._rows.append(row)
            try:
                if self._cause is not None:  # the file may end in half a line: no row goes there
                    raise self._cause
                if self._file.write(line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError as exc:
                self._cause = exc
                raise self._rescued(exc) from exc

    @property
    def place(self) -> Path | None:
        """The file that holds all rows so far; None when no disk could take them."""
        return self.path if self._cause is None else self._rescue

    def rows(self) -> tuple[Row, ...]:
        """Every row so far."""
        with self._lock:
            return tuple(self._rows)

    def close(self, delete: bool) -> None:
        """Close the file; ``delete`` it once its rows are in MLflow."""
        with self._lock, guarded(f"cannot close {self.path}"):
            self._file.close()
            if delete:
                self.path.unlink(missing_ok=True)

    def _rescued(self, cause: OSError) -> StorageError:
        what = f"cannot write rows to {self.path}: {cause.strerror or cause}"
        content = b"".join(map(_line, self._rows))
        self._rescue = _rescue(content, self._rescue)
        if self._rescue is None:
            return StorageError(what, "free some space; no other folder could hold the rows so far")
        # No number of rows: calls in flight may bring more before this is read.
        return StorageError(
            what, f"free some space and run again; the rows so far are in {self._rescue}"
        )


def _rescue(content: bytes, before: Path | None) -> Path | None:
    """The file that now holds ``content``: that of ``before``, or a new one where there is room."""
    if before is not None:
        with suppress(OSError):
            return _new(before.parent, content).replace(before)
    for folder in (tempfile.gettempdir, Path.cwd):
        with suppress(OSError):
            return _new(folder(), content)
    return None


def _new(folder: str | Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(".jsonl", "synthlab-rows-", folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)


def _line(row: Row) -> bytes:
    text = json.dumps(asdict(row), ensure_ascii=False, default=str)
    return f"{text}\n".encode("utf-8", "replace")


def _read(path: Path) -> list[Row]:
    """The rows of whole lines; a crash can leave half a line at the end, which is cut off."""
    good: list[Row] = []
    whole = 0
    with path.open("rb") as file:
        for line in file:
            try:
                good.append(_row(json.loads(line)))
            except (ValueError, KeyError, TypeError):
                break
            whole += len(line)
    if whole < path.stat().st_size:
        with path.open("r+b") as file:
            file.truncate(whole)
    return good


def _row(data: Mapping[str, Any]) -> Row:
    line = data["lineage"]
    lineage = None
    if line is not None:
        request = Request(**{**line["request"], "shown": tuple(line["request"]["shown"])})
        lineage = Lineage(
            line["candidate"], line["lm"], line["call"], request, Usage(**line["usage"])
        )
    # A line of before rows had weights has none.
    return Row(data["id"], data["values"], data["label"], lineage, data.get("weight", 1.0))
