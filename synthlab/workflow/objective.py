"""What a search calls: a candidate -> its trial, logged, and its rows saved however it ends."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from synthlab.curation.base import Ask
from synthlab.errors import ContextError, GenerationError, LeakError, SynthlabError
from synthlab.features.nearness import Nearness
from synthlab.lm.journal.book import Journal
from synthlab.lm.session import Session
from synthlab.measures import Panel
from synthlab.outcomes import Candidate, Failure, Trial
from synthlab.records import Brief, Usage
from synthlab.report.matrix import confusion_png
from synthlab.scoring.models import portable
from synthlab.tracking.runs import Holdout, RunLog, TrialLog
from synthlab.tracking.spool import Spool
from synthlab.workflow import critic, panel
from synthlab.workflow.ahead import part_of, target_of
from synthlab.workflow.behind import Behind
from synthlab.workflow.derive import derive, plain
from synthlab.workflow.describe import trial_params, wording
from synthlab.workflow.ending import save_rows, took
from synthlab.workflow.nearby import near_real
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.progress import Progress, ranged
from synthlab.workflow.sessions import Sessions, alike
from synthlab.workflow.trial import Entrant, write_rows


@dataclass
class _Open:
    """A candidate that has begun and not ended."""

    entrant: Entrant
    log: TrialLog
    spool: Spool


class Objective:
    """Tries candidates; the LM stays open between those with equal settings.

    Args:
        plan: the candidates and the data.
        log: the run that trials are logged to.
        journal: where LM calls are reserved and kept.
        progress: told of each row.

    Attributes:
        failed: candidates that could not be scored.
        members: every candidate of the run by name, those that a search made included.
        behind: measures and logs what has ended, while the run goes on.
        panels: of candidates that are logged.
    """

    def __init__(self, plan: Plan, log: RunLog, journal: Journal, progress: Progress) -> None:
        self.plan = plan
        self.log = log
        self.progress = progress
        self.failed: list[Failure] = []
        self.members = {member.candidate.name: member for member in plan.members}
        self.sessions = Sessions(plan, journal, progress)
        self.behind = Behind()
        self.panels: dict[str, Panel] = {}
        self._open: dict[str, _Open] = {}
        self._ending: dict[str, _Open] = {}  # scored, and not yet logged
        self._begun: list[str] = []
        self._unseen: list[Trial] = []  # ended, and not yet in the search's hands

    def __call__(self, candidate: Candidate, rows_per_class: int | None = None) -> Trial | None:
        """The candidate's trial; None when it could not make rows of every class.

        Whoever catches another error must call ``abandon`` or ``rest``.

        Args:
            candidate: of the plan.
            rows_per_class: kept rows of each class; its full number when left out.

        Raises:
            BudgetError: a cap was reached.
            SynthlabError: what must end the run.
        """
        return self.many([candidate], rows_per_class)[0]

    def many(
        self, candidates: Sequence[Candidate], rows_per_class: int | None = None
    ) -> list[Trial | None]:
        """What calling it with each of them gives, but their rows are written side by side.

        Those with the same LM settings share a pool of calls, and are scored and logged in the
        order given; settings have their turns in the order of their first candidates. An error is
        that of the first call that failed: it ends all of them.

        Raises:
            BudgetError: a cap was reached.
            SynthlabError: what must end the run.
        """
        found: dict[str, Trial | None] = {}
        for group in alike([self.members[candidate.name] for candidate in candidates]):
            targets = {member.candidate.name: target_of(member, rows_per_class) for member in group}
            self._announce(targets)
            session = self.session(group[0])
            entered = [self._entered(member, session).entrant for member in group]
            write_rows(list(zip(entered, targets.values(), strict=True)), session, self.progress)
            for member in group:
                trial = self._scored(member, targets[member.candidate.name])
                found[member.candidate.name] = trial
                self.progress.end(trial)
                if trial is not None and trial.run_id:
                    self._unseen.append(trial)
        self._unseen.clear()
        return [found[candidate.name] for candidate in candidates]

    def drop(self, candidate: Candidate, reason: str) -> Trial:
        """End a candidate early: its last trial, logged, with ``out`` set to the reason."""
        trial = self._open[candidate.name].entrant.trial
        if trial is None:
            raise ValueError(f"{candidate.name} has no trial yet")
        self.progress.out(candidate.name, reason)
        return self._finish(candidate, replace(trial, out=reason))

    def rest(self, reason: str) -> list[Trial]:
        """End what is open after a cap was reached: trials where there are any, rows in any case.

        Raises:
            StorageError: rows could not be logged; the message names the file with them.
        """
        # Some ended in time, beside others that did not.
        ended, self._unseen = self._unseen, []
        for name, here in list(self._open.items()):
            if here.entrant.trial is not None:
                out = f"stopped at {here.entrant.trial.rows_per_class} rows a class: {reason}"
                candidate = here.entrant.member.candidate
                ended.append(self._finish(candidate, replace(here.entrant.trial, out=out)))
            else:
                del self._open[name]
                _save(here, "KILLED", reason)
        return ended

    def abandon(self, status: str, reason: str) -> None:
        """Save the rows of every candidate that is open, and end its run as ``status``.

        One that could not be logged is open, too.
        """
        self.behind.wait()
        self._open |= self._ending
        self._ending.clear()
        for name, here in list(self._open.items()):
            del self._open[name]
            _save(here, status, reason)

    def change(
        self, parent: Candidate, changes: Mapping[str, Any], name: str, why: str = ""
    ) -> Candidate:
        """A new candidate of the run: see ``search.base.Objective``.

        Raises:
            ProposalError: what comes out cannot be run.
        """
        names = itertools.chain([name], (f"{name} ({n})" for n in itertools.count(2)))
        free = next(name for name in names if name not in self.members)
        member = derive(self.plan, self.members[parent.name], changes, free, why)
        digest = member.candidate.digest
        for known in self.members.values():
            if known.candidate.digest == digest:
                return known.candidate
        self.members[free] = member
        return member.candidate

    def config(self, candidate: Candidate) -> dict[str, Any]:
        """A candidate's config as plain data, with every prompt of its generator as a text."""
        return plain(self.members[candidate.name])

    def ask(self, prompt: str, number: int) -> str:
        """What the reflection LM answers: see ``search.base.Objective``."""
        return self.sessions.ask(prompt, number)

    def reflecting(self, number: int) -> AbstractContextManager[object]:
        """DSPy programs inside run on the reflection LM."""
        return self.sessions.reflecting(number)

    @property
    def brief(self) -> Brief:
        """What may be known of the task."""
        return self.plan.brief

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.plan.config.seed

    @property
    def paid(self) -> Usage:
        """What this run itself sent; answers that the journal had are not in it."""
        return self.sessions.paid

    def close(self) -> None:
        """Free the LMs, and the thread that logs once it is done."""
        self.behind.close()
        self.sessions.close()

    def session(self, member: Member) -> Session:
        """The open LM of a member."""
        return self.sessions.writer(member.lm)

    def verifier(self, member: Member) -> Ask:
        """What answers the questions of a member's curation steps."""
        return self.sessions.verifier(member)

    @cached_property
    def holdout(self) -> Holdout:
        """The dev rows, as they are logged."""
        splits = self.plan.splits
        return Holdout(f"{self.plan.config.task.use}-dev", len(splits.dev), splits.digests["dev"])

    @cached_property
    def _nearness(self) -> Nearness | None:
        """The real rows that curation may know; none where there are none."""
        texts = self.plan.known.texts
        return Nearness(texts) if any(map(str.split, texts)) else None

    def _announce(self, targets: Mapping[str, int]) -> None:
        """Say whose rows come next; ``targets`` are rows of each class by candidate."""
        self._begun += [name for name in targets if name not in self._begun]
        count = max(self.plan.extent.tried, len(self._begun))
        places = ranged(self._begun.index(name) + 1 for name in targets)
        title = next(iter(targets)) if len(targets) == 1 else f"{len(targets)} candidates"
        kept = {name: here.entrant.judged.counts.total() for name, here in self._open.items()}
        parts = [
            part_of(self.members[name], target, kept.get(name, 0))
            for name, target in targets.items()
        ]
        rows = sum(part.rows for part in parts)
        self.progress.begin(title, rows, f"{places} of {count}", parts)

    def _scored(self, member: Member, target: int) -> Trial | None:
        """The trial of what was written; None where that is not enough for one."""
        candidate = member.candidate
        here = self._open[candidate.name]
        try:
            trial = here.entrant.scored(target)
        except (GenerationError, ContextError, LeakError) as exc:
            # The prompt's own failure: the other candidates can still be compared.
            self._fail(candidate, here, exc)
            return None
        if target == member.config.budget.rows_per_class:
            return self._finish(candidate, critic.told(self.plan, trial, here.entrant.model))
        here.log.rung(trial)
        return trial

    def _entered(self, member: Member, session: Session) -> _Open:
        candidate = member.candidate
        if candidate.name not in self._open:
            log = self.log.start_trial(candidate, trial_params(member))
            spool = Spool.at(self.log.store.root, log.run_id, candidate.digest)
            ask = self.verifier(member)
            entrant = Entrant(self.plan, member, session, spool.add, self.progress, ask)
            log.says(wording(member, entrant.texts))
            self._open[candidate.name] = _Open(entrant, log, spool)
        return self._open[candidate.name]

    def _finish(self, candidate: Candidate, trial: Trial) -> Trial:
        here = self._open[candidate.name]
        trial = replace(trial, run_id=here.log.run_id)
        here.log.named(trial)  # here, so that versions of prompts have the order of the candidates
        self._ending[candidate.name] = self._open.pop(candidate.name)
        self.behind.put(partial(self._logged, here, trial))
        return trial

    def _logged(self, here: _Open, trial: Trial) -> None:
        if not trial.out:
            trial = panel.measured(self.plan, trial, here.entrant.model)
            self.panels[trial.candidate.name] = trial.panel
        known = {row.id for row in trial.curated.rows}
        # A rung that was cut short has rows that are paid and in no trial.
        spare = [row for row in here.spool.rows() if row.id not in known]
        figures = {"confusion": confusion_png(trial.score)}
        near = near_real(self._nearness, trial.curated, self.brief.field)
        here.log.finish(trial, figures, self.holdout, spare, near)
        here.spool.close(delete=True)
        del self._ending[trial.candidate.name]
        if self.plan.config.tracking.classifiers == "all" and not self.plan.data.quota:  # as Run
            self.log.classify(trial, portable(here.entrant.model))

    def _fail(self, candidate: Candidate, here: _Open, exc: SynthlabError) -> None:
        paid = took(here.spool, here.entrant.judged.curated)
        self.failed.append(Failure(candidate.name, exc.what, here.log.run_id, paid))
        self.progress.out(candidate.name, exc.what)
        del self._open[candidate.name]
        _save(here, "FAILED", exc.what)


def _save(here: _Open, status: str, reason: str) -> None:
    save_rows(here.log, here.spool, here.entrant.judged.curated, status, reason)
