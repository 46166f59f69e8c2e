"""The runs of a store: by kind and parent, and every run as a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.tracking import names, reading
from synthlab.tracking.boundary import guarded, shown
from synthlab.tracking.logged import Logged
from synthlab.tracking.store import Store


def search(store: Store, experiments: list[str], query: str) -> list[Any]:
    """Every MLflow run that ``query`` finds in the experiments with these ids, newest first.

    For those who write: it goes through MLflow, and gives MLflow's own objects.

    Raises:
        StorageError: the store cannot be read.
    """
    with guarded(f"cannot read {shown(store.uri)}"):
        return reading.search(store.client, experiments, query)


def find_runs(
    store: Store,
    experiments: list[str],
    kind: str,
    parent: str = "",
    more: Mapping[str, str] | None = None,
    deleted: bool = False,
) -> list[Logged]:
    """Runs of one kind, newest first; those that have the tags ``more``.

    Raises:
        StorageError: the store cannot be read.
    """
    tags = {names.KIND: kind, **({names.PARENT: parent} if parent else {}), **(more or {})}
    with guarded(f"cannot read {shown(store.uri)}"):
        return store.reading.runs(experiments, tags, deleted)


def parents(store: Store) -> tuple[dict[str, str], list[Logged]]:
    """Names of experiments by id, and all parent runs, newest first."""
    with guarded(f"cannot read {shown(store.uri)}"):
        experiments = store.reading.experiments()
    return experiments, find_runs(store, list(experiments), "run")


def scored_of(store: Store, runs: Sequence[Logged]) -> dict[str, int]:
    """How many candidates of each run have a score.

    A run that has ended says so. Those of another are counted, which takes as long as reading them.
    """
    found = {run.run_id: int(run.metrics.get(names.SCORED, 0)) for run in runs}
    unsaid = [run for run in runs if names.SCORED not in run.metrics]
    parent = unsaid[0].run_id if len(unsaid) == 1 else ""
    places = sorted({run.experiment for run in unsaid})
    counted = {run.run_id for run in unsaid}
    for child in find_runs(store, places, "candidate", parent):
        mine = child.tags.get(names.PARENT, "")
        if child.status == "FINISHED" and mine in counted:
            found[mine] += 1
    return found


def list_runs(store: Store) -> list[dict[str, Any]]:
    """Every run, newest first.

    Returns:
        One ``{"name", "run_id", "experiment", "started" (Unix seconds), "status", "winner", "f1",
        "cost_usd", "candidates", "twin", "unsent"}`` a run; what is not known is None,
        ``candidates`` counts the finished ones. ``twin`` is the run's id in the store that it was
        sent to or came from, ``unsent`` the address that it has not reached; else they are empty.
    """
    experiments, runs = parents(store)
    scored = scored_of(store, runs)
    return [
        {
            "name": run.title,
            "run_id": run.run_id,
            "experiment": experiments[run.experiment],
            "started": run.started,
            "status": run.status,
            "winner": run.tags.get(names.WINNER),
            "f1": run.metrics.get("f1"),
            "cost_usd": run.metrics.get("cost_usd"),
            "candidates": scored[run.run_id],
            "twin": run.twin,
            "unsent": run.tags.get(names.UNSENT, ""),
        }
        for run in runs
    ]
