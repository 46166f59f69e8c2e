"""Plan -> RunResult: baselines, the search on dev, the finals on test, all of it logged.

The sealed test split is opened here and nowhere else, once, after the search has ended.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from synthlab.config.load import to_yaml
from synthlab.errors import GenerationError, StorageError
from synthlab.lm.session import Session
from synthlab.records import Baseline, Candidate, Final, RunResult, Trial
from synthlab.report.figures import confusion_png, leaderboard_png
from synthlab.report.words import describe
from synthlab.scoring.baselines import label_names, mean_over, real_rows
from synthlab.tasks.leaks import leak_guard
from synthlab.tasks.seal import finals
from synthlab.tracking.runs import Holdout, RunLog, TrialLog
from synthlab.tracking.spool import Spool
from synthlab.tracking.store import Store
from synthlab.workflow.describe import run_params, trial_params
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.trial import run_trial


def run(plan: Plan, store: Store, progress: Progress | None = None) -> RunResult:
    """Run a plan and log everything.

    Rows that were paid for are on disk before they are judged; when the run fails or is
    interrupted they are saved with the candidate's run, which is marked FAILED or KILLED.

    Raises:
        SynthlabError: what ended the run.
        KeyboardInterrupt: Ctrl-C, after saving.
    """
    return Run(plan, store, progress or Quiet()).go()


class Run:
    """The state of one run: a log, an open LM, and what was found so far."""

    def __init__(self, plan: Plan, store: Store, progress: Progress) -> None:
        self.plan = plan
        self.store = store
        self.progress = progress
        self.guard = leak_guard(plan.splits)
        self.session: Session | None = None
        self.failed: list[tuple[str, str]] = []
        self.begun = 0

    def go(self) -> RunResult:
        """Everything, in order."""
        began = time.monotonic()
        plan = self.plan
        self.log = RunLog.start(
            self.store,
            plan.config.name,
            plan.config.name,
            to_yaml(plan.config),
            run_params(plan),
            {f"synthlab.digest.{name}": value for name, value in plan.splits.digests.items()},
        )
        try:
            self.progress.say("scoring the real-row baselines")
            baselines = self._baselines()
            candidates = [member.candidate for member in plan.members]
            trials = sorted(plan.search.run(candidates, self._objective), key=_rank)
            if not trials:
                raise GenerationError(
                    "no candidate kept rows of every class:\n"
                    + "\n".join(f"  {name}: {why}" for name, why in self.failed)
                )
            self.progress.say("opening the test split")
            tested = self._finals(trials)
            result = RunResult(
                plan.config.name,
                self.log.run_id,
                trials,
                baselines,
                tested,
                dict(plan.splits.digests),
                time.monotonic() - began,
            )
            said = " ".join(
                [describe(result), *(f"{name} is out: {why}." for name, why in self.failed)]
            )
            self.log.finish(result, said, {"leaderboard": leaderboard_png(result)})
            self._close()
            return result
        except KeyboardInterrupt:
            # The LM stays open: calls in flight would hold up its closing.
            with self._told():
                self.log.stop("KILLED", "interrupted")
            raise
        except Exception as exc:
            self._close()
            with contextlib.suppress(StorageError):  # the first failure is the one to tell
                self.log.stop("FAILED", str(exc))
            raise

    def _baselines(self) -> list[Baseline]:
        plan = self.plan
        return [
            label_names(plan.scorer, plan.brief.names, plan.splits.dev),
            *real_rows(plan.scorer, plan.pool, plan.config.scoring.real_sizes, plan.splits.dev),
        ]

    def _objective(self, candidate: Candidate) -> Trial | None:
        member = self.plan.member(candidate)
        self.begun += 1
        rows = member.config.budget.rows_per_class * len(self.plan.brief.labels)
        self.progress.begin(candidate.name, rows, f"{self.begun} of {len(self.plan.members)}")
        log = self.log.start_trial(candidate, trial_params(member))
        spool = Spool.at(self.store.root, log.run_id, candidate.digest)
        try:
            trial = run_trial(self.plan, member, self._open(member), spool.add, self.progress)
            trial = replace(trial, run_id=log.run_id)
            log.finish(trial, {"confusion": confusion_png(trial.score)}, self._holdout())
        except GenerationError as exc:
            # The prompt's own failure: the other candidates can still be compared.
            self.failed.append((candidate.name, exc.what))
            self.progress.say(f"{candidate.name} is out: {exc.what}")
            _save(log, spool, "FAILED", exc.what)
            trial = None
        except KeyboardInterrupt:
            with self._told():
                _save(log, spool, "KILLED", "interrupted")
            raise
        except Exception as exc:
            _save(log, spool, "FAILED", str(exc))
            raise
        else:
            spool.close(delete=True)
        self.progress.end(trial)
        return trial

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """While ending: a store that fails now is told, and does not hide what ended the run."""
        try:
            yield
        except StorageError as exc:
            self.progress.say(str(exc))

    def _holdout(self) -> Holdout:
        splits = self.plan.splits
        return Holdout(f"{self.plan.config.task.use}-dev", len(splits.dev), splits.digests["dev"])

    def _open(self, member: Member) -> Session:
        """The member's LM, kept open between members with equal settings."""
        if self.session is not None and self.session.settings == member.lm:
            return self.session
        self._close()
        self.progress.say(f"opening {member.lm.model}")
        self.session = Session(member.lm, self.guard)
        return self.session

    def _close(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session = None

    def _finals(self, trials: Sequence[Trial]) -> list[Final]:
        """The one look at test: the winner, the direct prompt, and real rows."""
        plan = self.plan
        direct = [t for t in trials[1:] if t.candidate.generator == "direct"]
        with finals():
            test = plan.splits.test.open("finals")
        found = []
        for trial in [trials[0], *direct[:1]]:
            score = plan.scorer.score(trial.curated.kept, test)
            found.append(Final(trial.candidate.name, score.f1, score.train_rows))
        size = plan.config.scoring.augment
        if 0 < size <= plan.pool.smallest:
            real = mean_over(f"real x {size} a class", plan.scorer, plan.pool.draws(size), test)
            found.append(Final(real.name, real.f1, real.rows))
        return found


def _rank(trial: Trial) -> tuple[float, str]:
    """Best macro-F1 first, equals by name: the order of the logged leaderboard."""
    return -trial.score.f1, trial.candidate.name


def _save(log: TrialLog, spool: Spool, status: str, reason: str) -> None:
    """Move the rows so far from the spool to the store; the spool stays if the store is gone."""
    try:
        log.stop(spool.rows(), (), status, reason)
    except StorageError as exc:
        raise StorageError(
            f"{reason}; the rows so far could not be logged: {exc.what}",
            f"they are safe in {spool.place}",
        ) from exc
    spool.close(delete=True)
