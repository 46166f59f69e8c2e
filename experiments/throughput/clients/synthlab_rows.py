"""synthlab's rows: a one-field program in ``session.scope``, spread over threads."""

from collections.abc import Iterable

import contract
import dspy

# The session would import the SDK once it needs it, inside of what is timed; the other clients
# have it before the clock starts.
import synthlab.lm.openai_sdk  # noqa: F401
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.session import Session
from synthlab.workflow.spread import spread


def settings(job: contract.Job) -> LMSettings:
    """The stub as an LM with a price, so that each call's cost is worked out."""
    return LMSettings(
        f"openai/{contract.MODEL}",
        base_url=job.url,
        adapter="plain",
        concurrency=job.in_flight,
        price=Price(0.15, 0.60),
    )


def texts(job: contract.Job, session: Session, seeds: Iterable[int]) -> list[str]:
    """One row a seed."""
    program = dspy.Predict(dspy.Signature("topic -> text", contract.PROMPT))

    def write(seed: int) -> str:
        with session.scope(seed=seed):
            return str(program(topic=job.topic(seed)).text)

    return spread(write, list(seeds), job.in_flight, lambda _: None)
