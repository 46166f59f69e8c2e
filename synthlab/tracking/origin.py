"""What a store knows of a promoted version: the run's rows, its scores, its quality panel.

Runs may have been deleted, or made before something was kept: what is missing is left out.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from synthlab.comparisons import SYNTHETIC, TOPPED
from synthlab.deliveries import Origin, Reference
from synthlab.errors import SynthlabError
from synthlab.measures import Panel
from synthlab.tracking import names
from synthlab.tracking.backend import guarded
from synthlab.tracking.read import candidate_panel, fresh_panel, load_leaderboard
from synthlab.tracking.registry import Version
from synthlab.tracking.store import Store


def origin_of(store: Store, version: Version, ref: str, field: str) -> Origin:
    """A version and what can be read of its run.

    Args:
        store: where it is.
        version: of the registered model.
        ref: what was asked for, such as ``bbc-news@champion``.
        field: name of the text column of its rows.
    """
    parent, name = _run(store, version.run_id)
    board = _board(store, parent)
    return Origin(
        ref,
        version.version,
        version.run_id,
        version.tags,
        _scores(board, name, version.tags),
        _reference(store, version.run_id, field),
        _panel(store, board, name, version.run_id),
        _tags(store, parent).get(names.PRIVACY, "") if parent else "",
    )


def _run(store: Store, run_id: str) -> tuple[str, str]:
    """Its parent run and its candidate's name; empty where it is gone."""
    tags = _tags(store, run_id)
    return tags.get(names.PARENT, ""), tags.get(names.NAME, "")


def _tags(store: Store, run_id: str) -> dict[str, str]:
    """Of a run; none where it is gone."""
    try:
        with guarded(f"cannot read run {run_id}"):
            return dict(store.client.get_run(run_id).data.tags)
    except SynthlabError:
        return {}


def _board(store: Store, parent: str) -> dict[str, Any]:
    """The leaderboard of the parent run; empty where it is gone."""
    try:
        return load_leaderboard(store, parent)
    except SynthlabError:
        return {}


def _scores(
    board: Mapping[str, Any], name: str, tags: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if "f1" in tags:
        found["dev"] = {"value": float(tags["f1"]), "low": None, "high": None, "generations": 1}
    finals = board.get("finals") or {}
    for item in finals.get("finalists", ()):
        if item["name"] == name:
            found["dev"] = item["dev"]
    if board.get("winner") == name:
        for arm in finals.get("arms", ()):
            if arm["name"] in (SYNTHETIC, TOPPED):
                found["test"] = arm["estimate"]
    if any(item["name"] == name and item.get("asked") for item in board["candidates"]):
        found = {split: {**score, "topped": True} for split, score in found.items()}
    return found


def _reference(store: Store, run_id: str, field: str) -> Reference | None:
    try:
        with tempfile.TemporaryDirectory() as copy, guarded(f"cannot read rows of run {run_id}"):
            local = Path(store.client.download_artifacts(run_id, "rows", copy))
            kept = pq.read_table(local / "kept.parquet")
            dropped = pq.read_table(local / "dropped.parquet")
    except (SynthlabError, OSError):
        return None
    column = field if field in kept.column_names else f"field.{field}"
    if column not in kept.column_names:
        return None
    reasons = Counter(dropped.column("reason").to_pylist() if dropped.num_rows else ())
    texts, labels = (kept.column(item).to_pylist() for item in (column, "label"))
    return Reference(tuple(map(str, texts)), tuple(map(str, labels)), dict(reasons))


def _panel(store: Store, board: Mapping[str, Any], name: str, run_id: str) -> Panel | None:
    """Of the fresh generations, where it was measured; else of the rows that the search saw."""
    try:
        fresh = fresh_panel(store, board, name) if board else Panel()
        return fresh if fresh.measures else candidate_panel(store, run_id)
    except SynthlabError:
        return None
