"""What a search calls: a candidate -> its trial, logged, and its rows saved however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

from synthlab.errors import BudgetError, GenerationError, StorageError, SynthlabError
from synthlab.lm.journal.book import Journal
from synthlab.lm.session import Session
from synthlab.outcomes import Candidate, Failure, Trial
from synthlab.records import Usage, usage_of
from synthlab.report.figures import confusion_png
from synthlab.tasks.leaks import leak_guard
from synthlab.tracking.runs import Holdout, RunLog, TrialLog
from synthlab.tracking.spool import Spool
from synthlab.workflow.describe import trial_params
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.progress import Progress
from synthlab.workflow.rows import Judged
from synthlab.workflow.trial import run_trial


class Objective:
    """Runs one candidate after another; the LM stays open between candidates with equal settings.

    Args:
        plan: the candidates and the data.
        log: the run that trials are logged to.
        journal: where LM calls are reserved and kept.
        progress: told of each row.

    Attributes:
        failed: candidates that could not be scored.
        paid: what this run itself sent; answers that the journal had are not in it.
    """

    def __init__(self, plan: Plan, log: RunLog, journal: Journal, progress: Progress) -> None:
        self.plan = plan
        self.log = log
        self.journal = journal
        self.progress = progress
        self.failed: list[Failure] = []
        self.paid = Usage()
        self._session: Session | None = None
        self._begun = 0

    def __call__(self, candidate: Candidate) -> Trial | None:
        """The candidate's trial; None when it could not make rows of every class.

        Raises:
            BudgetError: a cap was reached; the rows so far are saved.
            SynthlabError: what must end the run; the rows so far are saved.
        """
        member = self.plan.member(candidate)
        self._begin(member)
        log = self.log.start_trial(candidate, trial_params(member))
        spool = Spool.at(self.log.store.root, log.run_id, candidate.digest)
        judged = Judged()
        try:
            session = self._open(member)
            trial = run_trial(self.plan, member, session, spool.add, judged, self.progress)
            trial = replace(trial, run_id=log.run_id)
            log.finish(trial, {"confusion": confusion_png(trial.score)}, self._holdout())
        except GenerationError as exc:
            # The prompt's own failure: the other candidates can still be compared.
            took = usage_of(spool.rows())
            self.failed.append(Failure(candidate.name, exc.what, log.run_id, took))
            self.progress.note(f"{candidate.name} is out: {exc.what}")
            _save(log, spool, judged, "FAILED", exc.what)
            trial = None
        except KeyboardInterrupt:
            with told(self.progress):
                _save(log, spool, judged, "KILLED", "interrupted")
            raise
        except Exception as exc:
            status = "KILLED" if isinstance(exc, BudgetError) else "FAILED"
            _save(log, spool, judged, status, what(exc))
            raise
        else:
            spool.close(delete=True)
        self.progress.end(trial)
        return trial

    def close(self) -> None:
        """Free the LM."""
        if self._session is not None:
            self.paid += self._session.ledger.paid()
            self._session.close()
            self._session = None

    def _begin(self, member: Member) -> None:
        self._begun += 1
        rows = member.config.budget.rows_per_class * len(self.plan.brief.labels)
        place = f"{self._begun} of {len(self.plan.members)}"
        self.progress.begin(member.candidate.name, rows, place)

    def _open(self, member: Member) -> Session:
        if self._session is not None and self._session.settings == member.lm:
            return self._session
        self.close()
        self.progress.say(f"opening {member.lm.model}")
        self._session = Session(member.lm, self._guard, journal=self.journal)
        return self._session

    @cached_property
    def _guard(self) -> Callable[[str], None]:
        return leak_guard(self.plan.splits)

    def _holdout(self) -> Holdout:
        splits = self.plan.splits
        return Holdout(f"{self.plan.config.task.use}-dev", len(splits.dev), splits.digests["dev"])


@contextmanager
def told(progress: Progress) -> Iterator[None]:
    """While ending: a store that fails now is told, and does not hide what ended the run."""
    try:
        yield
    except StorageError as exc:
        progress.note(str(exc))


def what(exc: Exception) -> str:
    """What went wrong, in one sentence."""
    return exc.what if isinstance(exc, SynthlabError) else f"{type(exc).__name__}: {exc}"


def _save(log: TrialLog, spool: Spool, judged: Judged, status: str, reason: str) -> None:
    """Move the rows so far from the spool to the store; the spool stays if the store is gone."""
    rows, curated = spool.rows(), judged.curated
    known = {row.id for row in curated.rows}
    try:
        log.stop(curated, [row for row in rows if row.id not in known], status, reason)
    except StorageError as exc:
        place = f"the {len(rows)} rows so far are in {spool.place}" if spool.place else ""
        raise StorageError(
            f"{reason}; the rows so far could not be logged: {exc.what}",
            f"mend that and run again; {place or 'no disk could hold the last rows'}",
        ) from exc
    spool.close(delete=True)
