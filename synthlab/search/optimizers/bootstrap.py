"""``bootstrap``: rows of the best set so far are shown in the prompt as earlier answers.

DSPy's BootstrapFewShot, set after set. Only generated rows are shown, never real ones, and only
rows of classes that the classifier has learned from them.
"""

from __future__ import annotations

import random

import dspy
from pydantic import Field

from synthlab.search.optimizers.base import Optimizer, OptimizerParams
from synthlab.search.optimizers.job import Job
from synthlab.search.optimizers.program import Rows, part


class Bootstrap(Optimizer):
    """A few sets of demos, each drawn from the best candidate by then."""

    class Params(OptimizerParams):
        """How many rows are shown."""

        demos: int = Field(4, ge=1, le=16, description="most rows that a prompt shows")
        sets: int = Field(3, ge=1, le=50, description="sets of such rows that are tried")
        threshold: float = Field(
            0.5, gt=0, le=1, description="F1 of a class from which its rows may be shown"
        )

    short, title = "bootstrap", "DSPy's BootstrapFewShot"
    proposes = False

    @property
    def most(self) -> int:
        return int(self.params.sets)

    def optimize(self, job: Job, lm: dspy.LM) -> None:
        best = Rows(job)
        for number in range(self.params.sets):
            made = dspy.BootstrapFewShot(
                metric=learned,
                metric_threshold=self.params.threshold,
                max_bootstrapped_demos=self.params.demos,
                max_labeled_demos=0,
            )
            student = made.compile(Rows(job), teacher=best, trainset=self._examples(job, number))
            if not student.row.demos:
                return
            if student().score > best().score:
                best = student

    def _examples(self, job: Job, number: int) -> list[dspy.Example]:
        """A turn of all classes after another; each example gives one row at most."""
        draw = random.Random(f"{job.objective.seed}/{number}")
        labels = list(job.objective.brief.labels)
        first = draw.randrange(1000)  # of a class's rows; where they end they begin again
        examples: list[dspy.Example] = []
        while len(examples) < self.params.demos + len(labels):
            draw.shuffle(labels)
            place = first + len(examples) // len(labels)
            examples += [part(label, place) for label in labels]
        return examples


def learned(example: dspy.Example, made: dspy.Prediction, trace: object = None) -> float:
    """DSPy's metric: F1 of the class, also of a set that lacks rows: demos may be what it needs."""
    return float(made.f1)
