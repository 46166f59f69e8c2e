"""What one candidate will take: requests, tokens, USD and minutes, each as a range.

Without a probe, lengths come from the rendered prompts and the real rows, speeds from
``lm/speed.py``. With one, what it measured takes their place, and the ranges narrow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from synthlab.lm.base import LMSettings, engine_class
from synthlab.lm.prices import cost_usd, price_of
from synthlab.lm.speed import BATCH_SECONDS, NOTHING, Range, call_seconds
from synthlab.lm.tokens import guess_tokens
from synthlab.workflow.plan import Member, most_requests
from synthlab.workflow.probe import Seen
from synthlab.workflow.uses import Used
from synthlab.workflow.verifying import own_lm

# Share of rows that are kept where no step says itself that it lets fewer through; said with the
# weight of four rows.
KEPT, KEPT_WEIGHT = 0.85, 4
# How far a guessed number of prompt tokens is off, by model; and how far prompts of later requests
# are from the first ones.
OFF, LATER = Range(0.6, 1.0, 1.6), Range(0.9, 1.0, 1.1)
# Tokens around a prompt (roles, a template's own system prompt), and around a JSON schema.
AROUND, SCHEMA = Range(0, 10, 40), Range(10, 60, 400)
# An answer is between a third of a real row's length and all that ``max_tokens`` allows.
SHORTEST = 1 / 3
# Share of rows that an asking step asks about, unless it says it itself; tokens of an answer.
DOUBTS, USUAL = (0.1, 0.5, 1.0), 4.0
# How far measured seconds of a few calls are off those of a whole run.
PACE = Range(0.6, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Part:
    """What a candidate, or a whole run, will take.

    Attributes:
        requests: orders of ``rows_per_request`` rows, those that replace dropped rows included.
        calls: LM calls, as a program may need more than one for an order.
        usd: None when a price is not known.
        minutes: of waiting for LMs; training classifiers is not in it.
    """

    name: str
    lm: str
    requests: Range
    calls: Range
    tokens_in: Range
    tokens_out: Range
    usd: Range | None
    minutes: Range

    @property
    def tokens(self) -> Range:
        """Input and output tokens together."""
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True)
class Sent:
    """What one order of a candidate sends: a mean over the classes.

    Attributes:
        calls: LM calls.
        tokens: guessed tokens of their prompts, all calls together.
    """

    calls: float
    tokens: float

    @classmethod
    def of(cls, member: Member) -> Sent:
        """From the rehearsal of the first order of each class."""
        prompts = member.prompts.values()
        tokens = fmean(sum(map(guess_tokens, said)) for said in prompts)
        return cls(fmean(map(len, prompts)), tokens)

    @property
    def tokens_a_call(self) -> float:
        """Guessed prompt tokens of one call."""
        return self.tokens / max(1.0, self.calls)


def guess(member: Member, sent: Sent, real_tokens: float, seen: Seen | None, shift: float) -> Part:
    """The ranges of one candidate.

    Args:
        member: the candidate.
        sent: what its requests send.
        real_tokens: mean length of the real rows.
        seen: the probe of its LM.
        shift: measured less guessed prompt tokens of a call, over that probe.
    """
    requests = _requests(member, seen)
    calls = requests * sent.calls
    reads = _reads(member, sent, seen, shift)
    writes = _writes(member, real_tokens, seen)
    return Part(
        member.candidate.name,
        member.candidate.lm,
        requests,
        calls,
        calls * reads,
        calls * writes,
        _usd(member.lm, calls, reads, writes),
        _seconds(member, calls, reads, writes, seen) * (1 / 60),
    )


def checked(part: Part, step: Used, member: Member, real_tokens: float) -> Part:
    """The same with what a curation step asks an LM about the rows.

    Args:
        part: of the candidate.
        step: an asking one.
        member: the candidate.
        real_tokens: mean length of the real rows, which is that of the synthetic ones at most.
    """
    lm = own_lm(step.params) or member.lm
    rows = part.requests * member.config.generator.rows_per_request
    calls = rows * Range(*getattr(step.made, "doubts", DOUBTS))
    question = guess_tokens(str(getattr(step.params, "prompt", "")))
    question += guess_tokens(", ".join(member.brief.names.values()))
    text = min(real_tokens, float(member.lm.max_tokens))
    reads = OFF * (question + text) + AROUND
    most = float(step.params.tokens)
    writes = Range(1, min(USUAL, most), most)
    paid = _usd(lm, calls, reads, writes)
    return replace(
        part,
        lm=", ".join(dict.fromkeys([part.lm, lm.model])),
        calls=part.calls + calls,
        tokens_in=part.tokens_in + calls * reads,
        tokens_out=part.tokens_out + calls * writes,
        usd=None if part.usd is None or paid is None else part.usd + paid,
        minutes=part.minutes + _usual_seconds(lm, calls, reads, writes) * (1 / 60),
    )


def _requests(member: Member, seen: Seen | None) -> Range:
    wanted, each = member.wanted(), member.config.generator.rows_per_request
    least = sum(math.ceil(rows / each) for rows in wanted.values())
    # Refills may ask for one row at a time.
    most = least + most_requests(member) - sum(wanted.values())
    kept = _kept(member)
    rate, error = kept, 1.0
    if seen:
        weight = sum(seen.rows) + KEPT_WEIGHT
        rate = (seen.kept + kept * KEPT_WEIGHT) / weight
        error = 2 * math.sqrt(rate * (1 - rate) / weight)
    low = math.floor(least / min(1.0, rate + error))
    high = math.ceil(least / (rate - error)) if rate > error else most
    likely = math.ceil(least / rate)
    return Range(max(least, min(low, most)), min(likely, most), min(high, most))


def _kept(member: Member) -> float:
    """Share of rows that curation is taken to keep."""
    return KEPT * math.prod(getattr(step.made, "keeps", 1.0) for step in member.steps)


def _reads(member: Member, sent: Sent, seen: Seen | None, shift: float) -> Range:
    """Prompt tokens of one call."""
    mean = sent.tokens_a_call
    if seen:
        own = seen.of(member.candidate.name)
        measured = own.input_tokens / own.calls if own.calls else max(mean / 2, mean + shift)
        return LATER * measured
    adapter = member.lm.adapter
    if adapter == "auto":
        adapter = engine_class(member.lm).adapter
    around = NOTHING if member.lm.engine == "fake" else AROUND  # that one counts words only
    return OFF * mean + around + (SCHEMA if adapter == "json" else NOTHING)


def _writes(member: Member, real_tokens: float, seen: Seen | None) -> Range:
    """Output tokens of one call."""
    each = member.config.generator.rows_per_request
    most = float(member.lm.max_tokens * each)
    if seen:
        # Members with another number of rows a call share the probe.
        outputs = [
            usage.output_tokens / max(1, usage.calls) / rows * each
            for usage, rows in zip(seen.took, seen.rows, strict=True)
        ]
        mean = fmean(outputs)
        # Few answers say little about how much they differ: then half of the mean is assumed.
        spread = stdev(outputs) if len(outputs) > 4 else mean / 2
        error = 2 * spread / math.sqrt(len(outputs))
        return Range(max(0.0, mean - error), mean, max(mean, min(most, mean + error)))
    likely = min(most, real_tokens * each)
    return Range(likely * SHORTEST, likely, most)


def _usd(lm: LMSettings, calls: Range, reads: Range, writes: Range) -> Range | None:
    price = price_of(lm)
    if price is None:
        return None
    batch = lm.mode == "batch"

    def of(read: float, write: float) -> float:
        return cost_usd(price, math.ceil(read), math.ceil(write), batch=batch)

    each = Range(
        of(reads.low, writes.low), of(reads.likely, writes.likely), of(reads.high, writes.high)
    )
    return calls * each


def _seconds(member: Member, calls: Range, reads: Range, writes: Range, seen: Seen | None) -> Range:
    lm, pace = member.lm, _pace(member, seen)
    if lm.mode == "batch" or pace is None:
        return _usual_seconds(lm, calls, reads, writes)
    at_once = max(1, min(lm.concurrency, int(calls.likely)))
    middle = call_seconds(lm, reads.likely, writes.likely, at_once).likely
    return calls * (PACE * (middle * pace)) * (1 / at_once)


def _usual_seconds(lm: LMSettings, calls: Range, reads: Range, writes: Range) -> Range:
    """By what is known of such LMs, where nothing was measured."""
    if lm.mode == "batch":
        return BATCH_SECONDS
    at_once = max(1, min(lm.concurrency, int(calls.likely)))
    each = Range(
        call_seconds(lm, reads.low, writes.low, at_once).low,
        call_seconds(lm, reads.likely, writes.likely, at_once).likely,
        call_seconds(lm, reads.high, writes.high, at_once).high,
    )
    return calls * each * (1 / at_once)


def _pace(member: Member, seen: Seen | None) -> float | None:
    """Measured over guessed seconds of a call; None where nothing was measured."""
    if seen is None or not seen.paid.calls:
        return None  # the times of replayed answers are those of another moment
    n = seen.paid.calls
    read, wrote = seen.paid.input_tokens / n, seen.paid.output_tokens / n
    guessed = call_seconds(member.lm, read, wrote, seen.in_flight).likely
    return seen.paid.seconds / n / guessed if guessed else None
