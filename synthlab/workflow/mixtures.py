"""After the search: one candidate more, a mixture of those that were scored, if dev supports it.

Its rows are its parts' own, in their shares, so the journal has nearly all of them. It is
generated, curated, scored and logged as any candidate, at equal rows, and competes with them in
the finals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from synthlab.errors import BudgetError, ProposalError
from synthlab.lm.base import NO_LM
from synthlab.outcomes import Candidate, Score, Trial
from synthlab.records import Row
from synthlab.search.mixing import FITS, choose, fits
from synthlab.workflow.objective import Objective
from synthlab.workflow.plan import Member, Plan

NAME = "mixture"

REFS = (NAME, "synthlab.generators.mixture:Mixture")
"""References of its class."""

FINEST = 12
"""Shares of so many rows at most are told as "2 of 3", others in percent."""


def mixed(plan: Plan, objective: Objective, trials: Sequence[Trial]) -> Trial | None:
    """The trial of a mixture; None where there is none, and progress is told why (of one, not).

    Args:
        plan: the run.
        objective: which has scored the trials.
        trials: the search's, best first.

    Raises:
        SynthlabError: what must end the run; a cap that is reached only ends the mixture.
    """
    alike, left = _alike(objective.members, trials)
    for text in left:
        objective.progress.note(text)
    if len(alike) < 2:
        if len(trials) > 1:
            without = ", no demos" if left else ""
            why = f"no two candidates have all their rows{without}, one LM and the same curation"
            objective.progress.note(f"no mixture: {why}")
        return None
    objective.progress.say(f"looking for a mixture of candidates{_floor(alike[0])}")

    def score(rows: Sequence[Row]) -> Score:
        return plan.student.score(rows, plan.splits.dev)

    # Where the finals write it afresh, it needs no proof: a chance of being better is enough.
    settings = plan.config.finals
    rope = None if settings.replicates > 1 else settings.rope
    chosen = choose(alike, score, rope, plan.config.seed)
    if not chosen.shares:
        objective.progress.note(f"no mixture: {chosen.why}")
        return None
    changes = {"generator": _section(objective, chosen.shares)}
    why = f"mixes {_named(chosen.shares)}: {chosen.why}"
    try:
        return objective(objective.change(_base(objective, alike), changes, NAME, why))
    except (ProposalError, BudgetError) as exc:
        # What the run was to try has been tried: its finals need no mixture.
        objective.rest(exc.what)
        objective.progress.note(f"no mixture: {exc.what}")
        return None


def _alike(members: Mapping[str, Member], trials: Sequence[Trial]) -> tuple[list[Trial], list[str]]:
    """The best whole trial, and those that one LM, with the same curation, can write with it.

    A part has no place for demos: what it then wrote would be other rows than those that were
    scored. Who is left out for them is told, a sentence each.
    """
    whole = [t for t in trials if not t.out and not t.short and t.candidate.generator not in REFS]
    left = [trial.candidate.name for trial in whole if trial.candidate.demos]
    notes = [f"{name} takes no part in a mixture: a part cannot show its demos" for name in left]
    able = [trial for trial in whole if not trial.candidate.demos]
    if not able:
        return [], notes
    best = members[able[0].candidate.name]
    asking = [own.lm for t in able if _asks(own := members[t.candidate.name])]
    lm = best.lm if _asks(best) or not asking else asking[0]

    def fits_in(own: Member) -> bool:
        # Whoever asks no LM writes the same rows beside any.
        return _conditions(own) == _conditions(best) and (own.lm == lm or not _asks(own))

    return [trial for trial in able if fits_in(members[trial.candidate.name])], notes


def _asks(member: Member) -> bool:
    return member.lm.model != NO_LM


def _base(objective: Objective, alike: Sequence[Trial]) -> Candidate:
    """The best of those that ask an LM, so that the mixture has it; the best, if none does."""
    asking = [t for t in alike if _asks(objective.members[t.candidate.name])]
    return (asking or alike)[0].candidate


def _floor(trial: Trial) -> str:
    """That its search is short, where classifiers of such large sets take long."""
    if fits(trial.rows_per_class, len(trial.score.labels)) > FITS[0]:
        return ""
    return f" (as sets are large, with {FITS[0]} classifiers for each choice)"


def _named(shares: Mapping[str, Mapping[str, int]]) -> str:
    """The parts and the share of the rows that each writes, which the last one's follows from."""
    whole = [sum(each) for each in zip(*(own.values() for own in shares.values()), strict=True)]
    said = []
    for name, own in shares.items():
        parts = (Fraction(n, total) for n, total in zip(own.values(), whole, strict=True))
        share = sum(parts, Fraction()) / len(own)
        rough = share.denominator <= FINEST
        size = f"{share.numerator} of {share.denominator}" if rough else f"{float(share):.0%} of"
        said.append(f"{name} ({size} rows)")
    last = list(shares)[-1]
    return f"{', '.join(said[:-1])} and {last}" if len(said) > 1 else said[0]


def _conditions(member: Member) -> tuple[Any, ...]:
    """What all parts of a mixture share, but for the LM."""
    config, asked = member.config, member.config.generator
    steps = [step.identity for step in member.steps]
    return steps, config.budget, asked.rows_per_request, asked.quotas


def _section(objective: Objective, shares: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The mixture's section of the config; each part brings all its prompts and its source."""
    parts = []
    common: dict[str, Any] = {}
    for name, share in shares.items():
        member = objective.members[name]
        section = member.config.generator
        common = {"rows_per_request": section.rows_per_request, "quotas": section.quotas}
        parts.append(
            {
                "use": member.generator.ref,
                "with": dict(member.candidate.params),
                "prompts": dict(member.make().texts),
                "share": dict(share),
                "name": name,
                "source": member.generator.source or "",
            }
        )
    return {"use": NAME, "with": {"parts": parts}, **common}
