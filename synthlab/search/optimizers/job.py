"""What the copies of an optimizer's program share: prompt and demos in, trial out, once for each.

However often an optimizer runs a prompt, the objective is asked once. What it raises ends the
optimizer and is kept; what the optimizer makes of scores is not decided here. Its program stands in
``program.py``.
"""

from __future__ import annotations

import inspect
import string
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dspy

from synthlab.errors import ContextError, ProposalError, UnansweredError
from synthlab.outcomes import Trial
from synthlab.records import Row
from synthlab.search.base import Objective
from synthlab.search.optimizers.quiet import heard

UNUSABLE = -2.0
"""Under every trial: a prompt that could not be run, or made no rows of some class."""
SHORT = -1.0
"""Added to the scores of a set that lacks rows: it comes after every whole one, as on the
leaderboard."""
SEEDS = 1009
"""Draws of the LM that proposes lie so far apart between the seeds of a run."""


class Stop(BaseException):
    """Ends an optimizer at once; ``Job.error`` has the reason.

    DSPy makes a score of 0 of every ``Exception``; this passes by, like ``KeyboardInterrupt``.
    """


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a prompt and its demos; ``trial`` is None where it is ``UNUSABLE``."""

    trial: Trial | None
    why: str = ""

    def score(self, label: str = "") -> float:
        """Macro-F1, or F1 of a class; less for what must come after every whole set."""
        if self.trial is None:
            return UNUSABLE
        return self.f1(label) + (SHORT if self.trial.short else 0.0)

    def f1(self, label: str = "") -> float:
        """Macro-F1, or F1 of a class where it is known."""
        if self.trial is None:
            return 0.0
        score = self.trial.score
        return score.per_class[label].f1 if label in score.per_class else score.f1


class Job:
    """What all copies of a program share: the objective, and what came of each prompt.

    Args:
        parent: whose prompt is rewritten; its trial stands for that prompt.
        objective: makes and scores candidates.
        search: its short name; candidates are named after it.
        prompt: name of the prompt that is rewritten.

    Attributes:
        template: the parent's prompt.
        trials: of the candidates that were made, in order.
        unusable: why a proposal could not be used, for each one.
        unanswered: why the LM that proposes gave no answer, for each call.
        error: what ended it.
    """

    def __init__(self, parent: Trial, objective: Objective, search: str, prompt: str) -> None:
        self.parent, self.objective, self.search, self.prompt = parent, objective, search, prompt
        generator = objective.config(parent.candidate)["generator"]
        self.template: str = generator["prompts"][prompt]
        self.demos: list[dict[str, Any]] = [dict(demo) for demo in generator.get("demos", ())]
        self.trials: list[Trial] = []
        self.unusable: list[str] = []
        self.unanswered: list[str] = []
        self.error: BaseException | None = None
        fields = {name: (str, dspy.InputField()) for name in _placeholders(self.template)}
        self.field = objective.brief.field
        fields[self.field] = (str, dspy.OutputField())
        self._nothing = dspy.Signature(fields).instructions
        self.signature = dspy.Signature(fields, self.template)
        self._known = {demo["text"]: demo for demo in self.demos}
        self._learn(parent)
        self._attempts = {self._key(self.template, self.demos): Attempt(parent)}

    def __deepcopy__(self, memo: dict[int, Any]) -> Job:
        # Optimizers copy programs: all copies must know what has been tried.
        return self

    @property
    def made(self) -> int:
        """Candidates that were made, those that kept too few rows included."""
        return len(self.trials) + sum(
            attempt.trial is None and not attempt.why for attempt in self._attempts.values()
        )

    def attempt(self, template: str, demos: Sequence[Mapping[str, Any]] = ()) -> Attempt:
        """What comes of a prompt with demos; asked for again, what came of it before.

        Args:
            template: the instructions of a predictor; DSPy's own, which it puts in the place of an
                empty proposal, count as empty.
            demos: of a predictor, each one a row of a trial of this job.

        Raises:
            Stop: the objective raised; ``error`` is what.
        """
        if self.error is not None:
            raise Stop
        text = "" if template == self._nothing else template.strip()
        key = self._key(text, demos)
        if key not in self._attempts:
            shown = [self._known[str(demo.get("text", demo.get(self.field)))] for demo in demos]
            self._attempts[key] = self._made(text, shown)
        return self._attempts[key]

    @contextmanager
    def reflecting(self, number: int) -> Iterator[None]:
        """A scope of the LM that proposes; a failure of it stops the optimizer.

        Raises:
            UnansweredError: this one request got no answer, or is too long for the LM.
            Stop: any other failure.
        """
        if self.error is not None:
            raise Stop
        try:
            with heard(), self.objective.reflecting(self.objective.seed * SEEDS + number):
                yield
        except (UnansweredError, ContextError) as exc:
            self.unanswered.append(exc.what)
            raise UnansweredError(exc.what, exc.fix) from exc
        except BaseException as exc:
            self.error = exc
            raise Stop from exc

    def row(self, trial: Trial, label: str, place: int) -> Row | None:
        """A kept row of a class, or of the whole set; after the last one comes the first again."""
        rows = [row for row in trial.curated.kept if label in ("", row.label)]
        return rows[place % len(rows)] if rows else None

    def inputs(self, row: Row) -> dict[str, str]:
        """What filled the prompt for a row, but for real rows that it showed."""
        brief = self.objective.brief
        drawn = row.lineage.request.attributes if row.lineage else {}
        words = brief.names.get(row.label, row.label)
        known = {"document": brief.document, "label": words, **drawn}
        return {name: known.get(name, "") for name in self.signature.input_fields}

    def _made(self, text: str, shown: list[dict[str, Any]]) -> Attempt:
        if not text:
            return self._unusable("an empty prompt")
        changes: dict[str, Any] = {f"generator.prompts.{self.prompt}": text}
        if shown != self.demos:
            changes["generator.demos"] = shown
        name = f"{self.search} {self.made + 1}"
        why = f"rewritten by {self.search}"
        if shown and shown != self.demos:
            why = f"shows {len(shown)} of the rows so far in its prompt"
        try:
            with heard():
                candidate = self.objective.change(self.parent.candidate, changes, name, why)
                trial = self.objective(candidate)
        except ProposalError as exc:
            return self._unusable(exc.what)
        except BaseException as exc:
            self.error = exc
            raise Stop from exc
        if trial is not None:
            self.trials.append(trial)
            self._learn(trial)
        return Attempt(trial)

    def _unusable(self, why: str) -> Attempt:
        self.unusable.append(why)
        return Attempt(None, why)

    def _learn(self, trial: Trial) -> None:
        for row in trial.curated.kept:
            text = str(row.values[self.field])
            drawn = dict(row.lineage.request.attributes) if row.lineage else {}
            self._known[text] = {"label": row.label, "text": text, "attributes": drawn}

    def _key(
        self, template: str, demos: Sequence[Mapping[str, Any]]
    ) -> tuple[str, tuple[str, ...]]:
        # dspy takes the indentation off instructions.
        texts = tuple(str(demo.get("text", demo.get(self.field))) for demo in demos)
        return inspect.cleandoc(template).strip(), texts


def _placeholders(template: str) -> list[str]:
    """Names of the inputs that a prompt mentions, in order; DSPy wants one at least."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    return list(dict.fromkeys(names)) or ["label"]
