"""The finals as a whole: the finalists, the exam on test, the curves, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from synthlab.comparisons import Finalist, Finals
from synthlab.outcomes import Score
from synthlab.records import Row
from synthlab.report.advice import advice
from synthlab.report.curves import needed_in_words, worth_in_words
from synthlab.scoring.baselines import RealRows
from synthlab.statistics.curves import Curve, fit, worth
from synthlab.workflow import exam
from synthlab.workflow.compile import Bench
from synthlab.workflow.curves import Scores, both_curve, real_curve, synthetic_curve
from synthlab.workflow.exam import Exam, choose_weight
from synthlab.workflow.finals import Picked
from synthlab.workflow.plan import Plan


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
    settings = plan.config.finals
    winner = picked.order[0]
    direct = next((f for f in picked.order[1:] if f.trial.candidate.generator == "direct"), None)
    mine = [made.kept for made in winner.sets]
    other = [made.kept for made in direct.sets] if direct else None
    weight = choose_weight(plan.scorer, settings.weights, plan.splits.seed, mine, plan.splits.dev)
    sitting = Exam(plan.scorer, plan.others, test, allowed(plan), weight, settings.rope)
    marks = sitting.marks(mine, other)
    found = exam.contrasts(marks, settings.rope)
    main = next((item for item in found if item.b == exam.DIRECT), None)
    arms = tuple(mark.arm for mark in marks)
    curves = _curves(plan, mine, test)
    finals = Finals(
        finalists=picked.finalists,
        chosen=picked.chosen,
        dev=picked.contrasts,
        arms=arms,
        contrasts=tuple(found),
        real_rows=plan.config.task.real_rows,
        families=tuple(sitting.families(mine, other, main)),
        optimism=picked.finalists[0].search - arms[0].estimate.value,
        optimism_fresh=picked.finalists[0].dev.value - arms[0].estimate.value,
        reads=reads,
        curves={name: tuple(s.point for s in scores) for name, scores in curves.items()},
        said=(
            advice(arms, found),
            *read_off(curves, marks[0].scores, picked.finalists[0]),
            *_yardstick(plan.config.task.real_rows),
        ),
    )
    return finals, {mark.name: mark.scores for mark in marks}


def _yardstick(real_rows: str) -> list[str]:
    if real_rows == "train":
        return []
    return ["Dev rows were trained on for the curve of real rows only: they may only score."]


def allowed(plan: Plan | Bench) -> list[Row]:
    """The real rows that this run may train on: seed, and dev unless it may only score."""
    dev = plan.splits.dev if plan.config.task.real_rows == "train" else ()
    return [*plan.splits.seed, *dev]


def read_off(
    curves: Mapping[str, Sequence[Scores]], mine: Sequence[Score], winner: Finalist
) -> list[str]:
    """What the curves say: what the rows are worth, and how many would reach a higher score.

    Empty where there are too few sizes for a curve.
    """
    said = worth_of(curves["real"], mine, winner.rows)
    if len(curves["synthetic"]) > 1:
        mean = sum(score.f1 for score in mine) / len(mine)
        goal = min(0.99, math.floor(mean * 20 + 1) / 20)
        usd = None if winner.usd_per_1000 is None else winner.usd_per_1000 / 1000
        words = needed_in_words(_fitted(curves["synthetic"]).needed(goal), usd)
        said.append(f"With more rows of this prompt, {words}.")
    return said


def worth_of(real: Sequence[Scores], mine: Sequence[Score], rows: int) -> list[str]:
    """What ``rows`` synthetic rows are worth in real ones; empty where there is no curve."""
    if len(real) < 2:
        return []
    found = worth(_fitted(real), [score.f1 for score in mine])
    return [f"{worth_in_words(found, rows).capitalize()}."]


def _fitted(scores: Sequence[Scores]) -> Curve:
    return fit({item.rows: item.values for item in scores})


def _curves(
    plan: Plan, mine: Sequence[Sequence[Row]], test: Sequence[Row]
) -> Mapping[str, list[Scores]]:
    settings, scoring = plan.config.finals, plan.config.scoring
    # A yardstick: dev rows that may only score are trained on here too, and nothing is kept of it.
    real = [*plan.splits.seed, *plan.splits.dev]
    pool = RealRows(real, plan.brief.labels, scoring.draws, plan.config.seed)
    both = both_curve(
        plan.scorer, pool, settings.real_sizes, mine, test, settings.weights, plan.splits.dev
    )
    return {
        "real": real_curve(plan.scorer, pool, {*scoring.real_sizes, *settings.real_sizes}, test),
        "synthetic": synthetic_curve(plan.scorer, mine, test),
        "both": [scores for scores, _ in both],
    }
