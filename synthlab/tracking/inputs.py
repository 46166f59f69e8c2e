"""What a run was fed with, as MLflow dataset inputs: the synthetic rows and the real holdout.

The holdout is known by name, size and digest only. Neither its text nor its place is uploaded; the
digest tells whether two runs were scored on the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synthlab.records import Row, digest
from synthlab.tracking.backend import Dataset, DatasetInput, InputTag, MlflowException

DIGEST_LENGTH = 16
TRIES = 5


@dataclass(frozen=True, slots=True)
class Holdout:
    """The real rows that candidates are scored on.

    Attributes:
        name: what MLflow shows, such as ``bbc-news dev``.
        rows: how many.
        digest: of their content.
    """

    name: str
    rows: int
    digest: str


def synthetic(name: str, rows: Sequence[Row], place: str) -> DatasetInput:
    """The kept rows, which lie at the artifact URI ``place``."""
    content = digest([[row.label, dict(row.values)] for row in rows], DIGEST_LENGTH)
    fields = dict.fromkeys(name for row in rows for name in row.values)
    columns = [{"type": "string", "name": name, "required": True} for name in ["label", *fields]]
    dataset = Dataset(
        name=name,
        digest=content,
        source_type="local",
        source=json.dumps({"uri": place}),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps({"num_rows": len(rows), "num_elements": len(rows) * len(columns)}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "synthetic")])


def holdout(real: Holdout) -> DatasetInput:
    """The real rows, by digest."""
    dataset = Dataset(
        name=real.name,
        digest=real.digest[:DIGEST_LENGTH],
        source_type="code",
        source=json.dumps({"tags": {"rows": str(real.rows), "digest": real.digest}}),
        profile=json.dumps({"num_rows": real.rows}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "holdout")])


def log(client: Any, run_id: str, datasets: Sequence[DatasetInput]) -> None:
    """Attach ``datasets`` to a run.

    Two runs that log the same holdout at the same moment make MLflow insert it twice, and the
    later one fails; it finds the other's entry when it tries again.
    """
    for left in reversed(range(TRIES)):
        try:
            client.log_inputs(run_id, datasets)
            return
        except MlflowException as exc:
            if not left or "IntegrityError" not in str(exc):
                raise
