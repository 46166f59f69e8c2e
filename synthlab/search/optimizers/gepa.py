"""``dspy-gepa``: an LM rewrites a prompt after reading what was found out about its rows.

DSPy's own wrapper of GEPA (Agrawal et al., 2025, arXiv 2507.19457), for those who want to compare:
a class is an example, so that its Pareto front keeps prompts that are best at one class. The search
``gepa`` is our own adapter on the same library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dspy
from dspy.teleprompt.gepa import InstructionProposer
from pydantic import Field

from synthlab.lm.relay import ProposalAdapter
from synthlab.search.optimizers.base import Optimizer, OptimizerParams
from synthlab.search.optimizers.job import Job
from synthlab.search.optimizers.program import Rows, part

KEEP = (
    "The instruction is a template for one text of one class. Keep its placeholders in curly "
    "braces as they are, and use no other braces. Do not answer it: write the instruction only."
)
NO_END = 10**9
"""Metric calls: they cost nothing here, proposals are counted instead."""


class DspyGepa(Optimizer):
    """Reflects on some classes at a time, and keeps what is best at any of them."""

    class Params(OptimizerParams):
        """How many prompts are written."""

        proposals: int = Field(8, ge=1, le=500, description="prompts that the LM is asked for")
        classes: int = Field(
            3, ge=1, description="classes that one reflection reads about, and must improve"
        )

    short, title = "dspy-gepa", "DSPy's GEPA"

    @property
    def most(self) -> int:
        return int(self.params.proposals)

    def optimize(self, job: Job, lm: dspy.LM) -> None:
        labels = job.objective.brief.labels
        jobs = [part(label) for label in labels]
        made = dspy.GEPA(
            feedback,
            max_metric_calls=NO_END,
            reflection_minibatch_size=min(self.params.classes, len(labels)),
            reflection_lm=lm,
            instruction_proposer=InstructionProposer(
                additional_instructions=KEEP, adapter=ProposalAdapter()
            ),
            use_merge=False,
            num_threads=1,
            seed=job.objective.seed,
            warn_on_score_mismatch=False,
            gepa_kwargs={
                "stop_callbacks": [lambda state: state.i + 1 >= self.params.proposals],
                "callbacks": [_Ahead(job)],
            },
        )
        made.compile(Rows(job), trainset=jobs, valset=jobs)


def feedback(
    example: dspy.Example,
    made: dspy.Prediction,
    trace: object = None,
    predictor: str | None = None,
    part_of_trace: object = None,
) -> dspy.Prediction:
    """GEPA's metric: F1 of the class, and what was found out about it."""
    return dspy.Prediction(score=float(made.score), feedback=made.feedback)


class _Ahead:
    """Tries each proposal before GEPA does, which would do so in a thread: there Ctrl-C waits."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def on_proposal_end(self, event: Mapping[str, Any]) -> None:
        for text in event["new_instructions"].values():
            self.job.attempt(text, self.job.demos)
