"""The finals as a whole: the finalists, the exam on test, the curves, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from synthlab.comparisons import Finalist, Finals
from synthlab.features.words import fold_key
from synthlab.outcomes import PoolSet, Score
from synthlab.records import Row
from synthlab.report.advice import advice
from synthlab.scoring.baselines import RealRows, fewest, first_rows
from synthlab.statistics.many import crossed
from synthlab.workflow.curves import Scores, both_curve, real_curve, synthetic_curve
from synthlab.workflow.exam import Exam, Marks, Sets, choose_weight, contrasts
from synthlab.workflow.finals import Picked, handicap
from synthlab.workflow.fresh import Fresh
from synthlab.workflow.mixtures import REFS as MIXTURE
from synthlab.workflow.plan import Plan
from synthlab.workflow.pool import RowPool
from synthlab.workflow.poolexam import Asked, Own, ask
from synthlab.workflow.realrows import allowed, apart
from synthlab.workflow.topup import TopUpExam, of_the_rare, topped_exam, uneven
from synthlab.workflow.topup import advice as topped_advice
from synthlab.workflow.worth import fitted, reach_said, worth_said

Known = Mapping[str, Sequence[Score]]
"""Scores on test by finalist, as far as its rows were judged already."""


@dataclass(frozen=True)
class Papers:
    """What the exam judges: the winner's rows and the direct prompt's, made comparable.

    Attributes:
        clean: the rows of every finalist, best first, without test rows.
        mine: the winner's, in equal numbers with ``direct``.
        direct: None where no direct prompt can be compared with.
        notes: what was done to them, a sentence each.
    """

    winner: Fresh
    clean: Mapping[Fresh, Sets]
    mine: Sets
    direct: Sets | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """All that test was asked.

    Attributes:
        called: what the classifiers of each arm called the test rows.
        pool: the rows of the pool's arms.
    """

    finals: Finals
    called: Mapping[str, tuple[Score, ...]]
    pool: Mapping[str, PoolSet]


def sit(
    plan: Plan,
    picked: Picked,
    opened: tuple[tuple[Row, ...], int],
    pool: RowPool | None = None,
) -> Verdict:
    """Ask test the questions that were fixed before.

    Args:
        plan: the run.
        picked: the finalists, best first.
        opened: the test rows, and how often they were opened with this time.
        pool: the rows of the search, as dev chose from them.
    """
    test, reads = opened
    papers = _papers(plan, picked.order, test)
    settings = plan.config.finals
    sitting = _exam(plan, papers, test)
    marks = sitting.marks(papers.mine, papers.direct)
    found = contrasts(marks, settings.rope)
    asked = _of_pool(sitting, plan, pool, marks[0], papers) if pool else None
    arms = tuple(mark.arm for mark in marks)
    yardstick = _yardstick(plan)
    own = papers.clean[papers.winner]
    topped = isinstance(sitting, TopUpExam)
    # Curves are of sets with equally many rows of each class, which is what is missing here.
    curves = {} if topped else _curves(plan, yardstick, own, test)
    uncut = papers.mine is own  # judged already
    whole = marks[0].scores if uncut else tuple(plan.student.score(rows, test) for rows in own)
    level = fmean(score.f1 for score in whole)
    rare = uneven(marks, settings.rope) if topped else {}
    finals = Finals(
        finalists=picked.finalists,
        chosen=picked.chosen,
        dev=picked.contrasts,
        arms=arms,
        contrasts=tuple(found),
        real_rows=plan.config.task.real_rows,
        families=tuple(sitting.families(papers.mine, papers.direct, found)),
        crossed=_crossed(plan, papers, test, {papers.winner.name: whole}),
        optimism=picked.finalists[0].search - level,
        optimism_fresh=picked.finalists[0].dev.value - level,
        reads=reads,
        curves={name: tuple(s.point for s in scores) for name, scores in curves.items()},
        said=(
            topped_advice(marks, found) if topped else advice(arms, found),
            *of_the_rare(marks, rare),
            *(_read_off(curves, whole, picked.finalists[0], yardstick.balanced) if curves else ()),
            *(asked.said if asked else ()),
            *_chosen_on_dev(picked.order, settings.replicates),
            *papers.notes,
            *(_kept_from_training(plan.config.task.real_rows) if curves else ()),
        ),
        pool=asked.found if asked else None,
        uneven=rare,
    )
    every = (*marks, *(asked.marks if asked else ()))
    called = {mark.name: mark.scores for mark in every}
    return Verdict(finals, called, asked.sets if asked else {})


def _exam(plan: Plan, papers: Papers, test: Sequence[Row]) -> Exam:
    settings = plan.config.finals
    if plan.data.quota:
        return topped_exam(plan, Exam(plan.scorer, plan.others, test, (), rope=settings.rope))
    weight = choose_weight(plan.scorer, settings.weights, *apart(plan), papers.mine)
    return Exam(plan.scorer, plan.others, test, allowed(plan), weight, settings.rope)


def _of_pool(exam: Exam, plan: Plan, pool: RowPool, mine: Marks, papers: Papers) -> Asked:
    field = plan.splits.field
    known = _texts(exam.test, field)
    # The sets may have rows that the pool has not: of near-duplicates, it has one.
    every = (*pool.rows, *pool.same.rows, *pool.best.rows)
    copies = {row.id for row in every if fold_key(str(row.values[field])) in known}
    whole = papers.clean[papers.winner]
    # Where a direct prompt has fewer rows, the marks are of rows that were cut to its number.
    own = Own(whole, mine if whole is papers.mine else None)
    real_rows = plan.config.task.real_rows
    return ask(exam.scorer, pool, own, exam.test, copies, exam.rope, real_rows)


def _read_off(
    curves: Mapping[str, Sequence[Scores]], mine: Sequence[Score], winner: Finalist, pool: int
) -> list[str]:
    values = [score.f1 for score in mine]
    usd = None if winner.usd_per_1000 is None else winner.usd_per_1000 / 1000
    return [
        *worth_said(fitted(curves["real"], pool), values, winner.rows),
        *reach_said(fitted(curves["synthetic"]), values, "this prompt", usd),
    ]


def _crossed(plan: Plan, papers: Papers, test: Sequence[Row], known: Known) -> float:
    """Of those that could win: the best, judged by generations that did not choose it."""
    able = [fresh for fresh in papers.clean if not any(handicap(fresh))] or [papers.winner]
    steering = [[score.f1 for score in fresh.dev] for fresh in able]
    judged = [
        [score.f1 for score in known[fresh.name]]
        if fresh.name in known
        else [plan.student.score(rows, test).f1 for rows in papers.clean[fresh]]
        for fresh in able
    ]
    return crossed(np.array(steering), np.array(judged))


def _papers(plan: Plan, order: Sequence[Fresh], test: Sequence[Row]) -> Papers:
    """Every finalist's rows without test rows; the winner's and the direct prompt's as equals."""
    field = plan.splits.field
    known = _texts(test, field)
    clean = {fresh: _without(fresh, known, field) for fresh in order}
    winner, direct = order[0], _direct(order)
    notes = []
    if direct is None and not winner.trial.candidate.is_direct:
        notes.append(
            "The direct prompt is not compared with, as it is not among the finalists: "
            "add `direct` to the sweep, and finals.replicates, to see what the prompt is worth."
        )
    copies = sum(
        len(made.kept) - len(rows)
        for fresh, own in clean.items()
        for made, rows in zip(fresh.sets, own, strict=True)
    )
    if copies:
        notes.append(f"{copies} synthetic rows that stand in test were left out.")
    sets = [clean[fresh] for fresh in ([winner] if direct is None else [winner, direct])]
    counts = [_fewest(own, plan.brief.labels) for own in sets]
    if len(set(counts)) > 1 and min(counts) and not plan.data.quota:
        sets = [[first_rows(rows, min(counts)) for rows in own] for own in sets]
        notes.append(
            f"On test, {winner.trial.candidate.name} and the direct prompt were cut to "
            f"{min(counts)} rows a class, as one has no more; worth and curves are of all rows."
        )
    return Papers(winner, clean, sets[0], sets[1] if direct else None, tuple(notes))


def _direct(order: Sequence[Fresh]) -> Fresh | None:
    found = next((f for f in order[1:] if f.trial.candidate.is_direct), None)
    if found is not None and found.trial.out and found.log is None:
        return None  # with finals.replicates: 0 it has the few rows of the rung that it left at
    return found


def _texts(rows: Sequence[Row], field: str) -> set[str]:
    """As they are compared: but for case and punctuation."""
    return {fold_key(str(row.values[field])) for row in rows}


def _without(fresh: Fresh, known: set[str], field: str) -> Sets:
    """Rows that are test rows, but for case and punctuation, taken out."""
    return [
        [row for row in made.kept if fold_key(str(row.values[field])) not in known]
        for made in fresh.sets
    ]


def _fewest(sets: Sets, labels: Sequence[str]) -> int:
    return min(fewest(rows, labels) for rows in sets)


def _yardstick(plan: Plan) -> RealRows:
    """Rows that may only score are trained on here too, and nothing is kept of it."""
    real = [*plan.splits.seed, *plan.splits.dev]
    return RealRows(real, plan.brief.labels, plan.config.scoring.draws, plan.config.seed)


def _curves(
    plan: Plan, pool: RealRows, mine: Sequence[Sequence[Row]], test: Sequence[Row]
) -> Mapping[str, list[Scores]]:
    settings, scoring = plan.config.finals, plan.config.scoring
    both = settings.real_sizes
    return {
        "real": real_curve(plan.scorer, pool, {*scoring.real_sizes, *both}, test),
        "synthetic": synthetic_curve(plan.scorer, mine, test),
        "both": both_curve(plan.scorer, pool, both, mine, test, settings.weights, plan.splits.dev),
    }


def _chosen_on_dev(order: Sequence[Fresh], replicates: int) -> list[str]:
    """What a reader of dev scores must know of a mixture that the run made."""
    made = [fresh.trial.candidate for fresh in order if replicates < 2]
    return [
        f"The dev score of {own.name} flatters it: its shares were chosen on these dev rows. "
        f"It {own.why}."
        for own in made
        if own.generator in MIXTURE and own.parent
    ]


def _kept_from_training(real_rows: str) -> list[str]:
    if real_rows == "train":
        return []
    which = "Dev rows" if real_rows == "seed" else "Real rows"
    return [f"{which} were trained on for the curve of real rows only: they may only score."]
