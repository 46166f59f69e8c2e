"""What test says of the pool, in the same opening as all else, and in words.

Two questions, fixed before test is opened: do as many rows from the pool as the winner has, and do
the best ones of the pool in any number, beat the winner's rows? The first faces as many of these in
each class, the second all of them, whatever the comparison with a direct prompt cut. They are a
family of their own in Holm's correction, beside the finals' fixed questions and not among them:
what the finals decide (who wins, what to train on, what may be promoted) hangs on those alone, so
they must cost the same whether or not a run looks at its pool; and a claim about the pool is read
off these two, which are corrected for each other.

A pool is one draw: a search is not run R times. Its differences from the winner's rows take its
luck to be as large as that of the winner's generations, or ``NOISE`` where there is one of each, as
``synthlab score`` does for a single set. Pools of several candidates' rows vary less (BBC News: sd
0.007 to 0.015 over five pools of two prompts, 0.022 of the better prompt alone), but a run cannot
know how much less, so nothing is taken off: these intervals are too wide rather than too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from synthlab.comparisons import POOL_BEST, POOL_SAME, SYNTHETIC, Contrast, PoolFound
from synthlab.errors import SynthlabError
from synthlab.outcomes import PoolSet
from synthlab.records import Row
from synthlab.report.ends import least, sure
from synthlab.scoring.baselines import fewest, first_rows
from synthlab.scoring.score import Scorer
from synthlab.statistics.paired import NOISE
from synthlab.workflow.choosing import BY_LABELS, MINE, OWN_WEIGHTS, WEIGHTS
from synthlab.workflow.exam import Marks, Sets, difference, family_of
from synthlab.workflow.pool import RowPool


@dataclass(frozen=True)
class Asked:
    """The pool's arms.

    Attributes:
        found: None where the pool could not be judged.
        sets: the rows of each arm, as they were trained on.
        said: it in sentences.
    """

    found: PoolFound | None
    marks: tuple[Marks, ...] = ()
    sets: Mapping[str, PoolSet] = field(default_factory=dict)
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Own:
    """The winner's rows, without test rows.

    Attributes:
        sets: a set for each generation, with all its rows.
        marks: of these sets, where they are known.
    """

    sets: Sets
    marks: Marks | None = None


def ask(
    scorer: Scorer,
    pool: RowPool,
    own: Own,
    test: Sequence[Row],
    copies: set[str],
    rope: float,
    real_rows: str = "train",
) -> Asked:
    """Judge the pool's arms on test; what stands in the way is said, and ends nothing.

    Args:
        scorer: the classifier.
        pool: as dev chose.
        own: the winner's rows.
        test: the rows.
        copies: ids of the pool's rows that stand in test; they are left out.
        rope: half the region of practical equivalence.
        real_rows: which real rows may be trained on, as ``task.real_rows`` says.
    """
    try:
        return _asked(scorer, pool, own, test, copies, rope, real_rows)
    except SynthlabError as exc:
        # Test is open: everything else that it was asked has an answer.
        return Asked(None, said=(f"The pool was not judged on test: {exc.what}.",))


def _asked(
    scorer: Scorer,
    pool: RowPool,
    own: Own,
    test: Sequence[Row],
    copies: set[str],
    rope: float,
    real_rows: str,
) -> Asked:
    same, best = (without(chosen, copies) for chosen in (pool.same, pool.best))
    per_class = min(fewest(rows, scorer.labels) for rows in (same.rows, *own.sets))
    if not per_class:
        raise SynthlabError("without the rows that stand in test, some class has none")
    same = replace(same, rows=tuple(first_rows(same.rows, per_class)))
    sets = {POOL_SAME: same, POOL_BEST: best}
    marks = tuple(
        Marks(name, (scorer.score(chosen.rows, test, chosen.weights or None),))
        for name, chosen in sets.items()
    )
    whole = own.marks or _marks(scorer, own.sets, test)
    cut = [first_rows(rows, per_class) for rows in own.sets]
    short = any(len(some) < len(rows) for some, rows in zip(cut, own.sets, strict=True))
    first = _marks(scorer, cut, test) if short else whole
    # Draws of the search and of a fresh generation have no seed in common.
    contrasts = family_of(
        [
            difference(mark, mine, rope, paired=False)
            for mark, mine in zip(marks, (first, whole), strict=True)
        ]
    )
    found = PoolFound(
        rows=len(pool.rows),
        candidates=pool.candidates,
        methods=pool.methods,
        same=same.method,
        best=best.method,
        arms=tuple(mark.arm for mark in marks),
        contrasts=tuple(contrasts),
    )
    said = _said(found, fresh=len(own.sets))
    if short:
        said.append(f"At the same size, both have {per_class} rows a class.")
    if own.marks is None:
        said.append("At any number, the winner has all its rows, not cut to the direct prompt's.")
    said += [*_by_labels(found, real_rows), *pool.notes]
    return Asked(found, marks, sets, tuple(said))


def _marks(scorer: Scorer, sets: Sets, test: Sequence[Row]) -> Marks:
    return Marks(SYNTHETIC, tuple(scorer.score(rows, test) for rows in sets))


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
    on_dev = ", ".join(
        f"{item.name} {item.f1:.3f}" for item in found.methods if item.name not in MINE
    )
    mine = " and ".join(
        f"{item.f1:.3f}{_weighted(item.name)}" for item in found.methods if item.name in MINE
    )
    luck = (
        f"its differences take that luck to be as large as that of {own}"
        if fresh > 1
        else f"its differences assume a standard deviation of {NOISE:g} for it"
    )
    return [
        f"From all {found.rows:,} kept rows of the search, near-duplicates left out, {same.rows:,} "
        f"({found.same}) reach {same.estimate.value:.3f} on test, {_beats(first, own)}; at any "
        f"number, {best.rows:,} ({found.best}) reach {best.estimate.value:.3f}, "
        f"{_beats(second, own)}.",
        f"On dev, chosen by one half and judged by the other: {on_dev}; the winner's rows of the "
        f"search {mine}.",
        f"A pool is one draw of a search: its interval leaves the luck of generations out; {luck}.",
    ]


def _weighted(name: str) -> str:
    return " (weighted by credit)" if name == OWN_WEIGHTS else ""


def _by_labels(found: PoolFound, real_rows: str) -> list[str]:
    """That dev rows, which may not be trained on, have taught something all the same."""
    taken = [name for name in (found.same, found.best) if name in BY_LABELS]
    if real_rows == "train" or not taken:
        return []
    weighted = WEIGHTS in taken
    how = "weighted" if {*taken} == {WEIGHTS} else "chosen and weighted" if weighted else "chosen"
    return [
        f"The pool was {how} by the labels of dev rows, which the winner's fresh rows were not."
    ]


def _beats(found: Contrast, own: str) -> str:
    size = f"{found.value:+.3f}, {sure(found)}"
    if not found.found:
        unseen = f"a true difference under {least(found.resolves)} would mostly stay unseen"
        return f"which cannot be told from {own} ({size}; {unseen})"
    return f"which {'beats' if found.value > 0 else 'is below'} {own} ({size})"
