"""One child run in MLflow: a candidate of the search, or the fresh generations of a finalist.

Its parent is in ``runs.py``, which says how both may be used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthlab.measures import Panel
from synthlab.outcomes import Candidate, Near, Score, Trial, shortage
from synthlab.records import Curated, Row, joined, usage_of
from synthlab.tracking import artifacts, inputs, names, notes, predictions, rowtable, traces, write
from synthlab.tracking.inputs import Holdout
from synthlab.tracking.prompts import LINKED, Uses, Wording, linked

if TYPE_CHECKING:
    from synthlab.tracking.runs import RunLog


@dataclass(slots=True)
class TrialLog:
    """The child run of one candidate, from its start to ``finish`` or ``stop``."""

    run: RunLog
    candidate: Candidate
    run_id: str
    began_ms: int = 0
    artifacts: str = ""
    _used: Uses = ()
    _brought: Uses = ()

    def says(self, wording: Wording) -> None:
        """Register the candidate's prompts, and link them to its run."""
        self._used, self._brought = self.run.prompts.register(self.candidate, wording)
        if self._used:
            self.run.uses(self.candidate.name, self._used)
            store = self.run.store
            with write.logging(store, self.candidate.name):
                write.log(store, self.run_id, tags={LINKED: linked(self._used)})

    def named(self, trial: Trial) -> None:
        """Register a prompt as the LM read it, where the generator has no templates."""
        if not self._used and trial.prompts:
            first = min(trial.prompts)
            self.says(Wording({"prompt": trial.prompts[first]}))

    def rung(self, trial: Trial) -> None:
        """Log the score of a rung of a race: the charts draw it over the number of rows."""
        store = self.run.store
        with write.logging(store, self.candidate.name):
            write.log(
                store, self.run_id, metrics={"f1": trial.score.f1}, step=trial.score.train_rows
            )

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
        self.named(trial)
        store = self.run.store
        with write.logging(store, self.candidate.name), tempfile.TemporaryDirectory() as folder:
            artifacts.write_trial(Path(folder), trial, figures, spare, near)
            store.client.log_artifacts(self.run_id, folder)
            place = f"{self.artifacts}/rows/kept.parquet"
            rows = inputs.synthetic(f"{trial.candidate.name} rows", trial.curated.kept, place)
            inputs.log(store.client, self.run_id, [rows, inputs.holdout(holdout)])
            tags = {names.NOTE: notes.describe(trial, holdout.name, holdout.rows)}
            if trial.short:
                tags[names.SHORT] = shortage(trial.short, trial.asked)
            if trial.out:
                tags[names.OUT] = trial.out[:500]
            # The step is the number of rows, so that a race's rungs are points of one line.
            step = trial.score.train_rows
            write.log(
                store,
                self.run_id,
                metrics=names.metrics(trial),
                tags=tags,
                step=step,
                points=names.curve(trial),
            )
            self._trace(trial.curated)
            store.client.set_terminated(self.run_id, "FINISHED")
        self.run.prompts.score(self._brought, trial.score.f1)
        self.run.ended(self, trial)

    def finish_final(
        self,
        sets: Sequence[Curated],
        dev: Sequence[Score],
        holdout: Holdout,
        panel: Panel | None = None,
    ) -> None:
        """Log a finalist's fresh generations and end the run; a metric's step is the generation.

        Args:
            sets: their rows.
            dev: the classifier of each, judged on dev.
            holdout: the rows that it was judged on.
            panel: what was measured of all their rows together.
        """
        panel = panel or Panel()
        store = self.run.store
        with write.logging(store, self.candidate.name), tempfile.TemporaryDirectory() as folder:
            artifacts.write_sets(Path(folder), sets)
            artifacts.write_panel(Path(folder), panel)
            predictions.write(Path(folder, predictions.DEV), dev)
            store.client.log_artifacts(self.run_id, folder)
            inputs.log(store.client, self.run_id, [inputs.holdout(holdout)])
            for number, (made, score) in enumerate(zip(sets, dev, strict=True), 1):
                found = {"f1": score.f1, "rows": len(made.kept), "dropped": len(made.dropped)}
                usage = names.usage_metrics(usage_of(made.rows))
                metrics = names.known({**found, **usage})
                write.log(store, self.run_id, metrics=metrics, step=number)
            note = notes.describe_fresh([score.f1 for score in dev], len(sets[0].kept), panel)
            mean = sum(score.f1 for score in dev) / len(dev)
            whole = names.known({"f1_mean": mean, **{i.name: i.value for i in panel.measures}})
            write.log(store, self.run_id, metrics=whole, tags={names.NOTE: note})
            self._trace(joined(sets))
            store.client.set_terminated(self.run_id, "FINISHED")
        self.run.ended(self)

    def _trace(self, curated: Curated) -> None:
        run, extras = self.run, self.run.extras
        place = (run.store, run.experiment_id, self.run_id)
        name = self.candidate.name
        traces.log(*place, name, curated, extras.traces, extras.calls, self.began_ms)

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
        with write.logging(store, self.candidate.name), tempfile.TemporaryDirectory() as folder:
            artifacts.write_curated(Path(folder), curated)
            if unjudged:
                rowtable.write_rows(Path(folder, "rows/unjudged.parquet"), unjudged)
            store.client.log_artifacts(self.run_id, folder)
            tags = {
                names.NOTE: notes.describe_stopped(curated, len(unjudged), reason),
                names.STOPPED: reason[:500],
            }
            counts = {"rows": len(curated.kept), "dropped": len(curated.dropped)}
            usage = names.usage_metrics(usage_of([*curated.rows, *unjudged]))
            write.log(store, self.run_id, metrics=names.known({**counts, **usage}), tags=tags)
            store.client.set_terminated(self.run_id, status)
        self.run.ended(self)
