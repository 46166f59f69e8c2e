"""What a top-up's finals come to, in sentences: whom to use, and the rare class."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from synthlab.comparisons import DIRECT, REAL, TOPPED, Contrast
from synthlab.outcomes import Score
from synthlab.report.verdict import beaten_without_lm, cheaper, of_classes, winning
from synthlab.workflow.exam import Marks
from synthlab.workflow.topup import advice, of_the_rare

MOVED = "threshold moving"


def marks(recalls: dict[str, float]) -> list[Marks]:
    true = np.array([0, 0, 1, 1] * 10, dtype=np.int16)
    return [
        Marks(name, (_score(true, recall),), fixed=name != TOPPED)
        for name, recall in recalls.items()
    ]


def _score(true: np.ndarray, recall: float) -> Score:
    uneven = {"rare_recall": recall, "rare_pr_auc": 0.9, "bal_acc": 0.5}
    return Score(0.5, 0.5, ("a", "b"), {}, (), 40, true, true, "b", None, uneven)


def gap(b: str, value: float, half: float, p: float) -> Contrast:
    low, high, se = value - half, value + half, half / 2
    chances = (0.5, 0.0, 0.5)
    return Contrast(TOPPED, b, value, low, high, se, 9.0, p, *chances, 0.01, 0.05, (1, 1), p)


ALL = marks({TOPPED: 0.3, REAL: 0.0, MOVED: 0.7, DIRECT: 0.1})


@pytest.mark.parametrize(
    ("real", "moved", "said"),
    [
        ((0.1, 0.02, 0.001), (-0.1, 0.02, 0.001), "Use threshold moving: the synthetic rows do w"),
        ((-0.1, 0.02, 0.001), (0.1, 0.02, 0.001), "Use the real rows alone: the synthetic rows"),
        ((0.1, 0.02, 0.001), (-0.1, 0.2, 0.3), "Use threshold moving, with no LM: nothing shows"),
        ((0.1, 0.02, 0.001), (0.01, 0.2, 0.8), "do better than threshold moving cannot be seen"),
        ((0.1, 0.02, 0.001), (0.05, 0.02, 0.01), "Top up with the synthetic rows (+0.050, 95% "),
    ],
)
def test_what_needs_no_lm_is_advised_unless_the_rows_do_better(real, moved, said):
    found = [gap(REAL, *real), gap(MOVED, *moved), gap(DIRECT, 0.1, 0.02, 0.001)]
    assert said in advice(ALL, found)


@pytest.mark.parametrize(
    ("ranking", "said"),
    [
        ((-0.03, 0.02, 0.002), "harm its ranking"),
        ((0.03, 0.02, 0.002), "improve its ranking"),
        ((-0.03, 0.06, 0.4), "are not seen to change its ranking"),
    ],
)
def test_the_rare_class_is_named_with_its_recall_and_what_its_ranking_does(ranking, said):
    recall, ranked = of_the_rare(ALL, {"rare_pr_auc": [gap(REAL, *ranking)]})
    assert recall.startswith("Recall of b, the rarest class: topped up 0.30, real alone 0.00")
    assert said in ranked


def test_a_baseline_without_an_lm_is_named_where_it_does_as_well():
    known = [("real x 5 a class", 0.7), (MOVED, 0.9)]
    assert cheaper(0.8, known) == " threshold moving, which needs no LM, reaches 0.90 there."
    assert cheaper(0.95, known) == ""
    assert cheaper(0.95, []) == ""


@pytest.mark.parametrize(
    ("moved", "word", "sign"), [(0.9, "is the best candidate", "worse"), (0.6, "wins", "better")]
)
def test_a_candidate_wins_only_if_it_does_better_than_what_needs_no_lm(moved, word, sign):
    def arm(name: str, value: float) -> dict:
        level = {"value": value, "low": value - 0.1, "high": value + 0.1, "generations": 1}
        return {"name": name, "estimate": level, "rows": 500, "real": 410}

    arms = [arm(TOPPED, 0.8), arm(REAL, 0.7), arm(MOVED, moved), arm(DIRECT, 0.75)]
    first = {"name": "hand", "dev": {"generations": 1}}
    gaps = [asdict(gap(MOVED, 0.8 - moved, 0.02, 0.001))]
    said = winning({"arms": arms, "finalists": [first], "reads": 1, "contrasts": gaps, "dev": []})
    assert said[0].startswith(f"hand {word}: 410 real rows and 90 of its rows train")
    assert f"{sign} than threshold moving, which needs no LM (" in said[1]
    told = beaten_without_lm({"arms": arms})
    assert bool(told) == (sign == "worse")
    assert "threshold moving reaches 0.90 with no LM" in "".join(told) or sign == "better"


def test_rows_are_to_be_asked_of_the_classes_that_were_topped_up():
    (said,) = of_classes({"a": 0, "b c": 90})
    assert said.startswith("It was judged by its rows of b c alone; generate writes rows of these")
    assert of_classes({"a": 10, "b": 90}) == of_classes({}) == []
