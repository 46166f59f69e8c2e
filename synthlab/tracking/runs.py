"""One run of synthlab in MLflow: a parent run, and a child run for each candidate.

Everything goes through the client, never through MLflow's "active run", so trials may be logged
from any thread. Every method raises ``StorageError`` when the store cannot be written; what a
candidate's rows cost is then still in the spool.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthlab.outcomes import Candidate, RunResult, Score, Trial
from synthlab.tracking import (
    artifacts,
    classifiers,
    leaderboard,
    names,
    notes,
    predictions,
    totals,
    views,
    write,
)
from synthlab.tracking.extras import Extras
from synthlab.tracking.inputs import Holdout
from synthlab.tracking.machine import Monitor
from synthlab.tracking.prompts import LINKED, Prompts, Uses, Wording, linked
from synthlab.tracking.store import Store
from synthlab.tracking.trials import TrialLog

__all__ = ["Extras", "Holdout", "RunLog", "TrialLog", "Wording"]

WINNER = "winner"
"""The alias of the prompts of an experiment's last winner."""


@dataclass(slots=True)
class RunLog:
    """The parent run."""

    store: Store
    run_id: str
    experiment_id: str
    prompts: Prompts
    classifier: str = ""
    extras: Extras = field(default_factory=Extras)
    _monitor: Monitor | None = None
    _swept: set[str] = field(default_factory=set)
    _uses: dict[str, Uses] = field(default_factory=dict)
    _open: dict[str, TrialLog] = field(default_factory=dict)
    _charted: bool = False
    _priced: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(
        cls,
        store: Store,
        experiment: str,
        run_name: str,
        config_yaml: str,
        params: Mapping[str, Any],
        tags: Mapping[str, str],
        extras: Extras | None = None,
    ) -> RunLog:
        """Create the parent run, with the resolved config as the artifact ``config.yaml``."""
        extras = extras or Extras()
        experiment_id = store.experiment(experiment)
        with write.logging(store, run_name):
            labels = {
                **tags,
                names.KIND: "run",
                names.NAME: run_name,
                "mlflow.source.name": "synthlab run",
            }
            run = store.client.create_run(experiment_id, tags=labels, run_name=run_name)
            write.log(store, run.info.run_id, params=names.flat_params(params))
            store.client.log_text(run.info.run_id, config_yaml, "config.yaml")
            run_id = run.info.run_id
            monitor = Monitor.start(store, run_id) if extras.machine else None
        prompts = Prompts(store, experiment, experiment_id, run_id)
        classifier = str(params.get("model", ""))
        return cls(store, run_id, experiment_id, prompts, classifier, extras, monitor)

    def start_trial(
        self, candidate: Candidate, params: Mapping[str, Any], kind: str = "candidate"
    ) -> TrialLog:
        """Create the child run of ``candidate``; ``params`` are logged at once.

        Args:
            candidate: of the run.
            params: its parameters.
            kind: ``candidate``, or ``final`` for the fresh generations of a finalist.
        """
        name = names.child(candidate.name, kind, self.run_id)
        tags = {
            names.PARENT: self.run_id,
            names.KIND: kind,
            names.NAME: candidate.name,
            **names.origin(candidate),
            "synthlab.candidate": candidate.digest,
            "mlflow.source.name": "synthlab run",
        }
        used = self._uses.get(candidate.name, ())  # fresh generations use what the search used
        if used:
            tags[LINKED] = linked(used)
        with write.logging(self.store, candidate.name):
            run = self.store.client.create_run(self.experiment_id, tags=tags, run_name=name)
            flat = names.flat_params(params)
            flat |= {"generator": candidate.generator, "lm": candidate.lm}
            write.log(self.store, run.info.run_id, params=flat)
        info = run.info
        log = TrialLog(self, candidate, info.run_id, info.start_time, info.artifact_uri, used)
        with self._lock:
            self._open[log.run_id] = log
            self._swept |= names.swept(candidate, flat)
        return log

    def finish(
        self,
        result: RunResult,
        description: str,
        figures: Mapping[str, bytes],
        test: Mapping[str, Sequence[Score]] | None = None,
        details: str = "",
    ) -> None:
        """Log the leaderboard and the winner, and end the run.

        Args:
            result: the run's.
            description: it in words, Markdown; what stands above the leaderboard.
            figures: PNG files by name.
            test: what the classifiers of each arm of the finals called the test rows.
            details: Markdown that stands below the leaderboard.
        """
        board = leaderboard.from_result(result)
        with write.logging(self.store, result.name), tempfile.TemporaryDirectory() as folder:
            artifacts.write_json(Path(folder, leaderboard.FILE), board)
            for arm, scores in (test or {}).items():
                predictions.write(Path(folder, predictions.of_test(arm)), scores)
            artifacts.write_figures(Path(folder), figures)
            artifacts.write_pool(Path(folder), result.pool)
            self.store.client.log_artifacts(self.run_id, folder)
            self._unwatch()
            tags = {f"{names.DIGEST}{split}": text for split, text in result.digests.items()}
            tags[names.NOTE] = notes.note([description, "", *leaderboard.table(board), "", details])
            won, ends = result.winner, {names.STOPPED: result.stopped, names.ENDING: result.ending}
            tags |= {names.WINNER: won.candidate.name, names.WINNER_RUN: won.run_id}
            tags |= {name: text[:500] for name, text in ends.items() if text}
            self.prompts.point(WINNER, self._uses.get(won.candidate.name, ()))
            write.log(self.store, self.run_id, metrics=totals.totals(result), tags=tags)
            self.store.client.set_terminated(self.run_id, board["status"])

    def classify(self, trial: Trial, model: Any) -> None:
        """Log a trial's classifier to its run; it must have seen synthetic rows alone."""
        rows = trial.score.train_rows
        about = {"classifier": self.classifier, "rows": str(rows)}
        name = trial.candidate.name
        with write.logging(self.store, name):
            place = (self.store, self.experiment_id, trial.run_id)
            model_id = classifiers.log(*place, f"{name} classifier", model, about, rows)
            if model_id:
                values = {"f1": trial.score.f1, "accuracy": trial.score.accuracy}
                write.log(self.store, trial.run_id, values, step=rows, model_id=model_id)

    def uses(self, name: str, used: Uses) -> None:
        """Take note of the prompts of a candidate."""
        with self._lock:
            self._uses[name] = used

    def _unwatch(self) -> None:
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            monitor.stop()

    def tag(self, tags: Mapping[str, str]) -> None:
        """Set or replace tags of the run."""
        with write.logging(self.store, self.run_id):
            write.log(self.store, self.run_id, tags=tags)

    def keep(self, texts: Mapping[str, str]) -> None:
        """Log texts as artifacts, by their path."""
        with write.logging(self.store, self.run_id):
            for path, text in texts.items():
                self.store.client.log_text(self.run_id, text, path)

    def stop(self, status: str, reason: str) -> None:
        """End the run, and every child run that is still open, as ``KILLED`` or ``FAILED``."""
        with self._lock:
            still_open = list(self._open)
        with write.logging(self.store, self.run_id):
            self._unwatch()
            about = {names.NOTE: f"Stopped: {reason}", names.STOPPED: reason[:500]}
            for run_id in [*still_open, self.run_id]:
                write.log(self.store, run_id, tags=about)
                self.store.client.set_terminated(run_id, status)

    def ended(self, log: TrialLog, trial: Trial | None = None) -> None:
        """Take note that a child run has ended.

        The first scored one adds the charts of classes, the first that cost money that of cost.
        """
        with self._lock:
            self._open.pop(log.run_id, None)
            if trial is None:
                return
            paid = bool(trial.usage.cost_usd)
            if self._charted and (self._priced or not paid):
                return
            if not self._charted:
                self._priced = views.priced(self.store.client, self.experiment_id)
            self._charted, self._priced = True, self._priced or paid
        classes = list(names.class_metrics(trial.score.per_class).values())
        place, swept = (self.store.client, self.experiment_id), sorted(self._swept)
        views.install(*place, classes, swept, self._priced)
