"""``miprov2``: an LM writes prompts first, then a sampler tries them, alone or with demos.

DSPy's MIPROv2. Its proposer is told the prompt and rows that it made; the source code and the
task's examples, which it would send as well, stay here. Without demos each prompt is tried at most
once, so that more trials than candidates cost nothing.
"""

from __future__ import annotations

import dspy
import optuna
from pydantic import Field

from synthlab.search.optimizers.base import Optimizer, OptimizerParams
from synthlab.search.optimizers.job import Job
from synthlab.search.optimizers.program import Rows, part, score, whole

TURNS = 3
"""Rows of each class that demos are chosen from."""


class MiproV2(Optimizer):
    """Prompts, and sets of demos, chosen by a tree-structured Parzen estimator."""

    class Params(OptimizerParams):
        """How many prompts are written and how many combinations tried."""

        candidates: int = Field(
            6, ge=2, le=50, description="prompts to choose from, the first one included"
        )
        trials: int = Field(10, ge=1, le=200, description="combinations that are drawn")
        demos: int = Field(
            0, ge=0, le=16, description="most generated rows that a prompt shows as examples"
        )
        threshold: float = Field(
            0.5, gt=0, le=1, description="F1 of a class from which its rows may be shown"
        )

    short, title = "miprov2", "DSPy's MIPROv2"

    @property
    def most(self) -> int:
        return int(self.params.trials)

    def optimize(self, job: Job, lm: dspy.LM) -> None:
        asked, seed, labels = self.params, job.objective.seed, job.objective.brief.labels
        verbosity = optuna.logging.get_verbosity()
        made = dspy.MIPROv2(
            metric=score,
            prompt_model=lm,
            task_model=lm,
            max_bootstrapped_demos=asked.demos,
            max_labeled_demos=0,
            auto=None,
            num_candidates=asked.candidates,
            num_threads=1,
            seed=seed,
            track_stats=False,
            metric_threshold=asked.threshold,
        )
        try:
            made.compile(
                Rows(job),
                trainset=[part(label, n) for n in range(TURNS) for label in labels],
                valset=[whole()],
                num_trials=asked.trials,
                seed=seed,
                minibatch=False,
                program_aware_proposer=False,
                data_aware_proposer=False,
            )
        finally:
            optuna.logging.set_verbosity(verbosity)
