"""The finals as a whole: the finalists, the exam on test, the curves, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthlab.comparisons import Finalist, Finals
from synthlab.features.words import fold_key
from synthlab.outcomes import Score
from synthlab.records import Row
from synthlab.report.advice import advice
from synthlab.report.curves import needed_in_words, worth_in_words
from synthlab.scoring.baselines import RealRows, first_rows
from synthlab.statistics.curves import Curve, fit, worth
from synthlab.statistics.many import crossed
from synthlab.workflow import exam
from synthlab.workflow.compile import Bench
from synthlab.workflow.curves import Scores, both_curve, real_curve, synthetic_curve
from synthlab.workflow.exam import Exam, Sets, choose_weight, halves
from synthlab.workflow.finals import Picked, handicap
from synthlab.workflow.fresh import Fresh
from synthlab.workflow.plan import Plan


@dataclass(frozen=True)
class Papers:
    """What the exam judges: the winner's rows and the direct prompt's, made comparable.

    Attributes:
        notes: what was done to them, a sentence each.
    """

    mine: Sets
    direct: Sets | None
    notes: tuple[str, ...]


def sit(
    plan: Plan, picked: Picked, opened: tuple[tuple[Row, ...], int]
) -> tuple[Finals, dict[str, tuple[Score, ...]]]:
    """Ask test the questions that were fixed before.

    Args:
        plan: the run.
        picked: the finalists, best first.
        opened: the test rows, and how often they were opened with this time.

    Returns:
        What was found, and what the classifiers of each arm called the test rows.
    """
    test, reads = opened
    papers = _papers(plan, picked.order, test)
    real = allowed(plan)
    rope = plan.config.finals.rope
    sitting = Exam(plan.scorer, plan.others, test, real, _weight(plan, papers.mine, real), rope)
    marks = sitting.marks(papers.mine, papers.direct)
    found = exam.contrasts(marks, rope)
    arms = tuple(mark.arm for mark in marks)
    yardstick = _yardstick(plan)
    curves = _curves(plan, yardstick, papers.mine, test)
    finals = Finals(
        finalists=picked.finalists,
        chosen=picked.chosen,
        dev=picked.contrasts,
        arms=arms,
        contrasts=tuple(found),
        real_rows=plan.config.task.real_rows,
        families=tuple(sitting.families(papers.mine, papers.direct, found)),
        crossed=_crossed(plan, picked.order, test),
        optimism=picked.finalists[0].search - arms[0].estimate.value,
        optimism_fresh=picked.finalists[0].dev.value - arms[0].estimate.value,
        reads=reads,
        curves={name: tuple(s.point for s in scores) for name, scores in curves.items()},
        said=(
            advice(arms, found),
            *read_off(curves, marks[0].scores, picked.finalists[0], filled(yardstick)),
            *papers.notes,
            *_kept_from_training(plan.config.task.real_rows),
        ),
    )
    return finals, {mark.name: mark.scores for mark in marks}


def allowed(plan: Plan | Bench) -> list[Row]:
    """The real rows that this run may train on."""
    splits, kind = plan.splits, plan.config.task.real_rows
    seed = splits.seed if kind in ("train", "seed") else ()
    return [*seed, *(splits.dev if kind == "train" else ())]


def read_off(
    curves: Mapping[str, Sequence[Scores]],
    mine: Sequence[Score],
    winner: Finalist,
    pool: int | None = None,
) -> list[str]:
    """What the curves say: what the rows are worth, and how many would reach a higher score.

    Empty where there are too few sizes for a curve; ``pool`` as in ``worth_of``.
    """
    said = worth_of(curves["real"], mine, winner.rows, pool)
    if len(curves["synthetic"]) > 1:
        mean = sum(score.f1 for score in mine) / len(mine)
        goal = min(0.99, math.floor(mean * 20 + 1) / 20)
        usd = None if winner.usd_per_1000 is None else winner.usd_per_1000 / 1000
        words = needed_in_words(_fitted(curves["synthetic"]).needed(goal), usd)
        said.append(f"With more rows of this prompt, {words}.")
    return said


def worth_of(
    real: Sequence[Scores], mine: Sequence[Score], rows: int, pool: int | None = None
) -> list[str]:
    """What ``rows`` synthetic rows are worth in real ones; empty where there is no curve.

    Args:
        real: the curve of real rows.
        mine: scores of the synthetic rows, one for each generation.
        rows: synthetic rows of one generation.
        pool: real rows that all draws of the curve come from: draws overlap, and differ less than
            those of fresh rows would.
    """
    if len(real) < 2:
        return []
    found = worth(_fitted(real, pool), [score.f1 for score in mine])
    return [f"{worth_in_words(found, rows).capitalize()}."]


def _fitted(scores: Sequence[Scores], pool: int | None = None) -> Curve:
    return fit({item.rows: item.values for item in scores}, pool=pool)


def _crossed(plan: Plan, order: Sequence[Fresh], test: Sequence[Row]) -> float:
    """Of those that could win: the best, judged by generations that did not choose it."""
    able = [fresh for fresh in order if not any(handicap(fresh))] or list(order[:1])
    steering = [[score.f1 for score in fresh.dev] for fresh in able]
    judged = [[plan.scorer.score(made.kept, test).f1 for made in fresh.sets] for fresh in able]
    return crossed(np.array(steering), np.array(judged))


def _papers(plan: Plan, order: Sequence[Fresh], test: Sequence[Row]) -> Papers:
    """The winner's and the direct prompt's rows, without test rows, in equal numbers."""
    winner = order[0]
    notes = []
    direct = next((f for f in order[1:] if f.trial.candidate.is_direct), None)
    if direct is not None and direct.trial.out and direct.log is None:
        direct = None  # with finals.replicates: 0 it has the few rows of the rung that it left at
    if direct is None and not winner.trial.candidate.is_direct:
        notes.append(
            "The direct prompt is not compared with, as it is not among the finalists: "
            "add `direct` to the sweep, and finals.replicates, to see what the prompt is worth."
        )
    both = [winner] if direct is None else [winner, direct]
    known = {fold_key(str(row.values[plan.splits.field])) for row in test}
    sets, copies = _without([[m.kept for m in fresh.sets] for fresh in both], known, plan)
    if copies:
        notes.append(f"{copies} synthetic rows that stand in test were left out.")
    fewest = [fresh.fewest for fresh in both]
    if len(set(fewest)) > 1 and not copies:
        sets = [[first_rows(rows, min(fewest)) for rows in own] for own in sets]
        notes.append(f"Both prompts were cut to {min(fewest)} rows a class, as one kept no more.")
    return Papers(sets[0], sets[1] if direct is not None else None, tuple(notes))


def _without(
    sides: Sequence[Sets], known: set[str], plan: Plan
) -> tuple[list[Sequence[Sequence[Row]]], int]:
    """Rows that are test rows, but for case and punctuation, taken out and counted."""
    field = plan.splits.field
    clean: list[Sequence[Sequence[Row]]] = [
        [[row for row in rows if fold_key(str(row.values[field])) not in known] for rows in sets]
        for sets in sides
    ]
    before = sum(len(rows) for sets in sides for rows in sets)
    return clean, before - sum(len(rows) for sets in clean for rows in sets)


def _weight(plan: Plan, mine: Sets, real: Sequence[Row]) -> float:
    """Chosen without test: on dev, or on one half of the rows when dev is trained on too."""
    train: Sequence[Row] = plan.splits.seed
    judge: Sequence[Row] = plan.splits.dev
    if plan.config.task.real_rows == "train":
        train, judge = halves(real, plan.brief.labels, plan.config.seed) or (train, judge)
    return choose_weight(plan.scorer, plan.config.finals.weights, train, mine, judge)


def _yardstick(plan: Plan) -> RealRows:
    """Rows that may only score are trained on here too, and nothing is kept of it."""
    real = [*plan.splits.seed, *plan.splits.dev]
    return RealRows(real, plan.brief.labels, plan.config.scoring.draws, plan.config.seed)


def filled(pool: RealRows) -> int:
    """Rows of the largest balanced set that the pool can give."""
    return pool.smallest * len(pool.labels)


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


def _kept_from_training(real_rows: str) -> list[str]:
    if real_rows == "train":
        return []
    which = "Dev rows" if real_rows == "seed" else "Real rows"
    return [f"{which} were trained on for the curve of real rows only: they may only score."]
