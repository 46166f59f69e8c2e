"""Fresh generations: a finalist's rows, written again with other draws, as often as is asked.

What a prompt makes once is luck in part; how much shows only when it is asked again. Everything
but the draws stays as it was: the same prompt, the same real rows to show, the same number of rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from synthlab.errors import GenerationError
from synthlab.outcomes import Score, Trial
from synthlab.records import Curated, Usage, joined
from synthlab.statistics.paired import level
from synthlab.tracking.runs import RunLog, TrialLog
from synthlab.tracking.spool import Spool
from synthlab.workflow.ahead import part_of
from synthlab.workflow.describe import trial_params
from synthlab.workflow.ending import save_rows, took
from synthlab.workflow.objective import Objective
from synthlab.workflow.panel import measured_fresh
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.progress import Progress
from synthlab.workflow.rows import Collector, Judged, Writer
from synthlab.workflow.trial import refuse_empty_classes


@dataclass(frozen=True, eq=False)
class Fresh:
    """A finalist's generations.

    Attributes:
        trial: what the search saw of it.
        sets: its rows, a set for each generation.
        dev: the classifier of each set, judged on dev.
        log: the run that they are logged to; None for the search's own rows.
    """

    trial: Trial
    sets: tuple[Curated, ...]
    dev: tuple[Score, ...]
    log: TrialLog | None = None

    @property
    def name(self) -> str:
        """The candidate's."""
        return self.trial.candidate.name

    @property
    def fewest(self) -> int:
        """Rows of the smallest class of any generation."""
        return min(count[label] for count in self._counts for label in self.trial.score.labels)

    @property
    def short(self) -> bool:
        """Whether some generation has fewer rows of a class than were asked for."""
        full = self.trial.candidate.rows_per_class
        wanted = {label: self.trial.quota.get(label, full) for label in self.trial.score.labels}
        return any(count[label] < n for count in self._counts for label, n in wanted.items())

    @property
    def _counts(self) -> list[Counter[str]]:
        return [Counter(row.label for row in made.kept) for made in self.sets]


class Maker:
    """Makes fresh generations, and saves them however that ends.

    Args:
        plan: the run.
        log: its log.
        objective: whose LM stays open.
        progress: told of each row.

    Attributes:
        usage: what all fresh rows so far took, those of finalists that are out included.
    """

    def __init__(self, plan: Plan, log: RunLog, objective: Objective, progress: Progress) -> None:
        self.plan = plan
        self.log = log
        self.objective = objective
        self.progress = progress
        self.usage = Usage()
        self._open: tuple[TrialLog, Spool] | None = None
        self._ending: dict[str, tuple[TrialLog, Spool, Curated]] = {}  # made, and not yet logged
        self._done: list[Curated] = []
        self._judged = Judged()

    def make(self, trial: Trial, place: str) -> Fresh | None:
        """Fresh generations of a candidate; None when one has no row of some class.

        With ``finals.replicates: 0``, the search's own rows are its only generation.

        Raises:
            SynthlabError: what must end the run; ``abandon`` must be called then.
        """
        count = self.plan.config.finals.replicates
        if not count:
            return Fresh(trial, (trial.curated,), (trial.score,))
        member = self.objective.members[trial.candidate.name]
        params = {**trial_params(member), "generations": count}
        log = self.log.start_trial(trial.candidate, params, "final")
        spool = Spool.at(self.log.store.root, log.run_id, trial.candidate.digest)
        self._open, self._done = (log, spool), []
        try:
            for number in range(1, count + 1):
                self._done.append(self._generation(member, number, spool, f"{place}, {number}"))
        except GenerationError as exc:
            self.progress.note(f"{trial.candidate.name} is out of the finals: {exc.what}")
            self.abandon("FAILED", exc.what)
            return None
        dev = tuple(self.plan.student.score(made.kept, self.plan.splits.dev) for made in self._done)
        called = np.vstack([score.called for score in dev])
        found = level(dev[0].true, called, len(dev[0].labels))
        self.progress.judged(trial.candidate.name, found)
        fresh = Fresh(trial, tuple(self._done), dev, log)
        together = joined(fresh.sets)
        self.usage += took(spool, together)
        self._ending[log.run_id], self._open = (log, spool, together), None
        self.objective.behind.put(partial(self._logged, fresh, log, spool))
        return fresh

    def _logged(self, fresh: Fresh, log: TrialLog, spool: Spool) -> None:
        panel = measured_fresh(self.plan, fresh.trial, fresh.sets)
        log.finish_final(fresh.sets, fresh.dev, self.objective.holdout, panel)
        spool.close(delete=True)
        del self._ending[log.run_id]

    def abandon(self, status: str, reason: str) -> None:
        """Save what was made of a finalist that has not ended, or could not be logged."""
        self.objective.behind.wait()
        for run_id in list(self._ending):
            save_rows(*self._ending.pop(run_id), status, reason)
        if self._open is None:
            return
        (log, spool), self._open = self._open, None
        curated = joined([*self._done, self._judged.curated])
        self.usage += took(spool, curated)
        save_rows(log, spool, curated, status, reason)

    def _generation(self, member: Member, number: int, spool: Spool, place: str) -> Curated:
        again = member.reseeded(number)
        wanted, candidate = member.wanted(), member.candidate
        count = self.plan.config.finals.replicates
        each = member.config.budget.rows_per_class
        part = replace(part_of(member, each), generation=number, generations=count)
        self.progress.begin(candidate.name, part.rows, f"{place} of {count} fresh", [part])
        session = self.objective.session(member)
        self._judged = Judged()
        generator = again.make()
        Collector(
            Writer(generator, session, member.candidate.digest),
            again.curator(self.plan.known, generator, self.objective.verifier(member)),
            member.config.budget.tries,
            member.lm.concurrency,
            self._judged,
            spool.add,
            self.progress,
        ).fill(wanted)
        self.progress.end(None)
        refuse_empty_classes(wanted, self._judged)
        made, self._judged = self._judged.curated, Judged()
        return made
