"""MLflow's runs by a query, page after page."""

from __future__ import annotations

from typing import Any

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
