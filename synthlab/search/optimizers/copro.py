"""``copro``: an LM writes prompts in rounds, and sees what earlier ones scored.

DSPy's COPRO (coordinate ascent on instructions). It also writes a prefix for the output field; our
prompts have none, so prompts that differ in it alone are one candidate.
"""

from __future__ import annotations

import dspy
from pydantic import Field

from synthlab.search.optimizers.base import Optimizer, OptimizerParams
from synthlab.search.optimizers.job import Job
from synthlab.search.optimizers.program import Rows, score, whole


class Copro(Optimizer):
    """``breadth - 1`` prompts at first, then ``depth - 1`` rounds of ``breadth``."""

    class Params(OptimizerParams):
        """How many prompts are written."""

        breadth: int = Field(4, ge=2, le=50, description="prompts in a round")
        depth: int = Field(2, ge=1, le=20, description="rounds; each sees the scores before it")

    short, title = "copro", "DSPy's COPRO"

    @property
    def most(self) -> int:
        return int(self.params.breadth * self.params.depth)

    def optimize(self, job: Job, lm: dspy.LM) -> None:
        made = dspy.COPRO(
            prompt_model=lm,
            metric=score,
            breadth=self.params.breadth,
            depth=self.params.depth,
        )
        settings = {"num_threads": 1, "display_progress": False, "display_table": 0}
        made.compile(Rows(job), trainset=[whole()], eval_kwargs=settings)
