"""Plan -> Estimate: what a run will take, before it is paid for.

Every candidate is taken to be generated once with all its rows, one after another, as the grid
does; the total then holds as much of that as the search runs (``search/extent.py``), and the
finals, which are generated afresh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from synthlab.lm.base import LMSettings
from synthlab.lm.journal.book import Journal
from synthlab.lm.prices import prices_version
from synthlab.lm.speed import NOTHING, Range
from synthlab.lm.tokens import guess_tokens
from synthlab.records import Usage
from synthlab.search.extent import Extent
from synthlab.workflow.asking import asked
from synthlab.workflow.guess import Part, Sent, checked, guess
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.probe import Seen, probe_lm
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.verifying import asks

# Real rows whose length is looked at.
SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take, by candidate and in all.

    Attributes:
        paid: what the probe itself took; None without one.
        notes: what the figures rest on and what is missing, a sentence each.
        prices: the price table.
    """

    name: str
    parts: tuple[Part, ...]
    total: Part
    paid: Usage | None
    notes: tuple[str, ...]
    prices: str

    def as_metrics(self) -> dict[str, float]:
        """The likely totals, to be logged beside what the run took; no USD if not known."""
        total = self.total
        found = {
            "est_calls": float(total.calls.likely),
            "est_tokens": float(total.tokens.likely),
            "est_minutes": float(total.minutes.likely),
        }
        return found if total.usd is None else {**found, "est_usd": float(total.usd.likely)}

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""
        return {
            "name": self.name,
            "candidates": [asdict(part) for part in self.parts],
            "total": asdict(self.total),
            "probe": asdict(self.paid) if self.paid else None,
            "notes": list(self.notes),
            "prices": self.prices,
        }


def estimate(
    plan: Plan,
    probe: int = 0,
    journal: Journal | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """Estimate a run.

    Args:
        plan: the run.
        probe: real calls of each LM; 0 makes none, and every figure is a guess.
        journal: where the run will keep its calls: then it replays the probe's answers.
        progress: told of each LM that is probed.

    Raises:
        SynthlabError: an LM failed during the probe.
    """
    told = progress or Quiet()
    real = [guess_tokens(str(row.values[plan.splits.field])) for row in plan.splits.seed[:SAMPLE]]
    found: dict[str, Part] = {}
    probes: list[Seen] = []
    for lm, members in _by_lm(plan.members):
        sent = {member.candidate.name: Sent.of(member) for member in members}
        seen = None
        if probe:
            told.say(f"asking {lm.model} {probe} time(s)")
            seen = probe_lm(plan, members, probe, journal)
            probes.append(seen)
        shift = _shift(sent, seen) if seen else 0.0
        for m in members:
            name = m.candidate.name
            found[name] = guess(m, sent[name], fmean(real), seen, shift)
            for step in filter(asks, m.steps):
                found[name] = checked(found[name], step, m, fmean(real))
    parts = tuple(found[member.candidate.name] for member in plan.members)
    searched = _folded("search", parts, lambda ranges: _some(ranges, plan.extent))
    last = _finals(plan, parts)
    question = asked(plan)
    beside = last if question is None else (question, *last)
    parts += beside
    total = _folded("all", (searched, *beside), lambda ranges: sum(ranges, NOTHING))
    paid = sum((seen.paid for seen in probes), Usage()) if probes else None
    notes = tuple(_notes(plan, parts, total, probes))
    return Estimate(plan.config.name, parts, total, paid, notes, prices_version())


def _some(ranges: Sequence[Range], extent: Extent) -> Range:
    """What a search takes which runs so much of the candidates, whoever they are."""
    some = max(1, min(extent.tried, len(ranges)))
    over = extent.tried / some  # a search may make candidates of its own
    cheapest = sum(sorted(one.low for one in ranges)[:some])
    dearest = sum(sorted((one.high for one in ranges), reverse=True)[:some])
    likely = fmean(one.likely for one in ranges) * some * (extent.least + extent.most) / 2
    return Range(cheapest * extent.least, likely, dearest * extent.most) * over


def _finals(plan: Plan, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Fresh generations of the shortlist, and of the direct prompt where there is one.

    Who will be on it is not known: the cheapest or the dearest may be.
    """
    sets = final_sets(plan)
    if not sets:
        return ()

    def either(ranges: Sequence[Range]) -> Range:
        low, high = min(r.low for r in ranges), max(r.high for r in ranges)
        return Range(low, fmean(r.likely for r in ranges), high) * sets

    return (_folded(f"finals: {sets} fresh sets", parts, either),)


def final_sets(plan: Plan) -> int:
    """Fresh generations of the finals, of all finalists together."""
    settings = plan.config.finals
    tried = plan.extent.tried
    tried += settings.mixture and tried > 1  # which may be a finalist, too
    return min(settings.shortlist + 1, tried) * settings.replicates


def _folded(name: str, parts: Sequence[Part], fold: Callable[[Sequence[Range]], Range]) -> Part:
    """One part of many; USD only where every price is known."""

    def each(pick: Callable[[Part], Range]) -> Range:
        return fold([pick(part) for part in parts])

    known = all(part.usd is not None for part in parts)
    return Part(
        name,
        ", ".join(dict.fromkeys(part.lm for part in parts)),
        each(lambda part: part.requests),
        each(lambda part: part.calls),
        each(lambda part: part.tokens_in),
        each(lambda part: part.tokens_out),
        each(lambda part: part.usd or NOTHING) if known else None,
        each(lambda part: part.minutes),
    )


def _by_lm(members: Sequence[Member]) -> list[tuple[LMSettings, list[Member]]]:
    """Members with equal LM settings share a probe."""
    groups: list[tuple[LMSettings, list[Member]]] = []
    for member in members:
        own = next((group for lm, group in groups if lm == member.lm), None)
        if own is None:
            groups.append((member.lm, [member]))
        else:
            own.append(member)
    return groups


def _shift(sent: Mapping[str, Sent], seen: Seen) -> float:
    """Measured less guessed prompt tokens of a call, over the requests that were made.

    A difference and not a factor, as most of it is what a chat template adds to each prompt.
    """
    guessed = sum(sent[name].tokens for name, _ in seen.asked)
    return (seen.all.input_tokens - guessed) / max(1, seen.all.calls)


def _notes(plan: Plan, parts: Sequence[Part], total: Part, probes: Sequence[Seen]) -> list[str]:
    unknown = dict.fromkeys(part.lm for part in parts if part.usd is None)
    notes = [f"no price is known for {lm}: give lm.price to estimate USD" for lm in unknown]
    if probes:
        kept, asked = sum(s.kept for s in probes), sum(len(s.asked) for s in probes)
        replayed = sum(s.all.calls - s.paid.calls for s in probes)
        rows = sum(sum(s.rows) for s in probes)
        notes.append(f"measured with {asked} request(s), of whose {rows} row(s) {kept} were kept")
        if replayed:
            notes.append(f"{replayed} answer(s) came from the journal and cost nothing")
    else:
        notes.append("nothing was measured; --probe 3 asks each LM three times, and is surer")
    if any(asks(step) for member in plan.members for step in member.steps):
        notes.append("questions about doubtful rows are counted, at a guess how many are doubtful")
    return [*notes, *_extent(plan.extent), *_caps(plan, total)]


def _extent(extent: Extent) -> list[str]:
    """Why the total is not the sum of the candidates."""
    notes = list(extent.notes)
    if extent.proposer:
        if extent.asks is None:
            notes.append("calls of the reflection LM are not in the estimate")
    elif extent.least < 1 or extent.most < 1:
        share = f"{extent.least:.0%} to {extent.most:.0%}"
        notes.append(f"a race makes {share} of these candidates' rows: the total says so")
    return notes


def _caps(plan: Plan, total: Part) -> list[str]:
    """Caps of the run that these figures reach."""
    takes = {"usd": total.usd, "tokens": total.tokens}
    takes |= {"calls": total.calls, "minutes": total.minutes}
    notes = []
    for key, cap in plan.config.budget.caps.items():
        taken = takes[key]
        if taken is not None and taken.high > cap:
            verb = "will probably" if taken.likely > cap else "may"
            notes.append(f"budget.{key} {verb} end the run at {cap:g}")
    return notes
