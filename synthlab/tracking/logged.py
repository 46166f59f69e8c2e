"""One run as MLflow keeps it, as a plain record: what every reader of a store works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthlab.tracking import names


@dataclass(frozen=True)
class Logged:
    """A run.

    Attributes:
        title: what MLflow lists it as; it can be changed in the UI.
        experiment: the id of its experiment.
        status: ``RUNNING``, ``FINISHED``, ``FAILED`` or ``KILLED``.
        started: Unix seconds.
        ended: Unix seconds; None while it runs.
        metrics: the last value of each.
        artifacts: the address of its files; a folder's path for files on a disk.
    """

    run_id: str
    title: str
    experiment: str
    status: str
    started: float
    ended: float | None
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    artifacts: str

    @property
    def kind(self) -> str:
        """``run``, ``candidate``, ``final`` or ``score``."""
        return self.tags.get(names.KIND, "")

    @property
    def name(self) -> str:
        """Of the candidate, or of the whole run."""
        return self.tags.get(names.NAME, self.title)

    @property
    def twin(self) -> str:
        """The id of its copy in another store; empty where there is none."""
        return self.tags.get(names.SENT_RUN) or self.tags.get(names.LOCAL, "")


def of_mlflow(run: Any) -> Logged:
    """MLflow's own object of a run as a record."""
    info, data = run.info, run.data
    return Logged(
        run_id=info.run_id,
        title=info.run_name,
        experiment=info.experiment_id,
        status=info.status,
        started=info.start_time / 1000,
        ended=info.end_time / 1000 if info.end_time else None,
        params=dict(data.params),
        tags=dict(data.tags),
        metrics=dict(data.metrics),
        artifacts=info.artifact_uri.removeprefix("file://"),
    )
