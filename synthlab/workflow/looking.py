"""What only looks at a store: opening it, a run's leaderboard, MLflow's pages.

It imports no classifier, LM or figure, and MLflow only where a store can be read through nothing
else, so that a look at 500 candidates takes half a second.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthlab.errors import NotFoundError
from synthlab.measures import Panel
from synthlab.tracking.read import (
    candidate_panel,
    find_run,
    fresh_panel,
    list_runs,
    load_leaderboard,
)
from synthlab.tracking.store import Store

if TYPE_CHECKING:
    from synthlab.tracking.ui import Server

ROOT = Path("mlruns")


def open_store(uri: str | None = None) -> Store:
    """The store of this folder (``./mlruns``), or a tracking server's."""
    return Store.look(ROOT, uri)


def board(store: Store, ref: str, panels: int | None = 0) -> dict[str, Any]:
    """The leaderboard of a run by its id, or of an experiment's latest run that has one.

    Beside what ``load_leaderboard`` returns, ``skipped`` says which newer runs have none. So many
    candidates as ``panels`` says, the best first, have their whole quality panel as ``panel``
    (``Panel.as_dict``), and the winner that of its fresh generations as ``panel_fresh``, where that
    was measured; None: all. Each is a file.
    """
    run_id, skipped = _run_of(store, ref)
    found = {**load_leaderboard(store, run_id), "skipped": skipped}
    for entry in found["candidates"][:panels]:
        entry["panel"] = candidate_panel(store, entry["run_id"]).as_dict()
        fresh = Panel()
        if entry["name"] == found["winner"]:
            fresh = fresh_panel(store, found, entry["name"])
        if fresh.measures:
            entry["panel_fresh"] = fresh.as_dict()
    return found


def _run_of(store: Store, ref: str) -> tuple[str, str]:
    try:
        return find_run(store, ref)
    except NotFoundError:
        run, mark, candidate = ref.rpartition(":")
        if not (mark and run and candidate):
            raise
        find_run(store, run)  # if there is no such run, that is what is wrong
        raise NotFoundError(
            f"'{ref}' names a candidate, and this is about a whole run",
            f"name the run ({run}); two candidates are compared with: synthlab compare {ref} "
            f":OTHER{store.flag}",
        ) from None


def serve_ui(uri: str | None, port: int) -> tuple[Server, list[tuple[str, str]]]:
    """MLflow's page on a store; returns the server and ``(title, address)`` of its pages."""
    from synthlab.tracking.ui import serve
    from synthlab.tracking.views import CANDIDATES, CHARTS, RUNS, view_url

    store = open_store(uri)
    server = serve(store, port)
    pages = []
    for name in dict.fromkeys(item["experiment"] for item in list_runs(store)):
        experiment = store.experiment(name)
        for title, key in (("table", CANDIDATES), ("charts", CHARTS), ("runs", RUNS)):
            pages.append((f"{name}, {title}", view_url(store, experiment, key, server.url)))
    return server, pages or [("MLflow", server.url)]
