"""The pool: all kept rows of the search, and what is chosen from it on dev.

Candidates that lose leave rows behind that may still teach something. The kept rows of all trials,
those of a race's losers included, are put together without near-duplicates, and ways to choose from
them are compared on dev: what one half of it chooses, the other half judges. Nothing is asked of an
LM or of test here; test is asked in ``workflow/poolexam.py``.

Credit is what dev's labels teach, so a part of what it wins could be had without a pool: hence the
winner's own rows with credit as weights are among the ways. (BBC News, five times 200 rows of each
of two prompts, on dev: 0.843 for the better one, 0.867 with credit, 0.880 for both, 0.900 for both
with credit.)
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from synthlab.comparisons import PoolMethod
from synthlab.errors import SynthlabError
from synthlab.features.near import NearIndex
from synthlab.outcomes import PoolSet, Trial
from synthlab.records import Row
from synthlab.scoring.baselines import fewest, first_rows
from synthlab.scoring.score import Scorer
from synthlab.statistics.halves import halves
from synthlab.workflow.choosing import (
    CREDIT,
    MINE,
    OWN,
    OWN_WEIGHTS,
    RANDOM,
    WEIGHTS,
    Choose,
    Chooser,
    Places,
)
from synthlab.workflow.plan import Plan

CLOSE = 0.8
"""Jaccard similarity of near-duplicates, as the curation step has it."""


@dataclass(frozen=True)
class RowPool:
    """What dev made of the rows.

    Attributes:
        rows: all of them.
        candidates: that wrote them.
        methods: as in ``comparisons.PoolFound``.
        same: of each class more rows than the winner has, where there are any, those to be taken
            first; the others replace rows that stand in test.
        best: the rows, and what each counts, that dev likes best at any size.
        notes: what was left out, a sentence each.
    """

    rows: tuple[Row, ...]
    candidates: int
    methods: tuple[PoolMethod, ...]
    same: PoolSet
    best: PoolSet
    notes: tuple[str, ...] = ()


def pooled(plan: Plan, trials: Sequence[Trial], winner: Trial, per_class: int) -> RowPool | None:
    """The pool of a run; None with one candidate, or where dev cannot judge it by halves.

    Args:
        plan: the run.
        trials: of the search, best first: of near-duplicates, the better candidate's row is kept.
        winner: that the finals picked.
        per_class: rows of each class of the winner's fresh sets; where the pool or the winner's
            rows of the search have fewer of some class, both are compared at that number.
    """
    dev, labels = plan.splits.dev, plan.brief.labels
    if len(trials) < 2 or fewest(dev, labels) < 2:
        return None
    rows = _apart([row for trial in trials for row in trial.curated.kept], plan.splits.field)
    kept = winner.curated.kept
    per_class = min(per_class, fewest(rows, labels), fewest(kept, labels))
    if per_class < 1:
        return None
    labelled = plan.config.task.real_rows != "score"
    chooser, own = (
        Chooser(plan.scorer, some, dev, per_class, plan.config.seed, labelled)
        for some in (rows, first_rows(kept, per_class))
    )
    places = {label: place for place, label in enumerate(labels)}
    half, _ = halves(np.array([places[row.label] for row in dev]), plan.config.seed)
    judge = _Judge(plan.scorer, dev, np.isin(np.arange(len(dev)), half))
    tried = {name: judge.tried(draws) for name, draws in {**_own(own), **chooser.ways}.items()}
    found = {name: item for name, item in tried.items() if item is not None}
    scores = {name: f1 for name, (f1, _) in found.items()}
    equal = [name for name in (RANDOM, CREDIT) if name in scores]
    if not equal or OWN not in scores:
        return None
    # Of equals the first: the simpler one.
    same = max(equal, key=scores.__getitem__)
    best = max((name for name in scores if name not in MINE), key=scores.__getitem__)
    return RowPool(
        rows,
        len(trials),
        tuple(PoolMethod(name, f1, len(taken.rows)) for name, (f1, taken) in found.items()),
        chooser.first(same),
        found[best][1],
        chooser.notes,
    )


def _own(own: Chooser) -> dict[str, tuple[Choose, ...]]:
    """The winner's rows: as they are, and with credit."""
    ways: dict[str, tuple[Choose, ...]] = {OWN: (lambda _: PoolSet(OWN, own.rows),)}
    if WEIGHTS in own.ways:
        (weigh,) = own.ways[WEIGHTS]
        ways[OWN_WEIGHTS] = (lambda by: replace(weigh(by), method=OWN_WEIGHTS),)
    return ways


@dataclass(frozen=True)
class _Judge:
    """What ways come to on dev; ``mask`` is True in one of its halves."""

    scorer: Scorer
    dev: Sequence[Row]
    mask: Places

    def tried(self, draws: Sequence[Choose]) -> tuple[float, PoolSet] | None:
        """Macro-F1, the mean over draws, and what the first one takes with all of dev.

        None where the classifier cannot be trained on it: it may need more rows of a class.
        """
        with suppress(SynthlabError):
            found = [self._crossed(way) for way in draws]
            return fmean(f1 for f1, _ in found), found[0][1]
        return None

    def _crossed(self, way: Choose) -> tuple[float, PoolSet]:
        """What one half chooses on the other half, the mean of both ways round; and all's choice.

        That of all of dev is fitted too, so that it is known that it can be.
        """
        values = []
        taken, model = None, None
        for judge in (self.mask, ~self.mask, np.zeros_like(self.mask)):
            chosen = way(np.flatnonzero(~judge))
            if chosen != taken:  # many ways take the same rows whatever half they are shown
                taken, model = chosen, self.scorer.fit(chosen.rows, chosen.weights or None)
            if judge.any():
                real = [self.dev[place] for place in np.flatnonzero(judge).tolist()]
                values.append(self.scorer.judge(model, real, len(chosen.rows)).f1)
        return fmean(values), chosen


def _apart(rows: Sequence[Row], field: str) -> tuple[Row, ...]:
    """The rows without those that nearly say what an earlier one says."""
    index, kept = NearIndex(CLOSE), []
    for row in rows:
        text = str(row.values[field])
        if index.match(text) is None:
            index.add(row.id, text)
            kept.append(row)
    return tuple(kept)
