"""What the reflection LM will take: one question for each candidate that it is to propose.

A question holds the prompt, the findings and a few rows, of which nothing exists before the run, so
the ranges are wide.
"""

from __future__ import annotations

import math

from synthlab.lm.prices import cost_usd, price_of
from synthlab.lm.speed import Range, call_seconds
from synthlab.workflow.guess import Part, Sent
from synthlab.workflow.plan import Plan

# Tokens of a question beside the prompt that it is about, and of one finding.
AROUND, FINDING = 350, 35
# How far that guess is off, and how many questions are asked: proposals that cannot be used are
# asked again, and a search may end early.
OFF, ASKED = Range(0.5, 1.0, 2.0), Range(0.5, 1.0, 1.5)
# Tokens of a new prompt; the most is what ``max_tokens`` allows.
SHORT, USUAL = 40, 160


def asked(plan: Plan) -> Part | None:
    """The part of the estimate; None where the search asks no LM, or does not know how often."""
    asks = plan.extent.asks
    if not asks:
        return None
    lm = plan.reflection
    calls = ASKED * asks
    prompt = max(Sent.of(member).tokens_a_call for member in plan.members)
    reads = OFF * (AROUND + prompt + FINDING * plan.config.feedback.most)
    writes = Range(min(SHORT, lm.max_tokens), min(USUAL, lm.max_tokens), lm.max_tokens)
    price = price_of(lm)

    def usd(read: float, write: float) -> float:
        return 0.0 if price is None else cost_usd(price, math.ceil(read), math.ceil(write))

    paid = Range(
        usd(reads.low, writes.low), usd(reads.likely, writes.likely), usd(reads.high, writes.high)
    )
    seconds = Range(
        call_seconds(lm, reads.low, writes.low, 1).low,
        call_seconds(lm, reads.likely, writes.likely, 1).likely,
        call_seconds(lm, reads.high, writes.high, 1).high,
    )
    return Part(
        f"reflection: {asks} questions" if asks > 1 else "reflection: 1 question",
        lm.model,
        calls,
        calls,
        calls * reads,
        calls * writes,
        None if price is None else calls * paid,
        calls * seconds * (1 / 60),
    )
