"""Plan -> RunResult: baselines, the search on dev, the finals on test, all of it logged.

The sealed test split is opened here and nowhere else, once, after the search has ended.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from synthlab.config.load import to_yaml
from synthlab.errors import BudgetError, GenerationError, StorageError
from synthlab.outcomes import Baseline, Final, RunResult, Trial
from synthlab.report.figures import leaderboard_png
from synthlab.report.words import describe
from synthlab.scoring.baselines import few_real, label_names, real_rows
from synthlab.tasks.seal import finals
from synthlab.tracking.names import DIGEST, TEST_READS
from synthlab.tracking.runs import RunLog
from synthlab.tracking.store import Store
from synthlab.workflow.describe import run_params
from synthlab.workflow.estimate import estimate
from synthlab.workflow.journals import open_journal
from synthlab.workflow.objective import Objective, told, what
from synthlab.workflow.plan import Plan
from synthlab.workflow.progress import Progress, Quiet


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
    """One run: its log, and the objective that its search calls."""

    def __init__(self, plan: Plan, store: Store, progress: Progress) -> None:
        self.plan = plan
        self.store = store
        self.progress = progress

    def go(self) -> RunResult:
        """Everything, in order, and an end for the log whatever happens."""
        # Before the run exists: a journal that cannot be opened leaves nothing behind.
        journal = open_journal(self.plan, self.store.root)
        log = self._start()
        journal.run = log.run_id
        objective = None
        try:
            objective = Objective(self.plan, log, journal, self.progress)
            result = self._result(log, objective)
            log.finish(result, describe(result), {"leaderboard": leaderboard_png(result)})
            journal.close()
            return result
        except KeyboardInterrupt:
            # The LM stays open: calls in flight would hold up its closing.
            with told(self.progress):
                log.stop("KILLED", "interrupted")
            self.progress.note(f"the run's rows so far are saved: synthlab list{log.store.flag}")
            raise
        except Exception as exc:
            if objective is not None:
                objective.close()
            journal.close()
            with contextlib.suppress(StorageError):  # the first failure is the one to tell
                log.stop("KILLED" if isinstance(exc, BudgetError) else "FAILED", what(exc))
            raise

    def _start(self) -> RunLog:
        plan = self.plan
        tags = {f"{DIGEST}{name}": value for name, value in plan.splits.digests.items()}
        tags[TEST_READS] = str(plan.splits.test.reads)
        name = plan.config.name
        return RunLog.start(self.store, name, name, to_yaml(plan.config), run_params(plan), tags)

    def _result(self, log: RunLog, objective: Objective) -> RunResult:
        began = time.monotonic()
        plan = self.plan
        expected = estimate(plan).as_metrics()
        self.progress.say("scoring the real-row baselines")
        baselines = self._baselines()
        candidates = [member.candidate for member in plan.members]
        trials: list[Trial] = []
        stopped: BudgetError | None = None
        try:
            for trial in plan.search.run(candidates, objective):
                trials.append(trial)  # those before a cap are kept
        except BudgetError as exc:
            stopped = exc
            self.progress.note(exc.what)
        trials.sort(key=_rank)
        if not trials:
            raise stopped or GenerationError(
                "no candidate kept rows of every class:\n"
                + "\n".join(f"  {item.name}: {item.reason}" for item in objective.failed)
            )
        objective.close()
        tested: list[Final] = []
        if stopped is None:
            # A run that will go on keeps the test split sealed until it has seen every candidate.
            self.progress.say("opening the test split")
            tested = self._finals(trials, log)
        return RunResult(
            name=plan.config.name,
            run_id=log.run_id,
            trials=trials,
            baselines=baselines,
            finals=tested,
            digests=dict(plan.splits.digests),
            seconds=time.monotonic() - began,
            failed=tuple(objective.failed),
            store=self.store.given,
            paid=objective.paid,
            stopped=str(stopped) if stopped else "",
            estimated=expected,
        )

    def _baselines(self) -> list[Baseline]:
        plan = self.plan
        return [
            *label_names(plan.scorer, plan.brief.names, plan.splits.dev),
            *real_rows(plan.scorer, plan.pool, plan.config.scoring.real_sizes, plan.splits.dev),
        ]

    def _finals(self, trials: Sequence[Trial], log: RunLog) -> list[Final]:
        """The one look at test: the winner, the direct prompt, and real rows."""
        plan = self.plan
        direct = [t for t in trials[1:] if t.candidate.generator == "direct"]
        with finals():
            test = plan.splits.test.open("finals")
        log.tag({TEST_READS: str(plan.splits.test.reads)})
        found = []
        for trial in [trials[0], *direct[:1]]:
            score = plan.scorer.score(trial.curated.kept, test)
            found.append(Final(trial.candidate.name, score.f1, score.train_rows))
        real = few_real(plan.scorer, plan.pool, plan.config.scoring.augment, test)
        if real is not None:
            found.append(Final(real.name, real.f1, real.rows))
        return found


def _rank(trial: Trial) -> tuple[bool, float, str]:
    """The order of the logged leaderboard: see ``tracking.leaderboard.ranked``."""
    return bool(trial.short), -trial.score.f1, trial.candidate.name
