"""The finals on dev: a frozen shortlist, fresh generations of each, and who is picked.

Test is not read here (``workflow/exam.py`` gets its rows from ``workflow/run.py``). The order of a
search is by one generation each, of many candidates: the best of them was lucky, too. So the few
best are generated afresh, and picked by the lower end of their interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from synthlab.comparisons import Contrast, Estimate, Finalist
from synthlab.outcomes import Score, Trial
from synthlab.records import Usage, usage_of
from synthlab.report.ends import cell
from synthlab.statistics.macro import Codes, Floats, Patterns
from synthlab.statistics.many import holm, shrink
from synthlab.statistics.paired import contrast, level
from synthlab.workflow.fresh import Fresh

SURE = 0.95
"""From this probability on, two candidates count as equal, and the cheaper one is picked."""


@dataclass(frozen=True)
class Picked:
    """The finalists, best first.

    Attributes:
        chosen: why the first is the first, in words.
        contrasts: of the first against each other one, on dev.
    """

    order: tuple[Fresh, ...]
    finalists: tuple[Finalist, ...]
    contrasts: tuple[Contrast, ...]
    chosen: str


def shortlist(trials: Sequence[Trial], size: int) -> list[Trial]:
    """The best ``size`` whole trials, and the direct prompt, which every final compares with.

    Of several direct prompts (other temperatures), the best one with as many rows as the first.

    Args:
        trials: the leaderboard, best first.
        size: how many.
    """
    whole = [trial for trial in trials if not trial.out] or list(trials)
    best = whole[:size]
    rows = best[0].candidate.rows_per_class
    alike = [t for t in trials if t.candidate.is_direct and t.candidate.rows_per_class == rows]
    return best if not alike or any(t in best for t in alike) else [*best, alike[0]]


def pick(made: Sequence[Fresh], trials: Sequence[Trial], rope: float) -> Picked:
    """Order the finalists by what their fresh generations reach on dev.

    Args:
        made: finalists with their generations.
        trials: every trial of the search.
        rope: half the region of practical equivalence.
    """
    levels = {fresh.name: level(*_codes(fresh.dev)) for fresh in made}
    ends = {name: _end(found) for name, found in levels.items()}
    order = sorted(made, key=lambda fresh: (*handicap(fresh), -ends[fresh.name], fresh.name))
    contrasts = holm([_against(order[0], other, rope) for other in order[1:]])
    behind = any(any(handicap(fresh)) for fresh in order)
    among = " of those with all their rows" if behind else ""
    chosen = f"its interval on dev has the highest lower end{among} ({_said(levels, order[0])})"
    cheaper = _cheaper(order, contrasts)
    if cheaper is not None:
        before, order = order[0], [cheaper, *(f for f in order if f is not cheaper)]
        contrasts = holm([_against(order[0], other, rope) for other in order[1:]])
        chosen = f"as good as {before.name} within {rope:g} and cheaper"
    shrunken = _shrunken(trials, made)
    finalists = tuple(_finalist(f, levels[f.name], shrunken[f.name]) for f in order)
    return Picked(tuple(order), finalists, tuple(contrasts), chosen)


def handicap(fresh: Fresh) -> tuple[bool, bool]:
    """A prompt that a race dropped, or one short of rows, is there to be compared with only."""
    return bool(fresh.trial.out), fresh.short


def _end(found: Estimate) -> float:
    """The lower end, also where it lies below 0.

    Of two generations, whose spread is hardly known, the mean: by their ends the order would be
    that of their luck.
    """
    if found.generations == 2:
        return found.value
    return found.value - float(stats.t.ppf(0.975, found.df)) * found.se


def _codes(scores: Sequence[Score]) -> tuple[Codes, Codes, int]:
    """Truth, calls by generation, and the number of classes."""
    return scores[0].true, np.vstack([score.called for score in scores]), len(scores[0].labels)


def _against(first: Fresh, other: Fresh, rope: float) -> Contrast:
    true, mine, classes = _codes(first.dev)
    names = (first.name, other.name)
    return contrast(names, true, mine, _codes(other.dev)[1], classes, rope=rope)


def _cheaper(order: Sequence[Fresh], contrasts: Sequence[Contrast]) -> Fresh | None:
    equal = [
        fresh
        for fresh, found in zip(order[1:], contrasts, strict=True)
        if found.equal >= SURE and not any(handicap(fresh)) and _price(fresh) < _price(order[0])
    ]
    return min(equal, key=_price, default=None)


def _price(fresh: Fresh) -> tuple[float, float]:
    """USD and tokens of a kept row; an unknown price counts as the highest."""
    usage, kept = _usage(fresh), _kept(fresh)
    usd = math.inf if usage.cost_usd is None else usage.cost_usd / kept
    return usd, usage.tokens / kept


def _usage(fresh: Fresh) -> Usage:
    return sum((usage_of(made.rows) for made in fresh.sets), Usage())


def _kept(fresh: Fresh) -> int:
    return sum(len(made.kept) for made in fresh.sets)


def _said(levels: dict[str, Estimate], fresh: Fresh) -> str:
    found = levels[fresh.name]
    return f"{found.value:.3f}, {cell(found)}"


def _finalist(fresh: Fresh, dev: Estimate, shrunken: float) -> Finalist:
    usd, tokens = _price(fresh)
    return Finalist(
        name=fresh.name,
        generator=fresh.trial.candidate.generator,
        rows=round(_kept(fresh) / len(fresh.sets)),
        search=fresh.trial.score.f1,
        shrunken=shrunken,
        dev=dev,
        usd_per_1000=None if math.isinf(usd) else 1000 * usd,
        tokens_per_row=tokens,
        run_id=fresh.log.run_id if fresh.log else fresh.trial.run_id,
    )


def _shrunken(trials: Sequence[Trial], made: Sequence[Fresh]) -> dict[str, float]:
    """The search's scores without the winner's luck.

    A score's error has the part that rows give it apart from the others (all are judged on the
    same rows, and what these do to all of them alike changes no order), and the luck of its one
    generation, which the finalists' fresh ones tell of.
    """
    whole = [trial for trial in trials if not trial.out] or list(trials)
    true, called, classes = _codes([trial.score for trial in whole])
    booted: Floats = Patterns.of(true, called, classes).draws()
    apart = (booted - booted.mean(axis=0)).var(axis=1, ddof=1)
    luck = _luck(made)
    ses = np.sqrt(apart + luck)
    values = shrink([trial.score.f1 for trial in whole], ses.tolist())
    found = {t.candidate.name: value for t, value in zip(whole, values, strict=True)}
    return {t.candidate.name: found.get(t.candidate.name, t.score.f1) for t in trials}


def _luck(made: Sequence[Fresh]) -> float:
    """Variance over generations, pooled over the finalists; 0 where each has only one."""
    spreads = [np.var([s.f1 for s in fresh.dev], ddof=1) for fresh in made if len(fresh.dev) > 1]
    return float(np.mean(spreads)) if spreads else 0.0
