"""Nominal 95% intervals hold the truth, and nothing is found where there is nothing: a guard.

A small simulation with fixed seeds; ``experiments/honest-comparison`` holds the full study.
"""

import numpy as np
import pytest
from scipy.stats import norm

from synthlab.statistics.macro import Patterns
from synthlab.statistics.paired import contrast, level

CLASSES, ROWS, TRIALS = 5, 200, 400
TRUE = np.repeat(np.arange(CLASSES, dtype=np.int16), ROWS // CLASSES)


def called(rng, generations, sd, hard):
    """Calls of models whose margins differ by generation with ``sd``; wrong ones go next door."""
    luck = sd * rng.standard_normal((generations, 1))
    noise = np.sqrt(0.5) * rng.standard_normal((generations, ROWS))
    return np.where(0.8 + luck + np.sqrt(0.5) * hard + noise > 0, TRUE, (TRUE + 1) % CLASSES)


def truth(sd):
    """Every class is equally hard, so that macro-F1 is the share of right calls."""
    return float(norm.cdf(0.8 / np.sqrt(1 + sd**2)))


@pytest.mark.parametrize(("generations", "sd"), [(3, 0.05), (3, 0.3), (5, 0.15)])
def test_intervals_hold_the_truth_and_equal_prompts_are_seldom_told_apart(generations, sd):
    rng = np.random.default_rng(11)
    held = found = 0
    for trial in range(TRIALS):
        hard = rng.standard_normal(ROWS)
        a, b = (called(rng, generations, sd, hard).astype(np.int16) for _ in range(2))
        own = level(TRUE, a, CLASSES, draws=100, seed=trial)
        held += own.low <= truth(sd) <= own.high
        found += contrast(("a", "b"), TRUE, a, b, CLASSES, draws=100, seed=trial).p < 0.05
    # Three standard errors of so many trials, around the ends that are allowed.
    error = 3 * np.sqrt(0.05 * 0.95 / TRIALS)
    assert 0.93 - error < held / TRIALS < min(1, 0.97 + error)
    assert found / TRIALS < 0.05 + error


def test_the_truth_of_the_guard_is_the_mean_score_of_many_rows():
    rng = np.random.default_rng(2)
    many = [
        Patterns.of(TRUE, called(rng, 20, 0.3, rng.standard_normal(ROWS)), CLASSES).scores().mean()
        for _ in range(150)
    ]
    assert np.mean(many) == pytest.approx(truth(0.3), abs=0.006)
