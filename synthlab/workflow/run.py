"""Plan -> RunResult: baselines, the search on dev, fresh generations of the best, test, the log.

The sealed test split is opened here, once, after the winner has been picked on dev. The questions
that test answers are fixed before: see ``workflow/exam.py``.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from synthlab.config.load import to_yaml
from synthlab.errors import BudgetError, GenerationError, StorageError
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.query import Calls
from synthlab.outcomes import Baseline, RunResult, Score, Trial
from synthlab.records import Row
from synthlab.report.description import details, headline
from synthlab.report.figures import curves_png, leaderboard_png
from synthlab.scoring.baselines import label_names, real_rows
from synthlab.scoring.models import portable
from synthlab.steps import FINALS, SEARCH, TEST
from synthlab.tasks.seal import finals
from synthlab.tracking.names import DIGEST, PRIVACY, TEST_READS, VERSIONS
from synthlab.tracking.read import reads_of_test
from synthlab.tracking.runs import Extras, RunLog
from synthlab.tracking.store import Store
from synthlab.workflow.ahead import outlook
from synthlab.workflow.describe import run_params
from synthlab.workflow.ending import told, what
from synthlab.workflow.estimate import estimate
from synthlab.workflow.finals import pick, shortlist
from synthlab.workflow.fresh import Fresh, Maker
from synthlab.workflow.groups import kept_groups
from synthlab.workflow.journals import open_journal
from synthlab.workflow.mixtures import mixed
from synthlab.workflow.objective import Objective
from synthlab.workflow.plan import Plan
from synthlab.workflow.pool import RowPool, pooled
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.released import as_dict, released, stated
from synthlab.workflow.sources import sources
from synthlab.workflow.verdict import Verdict, sit
from synthlab.workflow.versions import made_with

RELEASED = "released.json"
"""The noisy count of the dev rows, where feedback is private."""


def run(
    plan: Plan, store: Store, progress: Progress | None = None, began: float | None = None
) -> RunResult:
    """Run a plan and log everything.

    Rows that were paid for are on disk before they are judged; when the run fails or is
    interrupted they are saved with the candidate's run, which is marked FAILED or KILLED.

    Args:
        plan: what to run.
        store: where to log.
        progress: who is told of it.
        began: when its user asked for it, by ``time.monotonic``; now when left out.

    Raises:
        SynthlabError: what ended the run.
        KeyboardInterrupt: Ctrl-C, after saving.
    """
    return Run(plan, store, progress or Quiet(), began).go()


class Run:
    """One run: its log, and the objective that its search calls."""

    def __init__(
        self, plan: Plan, store: Store, progress: Progress, began: float | None = None
    ) -> None:
        self.plan = plan
        self.store = store
        self.progress = progress
        self.stopped: BudgetError | None = None
        self.began = time.monotonic() if began is None else began

    def go(self) -> RunResult:
        """Everything, in order, and an end for the log whatever happens."""
        # Before the run exists: a journal that cannot be opened leaves nothing behind.
        journal = open_journal(self.plan, self.store.root)
        self.plan = replace(self.plan, released=released(self.plan, self.store.root))
        with contextlib.closing(Calls(journal.url)) as calls:
            return self._go(journal, calls)

    def _go(self, journal: Journal, calls: Calls) -> RunResult:
        log = self._start(calls)
        journal.run = log.run_id
        objective = Objective(self.plan, log, journal, self.progress)
        maker = Maker(self.plan, log, objective, self.progress)
        try:
            log.keep({**sources(self.plan.config), **kept_groups(self.plan)})
            if self.plan.released is not None:
                log.keep({RELEASED: json.dumps(as_dict(self.plan.released), indent=1)})
            result, test = self._result(log, objective, maker)
            figures = {"leaderboard": leaderboard_png(result)}
            if result.finals and result.finals.curves:
                figures["learning-curves"] = curves_png(result.finals)
            below = details(result, stated(self.plan, self.store.root))
            log.finish(result, headline(result), figures, test, below)
            journal.close()
            return result
        except KeyboardInterrupt:
            # The LM stays open: calls in flight would hold up its closing.
            if objective.behind.busy:
                self.progress.note("a candidate is being measured and logged: that ends first")
            with told(self.progress):
                _abandon(objective, maker, "KILLED", "interrupted")
                log.stop("KILLED", "interrupted")
            self.progress.note(f"the run's rows so far are saved: synthlab list{log.store.flag}")
            raise
        except Exception as exc:
            status = "KILLED" if isinstance(exc, BudgetError) else "FAILED"
            objective.close()
            journal.close()
            try:
                _abandon(objective, maker, status, what(exc))
            finally:
                with contextlib.suppress(StorageError):  # the first failure is the one to tell
                    log.stop(status, what(exc))
            raise

    def _start(self, calls: Calls) -> RunLog:
        plan, extra = self.plan, self.plan.config.tracking
        tags = {f"{DIGEST}{name}": value for name, value in plan.splits.digests.items()}
        tags |= {TEST_READS: "0", VERSIONS: json.dumps(made_with())}
        if said := stated(plan, self.store.root):
            tags[PRIVACY] = said
        name, text = plan.config.name, to_yaml(plan.config)
        extras = Extras(extra.traces, calls.of, extra.system_metrics)
        return RunLog.start(self.store, name, name, text, run_params(plan), tags, extras)

    def _result(
        self, log: RunLog, objective: Objective, maker: Maker
    ) -> tuple[RunResult, Mapping[str, tuple[Score, ...]]]:
        plan = self.plan
        expected = estimate(plan).as_metrics()
        self.progress.ahead(outlook(plan, expected, lambda: objective.paid))
        self.progress.say("scoring the real-row baselines")
        baselines = self._baselines()
        self.progress.phase(SEARCH)
        trials = self._search(objective)
        found = self._finals(trials, log, maker)
        if found is None:
            self._classify(trials[0], log, objective)
        objective.behind.settle()
        objective.close()
        result = RunResult(
            name=plan.config.name,
            run_id=log.run_id,
            trials=[
                replace(t, panel=objective.panels.get(t.candidate.name, t.panel)) for t in trials
            ],
            baselines=baselines,
            finals=found.finals if found else None,
            digests=dict(plan.splits.digests),
            seconds=time.monotonic() - self.began,
            failed=tuple(objective.failed),
            store=self.store.given,
            paid=objective.paid,
            fresh=maker.usage,
            stopped=str(self.stopped) if self.stopped else "",
            estimated=expected,
            full_rows={
                name: sum(member.wanted().values()) for name, member in objective.members.items()
            },
            ending=getattr(plan.search, "ending", ""),
            pool=found.pool if found else {},
        )
        return result, found.called if found else {}

    def _search(self, objective: Objective) -> list[Trial]:
        """Every trial, in the leaderboard's order; those before a cap are kept."""
        candidates = [member.candidate for member in self.plan.members]
        trials: list[Trial] = []
        for note in self.plan.extent.notes:
            self.progress.note(note)
        try:
            for trial in self.plan.search.run(candidates, objective):
                trials.append(trial)
            trials.sort(key=_rank)
            if self.plan.config.finals.mixture:
                mixture = mixed(self.plan, objective, trials)
                trials += [mixture] if mixture else []
        except BudgetError as exc:
            self._stop(exc)
            trials += objective.rest(exc.what.removeprefix("stopped: "))
        trials.sort(key=_rank)
        if not trials:
            raise self.stopped or GenerationError(
                "no candidate kept rows of every class:\n"
                + "\n".join(f"  {item.name}: {item.reason}" for item in objective.failed),
                "read what the LM wrote (synthlab ui, or synthlab calls --help), then change the "
                "prompt, the step of curation that drops it, or the LM",
            )
        return trials

    def _stop(self, exc: BudgetError) -> None:
        self.stopped = exc
        self.progress.note(exc.what)

    def _baselines(self) -> list[Baseline]:
        plan = self.plan
        scorer, dev, sizes = plan.scorer, plan.splits.dev, plan.config.scoring.real_sizes
        found = [
            *label_names(scorer, plan.brief.names, dev),
            *real_rows(scorer, plan.pool, sizes, dev),
        ]
        return [*found, *plan.remedies]

    def _finals(self, trials: Sequence[Trial], log: RunLog, maker: Maker) -> Verdict | None:
        """Fresh generations of the best, then the one look at test.

        A run that will go on keeps the test split sealed until it has seen every candidate.
        """
        if self.stopped is not None:
            return None
        settings = self.plan.config.finals
        chosen = shortlist(trials, settings.shortlist)
        members = [maker.objective.members[trial.candidate.name] for trial in chosen]
        whole_set = sum(sum(member.wanted().values()) for member in members)
        self.progress.phase(FINALS, whole_set * settings.replicates)
        try:
            made = [
                maker.make(trial, f"final {n} of {len(chosen)}")
                for n, trial in enumerate(chosen, 1)
            ]
        except BudgetError as exc:
            self._stop(exc)
            maker.abandon("KILLED", exc.what)
            return None
        maker.objective.behind.settle()  # test is opened once: not before all else is safe
        whole = [fresh for fresh in made if fresh is not None]
        if not whole:
            return None
        picked = pick(whole, trials, settings.rope)
        self._classify(picked.order[0].trial, log, maker.objective)
        # Before test is opened: what is chosen from the search's rows, dev alone chooses.
        pool = self._pool(trials, picked.order[0])
        return sit(self.plan, picked, self._open_test(log), pool)

    def _classify(self, winner: Trial, log: RunLog, objective: Objective) -> None:
        """Log the winner's classifier, behind what test takes.

        One that has seen real rows does not leave this room: its words are theirs.
        """
        if self.plan.config.tracking.classifiers == "winner" and not self.plan.data.quota:
            model = portable(self.plan.scorer.fit(winner.curated.kept))
            objective.behind.put(partial(log.classify, winner, model))

    def _pool(self, trials: Sequence[Trial], winner: Fresh) -> RowPool | None:
        if not self.plan.config.finals.pool or self.plan.data.quota:
            return None  # its sets are of synthetic rows alone, equally many of each class
        self.progress.say("choosing from all rows of the search")
        return pooled(self.plan, trials, winner.trial, winner.fewest)

    def _open_test(self, log: RunLog) -> tuple[tuple[Row, ...], int]:
        """The test rows, and how often this split was opened with this time."""
        test = self.plan.splits.test
        self.progress.phase(TEST, 0)
        self.progress.say("opening the test split")
        with finals():
            rows = test.open("finals")
        # The tag comes before the rows are used: a run that dies now has seen them.
        log.tag({TEST_READS: "1"})
        log.keep(kept_groups(self.plan, rows))
        return rows, reads_of_test(self.store, test.digest)


def _abandon(objective: Objective, maker: Maker, status: str, reason: str) -> None:
    maker.abandon(status, reason)
    objective.abandon(status, reason)


def _rank(trial: Trial) -> tuple[bool, bool, int, float, str]:
    """The order of the logged leaderboard: see ``tracking.leaderboard.ranked``."""
    rows = -len(trial.curated.kept) if trial.out else 0
    return bool(trial.out), bool(trial.short), rows, -trial.score.f1, trial.candidate.name
