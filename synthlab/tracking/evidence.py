"""What a promotion reads of a run beside its leaderboard, and the report that it leaves there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from synthlab.errors import NotFoundError
from synthlab.outcomes import Score
from synthlab.tracking import names, predictions
from synthlab.tracking.boundary import guarded, shown
from synthlab.tracking.predictions import Predictions
from synthlab.tracking.read import artifact_file
from synthlab.tracking.store import Store

CONFIG = "config.yaml"
KEPT = "rows/kept.parquet"
REPORT, WORDS = "promotion.json", "promotion.md"
RESCORED = "predictions/rescored-{side}.parquet"


def parent_of(store: Store, run_id: str) -> str:
    """The run that a candidate's run belongs to; empty where there is no such run any more."""
    with guarded(f"cannot read run {run_id} in {shown(store.uri)}"):
        found = store.reading.run(run_id)
    return found.tags.get(names.PARENT, "") if found else ""


def text_at(store: Store, run_id: str, path: str) -> str | None:
    """The text of an artifact, or None where there is none."""
    with suppress(NotFoundError), artifact_file(store, run_id, path) as found:
        return found.read_text(encoding="utf-8")
    return None


def calls_at(store: Store, run_id: str, path: str) -> Predictions | None:
    """What classifiers called real rows, as ``predictions.write`` left it; None where it did not.

    Args:
        store: where the run is.
        run_id: the run that has the file: a candidate's, its fresh generations', or the whole run.
        path: ``predictions.DEV``, or ``predictions.of_test`` of an arm.
    """
    with suppress(NotFoundError), artifact_file(store, run_id, path) as found:
        return predictions.read(found)
    return None


def fetch(store: Store, run_id: str, path: str, folder: Path) -> Path | None:
    """A copy of an artifact in ``folder``, or None where there is none."""
    doing = f"cannot read {path} of run {run_id}"
    with suppress(NotFoundError), artifact_file(store, run_id, path) as found, guarded(doing):
        return Path(shutil.copy(found, folder))
    return None


def log_promotion(
    store: Store,
    run_id: str,
    report: Mapping[str, Any],
    words: str,
    rescored: Mapping[str, Sequence[Score]] | None = None,
) -> None:
    """Leave the report with the candidate's run, which has ended and stays as it is.

    Args:
        store: where the run is.
        run_id: the candidate's.
        report: plain data.
        words: it in Markdown.
        rescored: what was scored again for it, by whose rows they are.
    """
    from synthlab.tracking import artifacts

    with guarded(f"cannot log the promotion to run {run_id}"), tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp)
        artifacts.write_json(folder / REPORT, report)
        (folder / WORDS).write_text(words, encoding="utf-8")
        for side, scores in (rescored or {}).items():
            predictions.write(folder / RESCORED.format(side=side), scores)
        store.client.log_artifacts(run_id, str(folder))
