"""Artifacts of a run beyond texts: which there are, and tables as DataFrames."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from synthlab.tracking.backend import guarded
from synthlab.tracking.read import missing
from synthlab.tracking.store import Store


def artifact_names(store: Store, run_id: str, folder: str) -> list[str]:
    """Paths of the files in a folder of a run's artifacts, sorted.

    Raises:
        StorageError: the store cannot be read.
    """
    with guarded(f"cannot read {folder} of run {run_id}"):
        found = store.client.list_artifacts(run_id, folder)
    return sorted(item.path for item in found if not item.is_dir)


def artifact_frame(store: Store, run_id: str, path: str) -> pd.DataFrame:
    """The parquet artifact ``path``, such as ``rows/kept.parquet``.

    Raises:
        NotFoundError: there is none.
        StorageError: the store cannot be read.
    """
    there = artifact_names(store, run_id, str(Path(path).parent))
    if path not in there:
        raise missing("artifact", path, there)
    with guarded(f"cannot read {path} of run {run_id}"), tempfile.TemporaryDirectory() as copy:
        local = store.client.download_artifacts(run_id, path, copy)
        return pd.read_parquet(local)
