"""MLflow's runs by a query, page after page; and every run of a store, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synthlab.tracking import names
from synthlab.tracking.backend import ViewType, guarded, shown
from synthlab.tracking.store import Store

PAGE = 1000


def search(
    store: Store, experiments: list[str], query: str, view: int = ViewType.ACTIVE_ONLY
) -> list[Any]:
    """Every MLflow run that ``query`` finds in the experiments with these ids, newest first.

    Raises:
        StorageError: the store cannot be read.
    """
    found: list[Any] = []
    token = None
    with guarded(f"cannot read {shown(store.uri)}"):
        while experiments:
            page = store.client.search_runs(
                experiments,
                query,
                view,
                max_results=PAGE,
                order_by=["attributes.start_time DESC"],
                page_token=token,
            )
            found += page
            token = page.token
            if not token:
                break
    return found


def find_runs(
    store: Store,
    experiments: list[str],
    kind: str,
    parent: str = "",
    more: str = "",
    view: int = ViewType.ACTIVE_ONLY,
) -> list[Any]:
    """MLflow runs of one kind, newest first; ``more`` narrows the query."""
    query = f"tags.`{names.KIND}` = '{kind}'{more}"
    if parent:
        query += f" and tags.`{names.PARENT}` = '{parent}'"
    return search(store, experiments, query, view)


def parents(store: Store) -> tuple[dict[str, str], list[Any]]:
    """Names of experiments by id, and all parent runs, newest first."""
    with guarded(f"cannot read {shown(store.uri)}"):
        experiments = {e.experiment_id: e.name for e in store.client.search_experiments()}
    return experiments, find_runs(store, list(experiments), "run")


def twin(run: Any) -> str:
    """The id of a run's copy in another store; empty where there is none."""
    return str(run.data.tags.get(names.SENT_RUN) or run.data.tags.get(names.LOCAL, ""))


def scored_of(store: Store, runs: Sequence[Any]) -> dict[str, int]:
    """How many candidates of each run have a score.

    A run that has ended says so. Those of another are counted, which takes as long as reading them.
    """
    found = {run.info.run_id: int(run.data.metrics.get(names.SCORED, 0)) for run in runs}
    unsaid = [run.info for run in runs if names.SCORED not in run.data.metrics]
    parent = unsaid[0].run_id if len(unsaid) == 1 else ""
    places = sorted({info.experiment_id for info in unsaid})
    counted = {info.run_id for info in unsaid}
    for child in find_runs(store, places, "candidate", parent):
        mine = child.data.tags.get(names.PARENT, "")
        if child.info.status == "FINISHED" and mine in counted:
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
            "name": run.info.run_name,
            "run_id": run.info.run_id,
            "experiment": experiments[run.info.experiment_id],
            "started": run.info.start_time / 1000,
            "status": run.info.status,
            "winner": run.data.tags.get(names.WINNER),
            "f1": run.data.metrics.get("f1"),
            "cost_usd": run.data.metrics.get("cost_usd"),
            "candidates": scored[run.info.run_id],
            "twin": twin(run),
            "unsent": run.data.tags.get(names.UNSENT, ""),
        }
        for run in runs
    ]
