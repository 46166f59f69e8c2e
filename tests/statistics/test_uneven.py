"""The measures of uneven classes are scikit-learn's, and their intervals cover the truth."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, balanced_accuracy_score, recall_score

from synthlab.statistics.uneven import Sheet, compare

RARE = 0
TRUE = np.repeat(np.array([0, 1, 2], dtype=np.int16), [12, 60, 80])


def sheet(name: str, hit: float, generations: int = 3, seed: int = 0) -> Sheet:
    """Models that call a row of the rare class right with probability ``hit``."""
    rng = np.random.default_rng([seed, len(name)])
    called = np.tile(TRUE, (generations, 1))
    rare = TRUE == RARE
    missed = rng.random((generations, int(rare.sum()))) > hit
    called[:, rare] = np.where(missed, 1, RARE)
    sure = rng.normal(size=called.shape) + 2 * hit * rare
    return Sheet(name, called, sure)


def test_values_are_differences_of_scikit_learns_means():
    a, b = sheet("a", 0.8), sheet("bb", 0.4)
    found = compare(TRUE, a, b, RARE, 0.01, draws=50)

    def mean(side: Sheet, measure) -> float:
        return float(np.mean([measure(*one) for one in zip(side.called, side.sure, strict=True)]))

    measures = {
        "rare_recall": lambda c, _: recall_score(TRUE, c, labels=[RARE], average="macro"),
        "bal_acc": lambda c, _: balanced_accuracy_score(TRUE, c),
        "rare_pr_auc": lambda _, s: average_precision_score(TRUE == RARE, s),
    }
    assert set(found) == set(measures)
    for key, measure in measures.items():
        assert found[key].value == pytest.approx(mean(a, measure) - mean(b, measure), abs=1e-6)
        assert found[key].low < found[key].value < found[key].high
        assert (found[key].a, found[key].b) == ("a", "bb")


def test_a_side_against_itself_differs_by_nothing_for_sure():
    a = sheet("a", 0.5)
    for item in compare(TRUE, a, a, RARE, 0.01, draws=50).values():
        assert (item.value, item.low, item.high, item.p) == (0, 0, 0, 1)


def test_without_probabilities_there_is_no_precision():
    a, b = sheet("a", 0.5), sheet("bb", 0.5)
    found = compare(TRUE, a, Sheet("bb", b.called), RARE, 0.01, draws=50)
    assert set(found) == {"rare_recall", "bal_acc"}


def test_intervals_hold_a_difference_of_nothing_about_95_times_of_100():
    """Of recall: both sides hit a rare row of a new holdout with the same probability."""
    held = 0
    for turn in range(100):
        a, b = sheet("a", 0.6, 5, turn), sheet("bb", 0.6, 5, turn)
        item = compare(TRUE, a, b, RARE, 0.01, draws=200)["rare_recall"]
        held += item.low <= 0 <= item.high
    assert held >= 90
