"""Vectors of texts, kept in one SQLite file that outlives processes and is shared by them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthlab.errors import StorageError

_MANY = 500  # SQLite takes at most 999 placeholders in old versions
_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (model TEXT NOT NULL, text BLOB NOT NULL, "
    "vector BLOB NOT NULL, PRIMARY KEY (model, text)) WITHOUT ROWID"
)

_SELECT = "SELECT text, vector FROM vectors WHERE model = ? AND text IN ({})"


class VectorStore:
    """Vectors by what made them and by the digest of the text; texts themselves are not kept.

    Each call opens the file and closes it, so that a store can be used by any thread and process.

    Args:
        path: the SQLite file; made when something is put.
        model: everything but the text that a vector depends on.
    """

    def __init__(self, path: Path, model: str) -> None:
        self.path = path
        self.model = model

    def get(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors that are known, by text.

        Raises:
            StorageError: the file cannot be read.
        """
        if not self.path.exists():
            return {}
        by_digest = {_digest(text): text for text in texts}
        wanted, found = list(by_digest), {}
        try:
            with closing(self._open()) as db:
                for start in range(0, len(wanted), _MANY):
                    part = wanted[start : start + _MANY]
                    query = _SELECT.format(",".join("?" * len(part)))
                    for digest, vector in db.execute(query, (self.model, *part)):
                        found[by_digest[digest]] = np.frombuffer(vector, "<f4")
        except sqlite3.Error as exc:
            raise self._error(exc) from exc
        return found

    def put(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors; a text that another process has put meanwhile keeps its first vector.

        Raises:
            StorageError: the file cannot be written.
        """
        rows = [
            (self.model, _digest(text), np.asarray(vector, "<f4").tobytes())
            for text, vector in vectors.items()
        ]
        try:
            with closing(self._open()) as db, db:
                db.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)
        except sqlite3.Error as exc:
            raise self._error(exc) from exc

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=60)
        db.execute(_TABLE)
        return db

    def _error(self, exc: sqlite3.Error) -> StorageError:
        return StorageError(
            f"the store of embeddings {self.path} cannot be used: {exc}",
            "remove the file (it can be made again), or set XDG_CACHE_HOME to another folder",
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
