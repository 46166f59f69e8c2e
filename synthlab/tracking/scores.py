"""A run of ``synthlab score`` in MLflow: what was found, and that test rows were looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthlab.tracking import names, notes
from synthlab.tracking.backend import guarded, shown
from synthlab.tracking.read import reads_of_test
from synthlab.tracking.store import Store

EXPERIMENT = "scores"
FILE = "score.json"


@dataclass(frozen=True, slots=True)
class ScoreLog:
    """The MLflow run of one scoring.

    Attributes:
        reads: how often these test rows were opened in this store, this time included.
    """

    store: Store
    run_id: str
    reads: int

    def finish(self, result: Mapping[str, Any]) -> None:
        """Log what was found, and end the run.

        Raises:
            StorageError: the store cannot be written.
        """
        client = self.store.client
        with guarded(f"cannot log scores to {shown(self.store.uri)}"):
            for place, item in enumerate(result["sets"]):
                client.log_metric(
                    self.run_id, "f1", item["arms"][0]["estimate"]["value"], step=place
                )
            text = json.dumps(result, indent=2, ensure_ascii=False, default=str)
            client.log_text(self.run_id, text, FILE)
            client.set_terminated(self.run_id, "FINISHED")

    def stop(self, status: str, reason: str) -> None:
        """End the run as ``KILLED`` or ``FAILED``; the test rows stay counted as opened.

        Raises:
            StorageError: the store cannot be written.
        """
        client = self.store.client
        with guarded(f"cannot log scores to {shown(self.store.uri)}"):
            client.set_tag(self.run_id, names.NOTE, f"Stopped: {reason}"[: notes.LONGEST_NOTE])
            client.set_tag(self.run_id, names.STOPPED, reason[:500])
            client.set_terminated(self.run_id, status)


def log_score(store: Store, sets: Sequence[str], digest: str) -> ScoreLog:
    """Begin a run; from here on the test rows count as opened once more.

    Raises:
        StorageError: the store cannot be written.
    """
    tags = {
        names.KIND: "score",
        f"{names.DIGEST}test": digest,
        names.TEST_READS: "1",
        "mlflow.source.name": "synthlab score",
    }
    experiment = store.experiment(EXPERIMENT)
    with guarded(f"cannot log scores to {shown(store.uri)}"):
        run = store.client.create_run(experiment, tags=tags, run_name=" ".join(sets)[:200])
    return ScoreLog(store, run.info.run_id, reads_of_test(store, digest))
