"""What gepa asks of candidates, answered from one generation and one fit of each.

It is gepa's adapter, logger, acceptance criterion and stop condition at once: the one place where
gepa's view (texts by component, scores by instance) meets ours (candidates, trials).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from synthlab.errors import ProposalError
from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import Objective
from synthlab.search.proposers.base import Proposer

FAILED = -1.0
"""Of a candidate without rows of every class: below every real score, and never a trial."""
Texts = dict[str, str]
NOTHING = "nothing to propose"


class Abort(BaseException):
    """Carries a failure through gepa, which catches every ``Exception`` and goes on."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Pool:
    """The candidates of a search and their trials.

    Args:
        start: the config's candidates; the first is gepa's seed, the others its first proposals.
        objective: generates and scores.
        proposer: writes new candidates.
        front: what instances are: classes, by their F1; or dev rows, by the probability of the
            true class.
        most: new candidates that are scored.
        patience: unusable proposals in a row that end the search.

    Attributes:
        trials: every whole trial, in order.
        given: names of the config's candidates.
        proposed: how often the proposer was asked.
        unusable: how many of those proposals could not be run.
    """

    propose_new_texts: Any

    def __init__(
        self,
        start: Sequence[Candidate],
        objective: Objective,
        proposer: Proposer,
        front: Literal["classes", "rows"],
        most: int,
        patience: int,
    ) -> None:
        self.objective = objective
        self.proposer = proposer
        self.front = front
        self.most = most
        self.patience = patience
        self.trials: list[Trial] = []
        self.given = tuple(candidate.name for candidate in start)
        self.proposed = self.unusable = 0
        self._waiting = list(start)
        self._candidates: dict[str, Candidate] = {}
        self._trials: dict[str, Trial | None] = {}
        self._why: dict[str, int] = {}
        self._made = self._missed = 0
        self.propose_new_texts = self._propose

    @property
    def instances(self) -> int:
        """How many scores a candidate has."""
        if not self.trials:
            return 0
        sure = self.trials[0].sure
        rows = self.front == "rows" and sure is not None
        return len(sure) if rows and sure is not None else len(self.trials[0].score.labels)

    @property
    def reasons(self) -> str:
        """Why proposals were unusable, the most frequent reason first."""
        ranked = sorted(self._why.items(), key=lambda pair: -pair[1])
        return "; ".join(reason for reason, _ in ranked[:3])

    def first(self) -> Texts | None:
        """The first of the config's candidates that can be scored, as gepa's seed."""
        while self._waiting:
            texts = self._texts(self._waiting.pop(0))
            if self._trial(texts) is not None:
                return texts
        return None

    def done(self, state: Any) -> bool:
        """Whether to stop: enough candidates, or too many unusable proposals in a row."""
        return not self._waiting and (self._made >= self.most or self._missed >= self.patience)

    def evaluate(self, batch: Sequence[int], candidate: Texts, capture_traces: bool = False) -> Any:
        """Scores of some instances, all from the candidate's one trial."""
        from gepa import EvaluationBatch

        trial = self._trial(candidate)
        scores = [self._score(trial, at) for at in batch]
        return EvaluationBatch([None] * len(batch), scores, list(batch) if capture_traces else None)

    def make_reflective_dataset(
        self, candidate: Texts, eval_batch: Any, components_to_update: Sequence[str]
    ) -> dict[str, list[Mapping[str, Any]]]:
        """What gepa wants to see; the proposer gets the trial itself."""
        return {name: [{"Feedback": ""}] for name in components_to_update}

    def should_accept(self, proposal: Any, state: Any) -> bool:
        """Every candidate that was scored joins the front: its full evaluation is paid already."""
        return self._trial(proposal.candidate) is not None

    def log(self, message: str) -> None:
        """Gepa's own log lines are not shown: every trial is logged as a run."""

    def _propose(self, texts: Texts, dataset: Any, components: Sequence[str]) -> Texts:
        """The next candidate's texts; the parent's own where there is none."""
        try:
            if self._waiting:
                return self._texts(self._waiting.pop(0))
            made = self._changed(self._candidates[_key(texts)])
        except ProposalError as exc:
            self._count(exc.what)
            return texts
        except BaseException as exc:
            raise Abort(exc) from exc
        return texts if made is None else made

    def _changed(self, parent: Candidate) -> Texts | None:
        trial = self._trials[_key(self._texts(parent))]
        if trial is None:
            return None
        self.proposed += 1
        proposal = self.proposer.propose(trial, self.objective, self.proposed)
        if proposal is None:
            self._count(NOTHING)
            return None
        name = f"{type(self.proposer).__name__.lower()} {self._made + 1}"
        child = self.objective.change(parent, proposal.changes, name, proposal.why)
        texts = self._texts(child)
        if _key(texts) in self._trials:
            self._count("proposed before")
            return None
        self._made += 1
        self._missed = 0
        return texts

    def _count(self, reason: str) -> None:
        self.unusable += 1
        self._missed += 1
        self._why[reason] = self._why.get(reason, 0) + 1

    def _texts(self, candidate: Candidate) -> Texts:
        """What gepa sees of a candidate: equal texts are one candidate to it."""
        config = self.objective.config(candidate)
        generator = dict(config["generator"])
        prompts = generator.pop("prompts")
        generator.pop("name", None)
        rest = {
            "generator": generator,
            **{key: config.get(key) for key in ("lm", "curation", "budget")},
        }
        texts = {f"prompt {name}": str(text) for name, text in sorted(prompts.items())}
        texts["settings"] = json.dumps(rest, sort_keys=True, ensure_ascii=False, default=str)
        self._candidates.setdefault(_key(texts), candidate)
        return texts

    def _trial(self, texts: Texts) -> Trial | None:
        key = _key(texts)
        if key not in self._trials:
            try:
                trial = self.objective(self._candidates[key])
            except BaseException as exc:
                raise Abort(exc) from exc
            self._trials[key] = trial
            if trial is not None:
                self.trials.append(trial)
        return self._trials[key]

    def _score(self, trial: Trial | None, at: int) -> float:
        if trial is None:
            return FAILED
        if self.front == "rows" and trial.sure is not None:
            return float(np.asarray(trial.sure)[at])
        return trial.score.per_class[trial.score.labels[at]].f1


def _key(texts: Texts) -> str:
    return json.dumps(texts, sort_keys=True, ensure_ascii=False)
