"""What a run left, read back: its files one by one, and its children as plain records.

For readers that want much of a run, such as a report; ``read`` answers single questions. A run that
was logged by an earlier version lacks files: each reader gives None for one that is not there.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.parquet as pq

from synthlab.tracking import names, predictions
from synthlab.tracking.boundary import guarded, shown
from synthlab.tracking.logged import Logged
from synthlab.tracking.predictions import Predictions
from synthlab.tracking.reach import on_disk
from synthlab.tracking.read import get_run
from synthlab.tracking.store import Store


@dataclass
class Folder:
    """The files of one run; each listing is asked for once.

    Files on this machine are read where they are.

    Raises:
        StorageError: from every method, when the store cannot be read.
    """

    store: Store
    run: Logged
    _listed: dict[str, list[str]] = field(default_factory=dict)

    def names(self, folder: str = "") -> list[str]:
        """Paths of the files and folders in ``folder``; none where it is not there."""
        if folder not in self._listed:
            with guarded(f"cannot list the files of run {self.run.run_id}"):
                self._listed[folder] = self._list(folder)
        return self._listed[folder]

    def _list(self, folder: str) -> list[str]:
        place = self._local
        if place is None:
            found = self.store.client.list_artifacts(self.run.run_id, folder or None)
            return [item.path for item in found]
        here = place / folder
        return (
            sorted(str(PurePosixPath(folder, item.name)) for item in here.iterdir())
            if here.is_dir()
            else []
        )

    @property
    def _local(self) -> Path | None:
        return None if self.store.is_server else on_disk(self.run.artifacts)

    def text(self, path: str) -> str | None:
        """A file's text, as UTF-8."""
        with tempfile.TemporaryDirectory() as copy:
            local = self._fetch(path, copy)
            if local is None:
                return None
            return local.read_text(encoding="utf-8", errors="replace")

    def json(self, path: str) -> Any:
        """A JSON file."""
        text = self.text(path)
        return None if text is None else json.loads(text)

    def rows(self, path: str, columns: Sequence[str]) -> list[dict[str, Any]] | None:
        """A parquet file, one object a row; of ``columns``, those that it has."""
        with tempfile.TemporaryDirectory() as copy:
            local = self._fetch(path, copy)
            if local is None:
                return None
            with pq.ParquetFile(local) as file:
                known = set(file.schema_arrow.names)
                table = file.read(columns=[name for name in columns if name in known])
            found: list[dict[str, Any]] = table.to_pylist()
            return found

    def calls(self, path: str) -> Predictions | None:
        """What classifiers called real rows."""
        with tempfile.TemporaryDirectory() as copy:
            local = self._fetch(path, copy)
            return None if local is None else predictions.read(local)

    def _fetch(self, path: str, copy: str) -> Path | None:
        parent = str(PurePosixPath(path).parent)
        if path not in self.names("" if parent == "." else parent):
            return None
        if self._local is not None:
            return self._local / path
        with guarded(f"cannot read {path} of run {self.run.run_id}"):
            return Path(self.store.client.download_artifacts(self.run.run_id, path, copy))


def logged(store: Store, run_id: str) -> Logged:
    """A run by its id.

    Raises:
        NotFoundError: it is not there.
        StorageError: the store cannot be read.
    """
    return get_run(store, run_id)


def children(store: Store, run_id: str) -> list[Logged]:
    """The candidates of a run and the fresh generations of its finalists, oldest first.

    Raises:
        NotFoundError: there is no such run.
        StorageError: the store cannot be read.
    """
    experiment = get_run(store, run_id).experiment
    with guarded(f"cannot read the candidates of run {run_id} in {shown(store.uri)}"):
        found = store.reading.runs([experiment], {names.PARENT: run_id})
    return sorted(found, key=lambda run: (run.started, run.run_id))


def keep_text(store: Store, run_id: str, text: str, path: str) -> None:
    """Keep a text with a run that has ended.

    Raises:
        StorageError: the store cannot be written.
    """
    with guarded(f"cannot write {path} of run {run_id}"):
        store.client.log_text(run_id, text, path)
