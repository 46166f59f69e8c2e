"""What a store is asked, and MLflow's client as the one who answers.

The other one who answers is ``tables``, of databases that it knows, in a tenth of the time. Both
give the same, and raise what MLflow, SQLAlchemy or the disk does: callers are ``guarded``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from synthlab.tracking.logged import Logged, of_mlflow

PAGE = 1000
ACTIVE, ALL = 1, 3  # mlflow.entities.ViewType, which is loaded with the rest of MLflow
ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}


class Reading(Protocol):
    """Reads experiments and runs."""

    def experiments(self, deleted: bool = False) -> dict[str, str]:
        """Names by id, the newest first; with ``deleted``, also those that were deleted."""

    def runs(
        self, experiments: list[str], tags: Mapping[str, str], deleted: bool = False
    ) -> list[Logged]:
        """The runs of these experiments that have all of these tags, the newest first."""

    def run(self, run_id: str) -> Logged | None:
        """A run, also one that was deleted; None where there is none."""


class Client:
    """Reads through MLflow's client: from any store, servers included."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def experiments(self, deleted: bool = False) -> dict[str, str]:
        view = ALL if deleted else ACTIVE
        found: dict[str, str] = {}
        token = None
        while True:
            page = self._client.search_experiments(view, max_results=PAGE, page_token=token)
            found |= {item.experiment_id: item.name for item in page}
            token = page.token
            if not token:
                return found

    def runs(
        self, experiments: list[str], tags: Mapping[str, str], deleted: bool = False
    ) -> list[Logged]:
        query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        found = search(self._client, experiments, query, ALL if deleted else ACTIVE)
        return [of_mlflow(run) for run in found]

    def run(self, run_id: str) -> Logged | None:
        try:
            return of_mlflow(self._client.get_run(run_id))
        except Exception as exc:
            if getattr(exc, "error_code", "") not in ABSENT:
                raise
            return None


def search(client: Any, experiments: list[str], query: str, view: int = ACTIVE) -> list[Any]:
    """Every run, as MLflow's own object, that a query finds, the newest first."""
    found: list[Any] = []
    token = None
    while experiments:
        page = client.search_runs(
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
