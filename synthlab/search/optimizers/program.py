"""A set of rows as the one thing that a DSPy optimizer scores: the program that it works on.

DSPy scores examples, one at a time. Here an example is a generation job: the whole set of a
candidate, or what one class has of it. The program holds the prompt as the instructions of its one
predictor; running it gives the scores of that prompt.
"""

from __future__ import annotations

from collections.abc import Mapping

import dspy

from synthlab.outcomes import Trial
from synthlab.search.optimizers.job import Attempt, Job, Stop


class Rows(dspy.Module):  # type: ignore[misc]
    """The program that an optimizer works on: the prompt is its predictor's instructions."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self.row = dspy.Predict(job.signature)
        self.row.demos = list(job.demos)

    def forward(self, label: str = "", place: int = 0) -> dspy.Prediction:
        """The scores of the prompt as it stands; a row of the set is left in DSPy's trace.

        Args:
            label: the class that is scored; the whole set if empty.
            place: of the kept row that is left.

        Raises:
            Stop: the objective raised.
        """
        try:
            attempt = self.job.attempt(self.row.signature.instructions, self.row.demos)
            if attempt.trial is not None and dspy.settings.trace is not None:
                self._leave(attempt.trial, label, place)
            scores = {"score": attempt.score(label), "f1": attempt.f1(label)}
            names = self.job.objective.brief.names
            return dspy.Prediction(**scores, feedback=told(attempt, names, label))
        except Exception as exc:
            self.job.error = exc
            raise Stop from exc

    def _leave(self, trial: Trial, label: str, place: int) -> None:
        found = self.job.row(trial, label, place)
        if found is not None:
            text = dspy.Prediction(**{self.job.field: str(found.values[self.job.field])})
            dspy.settings.trace.append((self.row, self.job.inputs(found), text))


def score(example: dspy.Example, made: dspy.Prediction, trace: object = None) -> float:
    """DSPy's metric: what the job's program found."""
    return float(made.score)


def whole() -> dspy.Example:
    """The job of a whole set."""
    return dspy.Example(label="", place=0).with_inputs("label", "place")


def part(label: str, place: int = 0) -> dspy.Example:
    """The job of one class; the row at ``place`` stands for it."""
    return dspy.Example(label=label, place=place).with_inputs("label", "place")


def told(attempt: Attempt, names: Mapping[str, str], label: str = "") -> str:
    """What an optimizer that reads feedback is told: scores by class, and the findings.

    Args:
        attempt: a prompt's.
        names: the words that stand for each class.
        label: leaves out findings about other classes.
    """
    trial = attempt.trial
    if trial is None:
        return f"The prompt cannot be used: {attempt.why or 'it wrote no usable rows of a class'}."
    by_class = ", ".join(
        f"{names.get(k, k)} {one.f1:.2f}" for k, one in trial.score.per_class.items()
    )
    lines = [
        f"A classifier trained on the texts of this prompt reaches macro-F1 {trial.score.f1:.2f} "
        f"on real texts. F1 by class: {by_class}."
    ]
    for found in trial.feedback.findings:
        if not label or not found.label or label in (found.label, found.other):
            lines.append(f"- {found.text}")
    return "\n".join(lines)
