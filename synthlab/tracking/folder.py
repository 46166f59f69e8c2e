"""What a run left, read back: its files one by one, and its children as plain records.

For readers that want much of a run, such as a report; ``read`` answers single questions. A run that
was logged by an earlier version lacks files: each reader gives None for one that is not there.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.parquet as pq

from synthlab.tracking import names, predictions
from synthlab.tracking.backend import guarded, shown
from synthlab.tracking.predictions import Predictions
from synthlab.tracking.reach import on_disk
from synthlab.tracking.store import Store

PAGE = 1000


@dataclass(frozen=True)
class Logged:
    """One run as MLflow keeps it.

    Attributes:
        kind: ``run``, ``candidate`` or ``final``.
        name: of the candidate, or of the parent run.
        started: Unix seconds.
        ended: Unix seconds; None while it runs.
        artifacts: the address of its files.
    """

    run_id: str
    kind: str
    name: str
    status: str
    started: float
    ended: float | None
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    artifacts: str


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
            known = set(pq.read_schema(local).names)
            table = pq.read_table(local, columns=[name for name in columns if name in known])
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
        StorageError: it is not there, or the store cannot be read.
    """
    with guarded(f"cannot read run {run_id} in {shown(store.uri)}"):
        return _logged(store.client.get_run(run_id))


def children(store: Store, run_id: str) -> list[Logged]:
    """The candidates of a run and the fresh generations of its finalists, oldest first.

    Raises:
        StorageError: the store cannot be read.
    """
    query = f"tags.`{names.PARENT}` = '{run_id}'"
    found: list[Logged] = []
    token = None
    with guarded(f"cannot read the candidates of run {run_id} in {shown(store.uri)}"):
        experiment = store.client.get_run(run_id).info.experiment_id
        while True:
            page = store.client.search_runs(
                [experiment],
                query,
                max_results=PAGE,
                order_by=["attributes.start_time ASC"],
                page_token=token,
            )
            found += [_logged(run) for run in page]
            token = page.token
            if not token:
                return found


def keep_text(store: Store, run_id: str, text: str, path: str) -> None:
    """Keep a text with a run that has ended.

    Raises:
        StorageError: the store cannot be written.
    """
    with guarded(f"cannot write {path} of run {run_id}"):
        store.client.log_text(run_id, text, path)


def _logged(run: Any) -> Logged:
    tags = run.data.tags
    return Logged(
        run_id=run.info.run_id,
        kind=tags.get(names.KIND, ""),
        name=tags.get(names.NAME, run.info.run_name),
        status=run.info.status,
        started=run.info.start_time / 1000,
        ended=run.info.end_time / 1000 if run.info.end_time else None,
        params=dict(run.data.params),
        tags=dict(tags),
        metrics=dict(run.data.metrics),
        artifacts=run.info.artifact_uri.removeprefix("file://"),
    )
