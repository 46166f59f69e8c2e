"""One run of synthlab in MLflow: a parent run, and a child run for each candidate.

Everything goes through the client, never through MLflow's "active run", so trials may be logged
from any thread. Every method raises ``StorageError`` when the store cannot be written; what a
candidate's rows cost is then still in the spool.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthlab.outcomes import Candidate, Near, RunResult, Score, Trial, shortage
from synthlab.records import Curated, Row, Usage, usage_of
from synthlab.tracking import artifacts, inputs, leaderboard, names, predictions, rowtable, views
from synthlab.tracking.backend import Metric, Param, RunTag, guarded, shown
from synthlab.tracking.inputs import Holdout
from synthlab.tracking.store import Store

__all__ = ["Holdout", "RunLog", "TrialLog"]

BATCH = 100  # MLflow's limit of params and tags in one request


@dataclass(slots=True)
class TrialLog:
    """The child run of one candidate, from its start to ``finish`` or ``stop``."""

    run: RunLog
    candidate: Candidate
    run_id: str

    def rung(self, trial: Trial) -> None:
        """Log the score of a rung of a race: the charts draw it over the number of rows."""
        store = self.run.store
        with _logging(store, self.candidate.name):
            _log(store, self.run_id, metrics={"f1": trial.score.f1}, step=trial.score.train_rows)

    def finish(
        self,
        trial: Trial,
        figures: Mapping[str, bytes],
        holdout: Holdout,
        spare: Sequence[Row] = (),
        near: Near | None = None,
    ) -> None:
        """Log everything of ``trial`` and end the run.

        Args:
            trial: the candidate's.
            figures: PNG files by name.
            holdout: the rows that it was scored on.
            spare: rows that were paid for and are in no trial.
            near: how near its rows are to real ones.
        """
        store = self.run.store
        with _logging(store, self.candidate.name), tempfile.TemporaryDirectory() as folder:
            artifacts.write_trial(Path(folder), trial, figures, spare, near)
            store.client.log_artifacts(self.run_id, folder)
            place = store.client.get_run(self.run_id).info.artifact_uri
            rows = inputs.synthetic(
                f"{trial.candidate.name} rows", trial.curated.kept, f"{place}/rows/kept.parquet"
            )
            inputs.log(store.client, self.run_id, [rows, inputs.holdout(holdout)])
            tags = {names.NOTE: names.describe(trial, holdout.name, holdout.rows)}
            if trial.short:
                tags[names.SHORT] = shortage(trial.short, trial.rows_per_class)
            if trial.out:
                tags[names.OUT] = trial.out[:500]
            # The step is the number of rows, so that a race's rungs are points of one line.
            step = trial.score.train_rows
            _log(store, self.run_id, metrics=names.metrics(trial), tags=tags, step=step)
            store.client.set_terminated(self.run_id, "FINISHED")
        self.run.ended(self, trial)

    def finish_final(self, sets: Sequence[Curated], dev: Sequence[Score], holdout: Holdout) -> None:
        """Log a finalist's fresh generations and end the run; a metric's step is the generation."""
        store = self.run.store
        with _logging(store, self.candidate.name), tempfile.TemporaryDirectory() as folder:
            artifacts.write_sets(Path(folder), sets)
            predictions.write(Path(folder, predictions.DEV), dev)
            store.client.log_artifacts(self.run_id, folder)
            inputs.log(store.client, self.run_id, [inputs.holdout(holdout)])
            for number, (made, score) in enumerate(zip(sets, dev, strict=True), 1):
                found = {"f1": score.f1, "rows": len(made.kept), "dropped": len(made.dropped)}
                usage = names.usage_metrics(usage_of(made.rows))
                metrics = names.known({**found, **usage})
                _log(store, self.run_id, metrics=metrics, step=number)
            note = names.describe_fresh([score.f1 for score in dev], len(sets[0].kept))
            mean = sum(score.f1 for score in dev) / len(dev)
            _log(store, self.run_id, metrics={"f1_mean": mean}, tags={names.NOTE: note})
            store.client.set_terminated(self.run_id, "FINISHED")
        self.run.ended(self)

    def stop(self, curated: Curated, unjudged: Sequence[Row], status: str, reason: str) -> None:
        """Save the rows so far and end the run.

        They go to ``kept.parquet``, ``dropped.parquet`` and, where there are any, to
        ``unjudged.parquet``, under ``rows/``.

        Args:
            curated: those that curation kept and dropped.
            unjudged: those that were paid for and not looked at.
            status: ``KILLED`` (interrupted) or ``FAILED``.
            reason: why, in one sentence.
        """
        store = self.run.store
        with _logging(store, self.candidate.name), tempfile.TemporaryDirectory() as folder:
            artifacts.write_curated(Path(folder), curated)
            if unjudged:
                rowtable.write_rows(Path(folder, "rows/unjudged.parquet"), unjudged)
            store.client.log_artifacts(self.run_id, folder)
            tags = {
                names.NOTE: names.describe_stopped(curated, len(unjudged), reason),
                names.STOPPED: reason[:500],
            }
            counts = {"rows": len(curated.kept), "dropped": len(curated.dropped)}
            usage = names.usage_metrics(usage_of([*curated.rows, *unjudged]))
            _log(store, self.run_id, metrics=names.known({**counts, **usage}), tags=tags)
            store.client.set_terminated(self.run_id, status)
        self.run.ended(self)


@dataclass(slots=True)
class RunLog:
    """The parent run."""

    store: Store
    run_id: str
    experiment_id: str
    _open: dict[str, TrialLog] = field(default_factory=dict)
    _charted: bool = False
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
    ) -> RunLog:
        """Create the parent run, with the resolved config as the artifact ``config.yaml``."""
        experiment_id = store.experiment(experiment)
        with _logging(store, run_name):
            labels = {
                **tags,
                names.KIND: "run",
                names.NAME: run_name,
                "mlflow.source.name": "synthlab run",
            }
            run = store.client.create_run(experiment_id, tags=labels, run_name=run_name)
            _log(store, run.info.run_id, params=names.flat_params(params))
            store.client.log_text(run.info.run_id, config_yaml, "config.yaml")
        return cls(store, run.info.run_id, experiment_id)

    def start_trial(
        self, candidate: Candidate, params: Mapping[str, Any], kind: str = "candidate"
    ) -> TrialLog:
        """Create the child run of ``candidate``; ``params`` are logged at once.

        Args:
            candidate: of the run.
            params: its parameters.
            kind: ``candidate``, or ``final`` for the fresh generations of a finalist.
        """
        name = candidate.name if kind == "candidate" else f"{candidate.name}, fresh"
        tags = {
            names.PARENT: self.run_id,
            names.KIND: kind,
            names.NAME: candidate.name,
            **names.origin(candidate),
            "synthlab.candidate": candidate.digest,
            "mlflow.source.name": "synthlab run",
        }
        with _logging(self.store, candidate.name):
            run = self.store.client.create_run(self.experiment_id, tags=tags, run_name=name)
            flat = {"generator": candidate.generator, "lm": candidate.lm}
            _log(self.store, run.info.run_id, params={**names.flat_params(params), **flat})
        log = TrialLog(self, candidate, run.info.run_id)
        with self._lock:
            self._open[log.run_id] = log
        return log

    def finish(
        self,
        result: RunResult,
        description: str,
        figures: Mapping[str, bytes],
        test: Mapping[str, Sequence[Score]] | None = None,
    ) -> None:
        """Log the leaderboard and the winner, and end the run.

        Args:
            result: the run's.
            description: it in words, Markdown.
            figures: PNG files by name.
            test: what the classifiers of each arm of the finals called the test rows.
        """
        board = leaderboard.from_result(result)
        with _logging(self.store, result.name), tempfile.TemporaryDirectory() as folder:
            artifacts.write_json(Path(folder, leaderboard.FILE), board)
            for arm, scores in (test or {}).items():
                predictions.write(Path(folder, predictions.of_test(arm)), scores)
            artifacts.write_figures(Path(folder), figures)
            artifacts.write_pool(Path(folder), result.pool)
            self.store.client.log_artifacts(self.run_id, folder)
            tags = {f"{names.DIGEST}{split}": text for split, text in result.digests.items()}
            tags[names.NOTE] = names.note([description, "", *leaderboard.table(board)])
            won, ends = result.winner, {names.STOPPED: result.stopped, names.ENDING: result.ending}
            tags |= {names.WINNER: won.candidate.name, names.WINNER_RUN: won.run_id}
            tags |= {name: text[:500] for name, text in ends.items() if text}
            _log(self.store, self.run_id, metrics=_totals(result), tags=tags)
            self.store.client.set_terminated(self.run_id, board["status"])

    def tag(self, tags: Mapping[str, str]) -> None:
        """Set or replace tags of the run."""
        with _logging(self.store, self.run_id):
            _log(self.store, self.run_id, tags=tags)

    def stop(self, status: str, reason: str) -> None:
        """End the run, and every child run that is still open, as ``KILLED`` or ``FAILED``."""
        with self._lock:
            still_open = list(self._open)
        with _logging(self.store, self.run_id):
            about = {names.NOTE: f"Stopped: {reason}", names.STOPPED: reason[:500]}
            for run_id in [*still_open, self.run_id]:
                _log(self.store, run_id, tags=about)
                self.store.client.set_terminated(run_id, status)

    def ended(self, log: TrialLog, trial: Trial | None = None) -> None:
        """Take note that a child run has ended; the first scored one adds the classes' chart."""
        with self._lock:
            self._open.pop(log.run_id, None)
            first = trial is not None and not self._charted
            self._charted = self._charted or first
        if trial is not None and first:
            classes = list(names.class_metrics(trial.score.per_class).values())
            views.install(self.store.client, self.experiment_id, classes)


def _logging(store: Store, name: str) -> Any:
    return guarded(f"cannot log '{name}' to {shown(store.uri)}")


def _totals(result: RunResult) -> dict[str, float]:
    """Of the winner: f1, f1_aug, and its interval on test. Of all: rows, cost, tokens.

    What failed candidates and the finals' fresh generations took was paid too, and counts.
    ``paid_usd`` and ``paid_calls`` are what this run sent itself: rows that the journal had cost
    nothing again. ``spared_*`` is what a race saved against the full grid.
    """
    winner = result.winner
    scored = sum((trial.usage for trial in result.trials), Usage())
    usage = sum((failure.usage for failure in result.failed), scored + result.fresh)
    rows, usd = result.spared
    spared = {"spared_rows": rows, "spared_usd": usd} if rows else {}
    return names.known(
        {
            "f1": winner.score.f1,
            "f1_aug": winner.augmented.f1 if winner.augmented else None,
            "rows": sum(len(trial.curated.kept) for trial in result.trials),
            "seconds": result.seconds,
            "paid_usd": result.paid.cost_usd,
            "paid_calls": result.paid.calls,
            **spared,
            **(names.final_metrics(result.finals) if result.finals else {}),
            **result.estimated,
            **names.usage_metrics(usage),
        }
    )


def _log(
    store: Store,
    run_id: str,
    metrics: Mapping[str, float] | None = None,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    step: int = 0,
) -> None:
    now = int(time.time() * 1000)
    # The runs table is narrow and shows every digit; leaderboard.json keeps them all.
    digits = {"seconds": 1, "cost_usd": 6, "paid_usd": 6}
    numbers = [
        Metric(key, round(value, digits.get(key, 4)), now, step)
        for key, value in (metrics or {}).items()
    ]
    texts = [Param(key, value) for key, value in (params or {}).items()]
    labels = [RunTag(key, value) for key, value in (tags or {}).items()]
    for start in range(0, max(len(numbers), len(texts), len(labels)), BATCH):
        part = slice(start, start + BATCH)
        store.client.log_batch(run_id, numbers[part], texts[part], labels[part])
