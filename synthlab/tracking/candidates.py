"""What a candidate's classifiers called each dev row: of its search, or of fresh generations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlab.errors import NotFoundError
from synthlab.tracking import names, predictions
from synthlab.tracking.evidence import calls_at
from synthlab.tracking.predictions import Predictions
from synthlab.tracking.read import find_runs, get_run
from synthlab.tracking.store import Store


def candidate_calls(
    store: Store, run_id: str, entry: Mapping[str, Any]
) -> tuple[Predictions, bool]:
    """What a candidate's classifiers called the dev rows.

    Args:
        store: where the run is.
        run_id: the parent run.
        entry: the candidate's, of the leaderboard.

    Returns:
        The calls, and whether they are of fresh generations.

    Raises:
        NotFoundError: the run was made before calls were kept.
        StorageError: the store cannot be read.
    """
    parent = get_run(store, run_id)
    finals = find_runs(store, [parent.experiment], "final", parent=run_id)
    fresh = [
        run.run_id
        for run in finals
        if run.tags.get(names.NAME) == entry["name"] and run.status == "FINISHED"
    ]
    place = fresh[0] if fresh else str(entry["run_id"])
    found = calls_at(store, place, predictions.DEV)
    if found is None:
        raise NotFoundError(
            f"run {place} did not keep what its classifier called each dev row",
            "run it again: answers come from the journal, and cost nothing",
        )
    return found, bool(fresh)
