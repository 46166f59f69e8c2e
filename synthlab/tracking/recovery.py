"""A run whose process died without a word is ended, with the rows that it had paid for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthlab.outcomes import Candidate
from synthlab.records import Curated
from synthlab.tracking import names
from synthlab.tracking.backend import guarded, shown
from synthlab.tracking.prompts import Prompts
from synthlab.tracking.query import search
from synthlab.tracking.runs import RunLog, TrialLog
from synthlab.tracking.spool import Spool
from synthlab.tracking.store import Store

DIED = "its process ended without a word"


def end_dead(store: Store, run: Any) -> None:
    """End ``run`` and its children that say they are running as KILLED.

    The caller holds the run's lock, so that no process is writing it. Rows that wait in the spool
    become the artifact ``rows/unjudged.parquet`` of their candidate's run.

    Raises:
        StorageError: the store cannot be read or written.
    """
    experiment = store.client.get_experiment(run.info.experiment_id).name
    prompts = Prompts(store, experiment, run.info.experiment_id, run.info.run_id)
    log = RunLog(store, run.info.run_id, run.info.experiment_id, prompts)
    query = f"tags.`{names.PARENT}` = '{run.info.run_id}'"
    for child in search(store, [run.info.experiment_id], query):
        if child.info.status == "RUNNING":
            _end_child(log, child)
    if run.data.tags.get(names.KIND) == "run":
        log.stop("KILLED", DIED)
    else:
        with guarded(f"cannot end run {run.info.run_id} in {shown(store.uri)}"):
            store.client.set_terminated(run.info.run_id, "KILLED")


def _end_child(log: RunLog, child: Any) -> None:
    tags = child.data.tags
    digest = tags.get("synthlab.candidate", "")
    name = tags.get(names.NAME, child.info.run_name)
    trial = TrialLog(log, Candidate(name, "", {}, {}, "", digest), child.info.run_id)
    place = _spool(log.store.root, child.info.run_id, digest)
    spool = Spool(place) if place.exists() else None
    rows = spool.rows() if spool else ()
    trial.stop(Curated((), ()), rows, "KILLED", DIED)
    if spool:
        spool.close(delete=True)


def _spool(root: Path, run_id: str, digest: str) -> Path:
    return root / "spool" / f"{run_id}-{digest}.jsonl"
