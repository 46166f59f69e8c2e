"""What test says of the pool, in the same opening as all else, and in words.

Two questions, fixed before test is opened: do as many rows from the pool as the winner has, and do
the best ones of the pool in any number, beat the winner's rows? They are a family of their own in
Holm's correction, beside the finals' fixed questions and not among them: what the finals decide
(who wins, what to train on, what may be promoted) hangs on those alone, so they must cost the same
whether or not a run looks at its pool; and a claim about the pool is read off these two, which are
corrected for each other.

A pool is one draw: a search is not run R times. Its differences from the winner's rows count as
much luck for the pool as the winner's generations show, or ``NOISE`` where there is one of each, as
``synthlab score`` does for a single set. Pools of several candidates' rows vary less (BBC News: sd
0.007 to 0.015 over five pools of two prompts, 0.022 of the better prompt alone), but a run cannot
know how much less, so nothing is taken off: these intervals are too wide rather than too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synthlab.comparisons import POOL_BEST, POOL_SAME, Contrast, PoolFound
from synthlab.outcomes import PoolSet
from synthlab.records import Row
from synthlab.scoring.baselines import first_rows
from synthlab.scoring.score import Scorer
from synthlab.workflow.exam import NOISE, Marks, difference, family_of
from synthlab.workflow.pool import OWN, Pool


@dataclass(frozen=True)
class Asked:
    """The pool's arms.

    Attributes:
        sets: the rows of each arm, as they were trained on.
        said: it in sentences.
    """

    found: PoolFound
    marks: tuple[Marks, ...]
    sets: Mapping[str, PoolSet]
    said: tuple[str, ...]


def ask(
    scorer: Scorer,
    pool: Pool,
    mine: Marks,
    test: Sequence[Row],
    copies: set[str],
    per_class: int,
    rope: float,
) -> Asked:
    """Judge the pool's arms on test.

    Args:
        scorer: the classifier.
        pool: as dev chose.
        mine: the winner's rows.
        test: the rows.
        copies: ids of the pool's rows that stand in test; they are left out.
        per_class: rows of the smallest class of the winner's sets, as they were judged.
        rope: half the region of practical equivalence.
    """
    same, best = (without(chosen, copies) for chosen in (pool.same, pool.best))
    same = replace(same, rows=tuple(first_rows(same.rows, per_class)))
    sets = {POOL_SAME: same, POOL_BEST: best}
    marks = tuple(
        Marks(name, (scorer.score(chosen.rows, test, chosen.weights or None),))
        for name, chosen in sets.items()
    )
    # Draws of the search and of a fresh generation have no seed in common.
    contrasts = family_of([difference(mark, mine, rope, paired=False) for mark in marks])
    found = PoolFound(
        rows=len(pool.rows),
        candidates=pool.candidates,
        methods=pool.methods,
        same=same.method,
        best=best.method,
        arms=tuple(mark.arm for mark in marks),
        contrasts=tuple(contrasts),
    )
    return Asked(found, marks, sets, tuple(_said(found, fresh=len(mine.scores))))


def without(chosen: PoolSet, ids: set[str]) -> PoolSet:
    """The set without some rows and their weights."""
    keep = [row.id not in ids for row in chosen.rows]
    rows = tuple(row for row, yes in zip(chosen.rows, keep, strict=True) if yes)
    weights = chosen.weights and tuple(
        weight for weight, yes in zip(chosen.weights, keep, strict=True) if yes
    )
    return PoolSet(chosen.method, rows, weights)


def _said(found: PoolFound, fresh: int) -> list[str]:
    own = "the winner's fresh rows" if fresh > 1 else "the winner's rows"
    (same, best), (first, second) = found.arms, found.contrasts
    on_dev = ", ".join(f"{item.name} {item.f1:.3f}" for item in found.methods if item.name != OWN)
    luck = (
        f"its differences count as much of it for the pool as {own} show"
        if fresh > 1
        else f"its differences assume a standard deviation of {NOISE:g} for it"
    )
    return [
        f"From all {found.rows:,} rows that the search paid for, {same.rows:,} chosen on dev "
        f"({found.same}) reach {same.estimate.value:.3f} on test, {_beats(first, own)}; at any "
        f"number, {best.rows:,} ({found.best}) reach {best.estimate.value:.3f}, "
        f"{_beats(second, own)}.",
        f"On dev, chosen by one half and judged by the other: {on_dev}; the winner's rows of the "
        f"search {found.methods[0].f1:.3f}.",
        f"A pool is one draw of a search: its interval leaves the luck of generations out; {luck}.",
    ]


def _beats(found: Contrast, own: str) -> str:
    size = f"{found.value:+.3f}, 95% {found.low:+.3f} to {found.high:+.3f}"
    if not found.found:
        return f"which cannot be told from {own} ({size}; resolves {found.resolves:.3f})"
    return f"which {'beats' if found.value > 0 else 'is below'} {own} ({size})"
