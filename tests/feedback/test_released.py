"""The noisy count: the formulas against their definitions, and what neighbours can show."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from synthlab.feedback.counts import count, words_of
from synthlab.feedback.gaussian import privacy_lost, sigma_for, threshold_for
from synthlab.feedback.released import Budget, from_system, release, statement

CLASSES = ("good", "bad")
ROWS = [("good", "lovely sunny weather"), ("good", "sunny garden"), ("bad", "heavy sunny rain")]


def divergence(sigma: float, epsilon: float, apart: float) -> float:
    """``integral of max(0, p - exp(epsilon) q)``: the least delta, by its definition."""
    p, q = norm(apart, sigma), norm(0, sigma)
    # Where p is more than exp(epsilon) q: right of one point, as both have the same spread.
    start = epsilon * sigma**2 / apart + apart / 2
    return quad(lambda x: p.pdf(x) - math.exp(epsilon) * q.pdf(x), start, start + 40 * sigma,
                epsabs=1e-14, limit=500)[0]  # fmt: skip


@pytest.mark.parametrize("sensitivity", [1.0, math.sqrt(11)])
@pytest.mark.parametrize("epsilon", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("delta", [1e-3, 1e-6])
def test_sigma_is_the_least_that_the_definition_allows(epsilon, delta, sensitivity):
    sigma = sigma_for(epsilon, delta, sensitivity)
    assert privacy_lost(sigma, epsilon, sensitivity) == pytest.approx(
        divergence(sigma, epsilon, sensitivity), rel=1e-3
    )
    assert divergence(sigma, epsilon, sensitivity) <= delta * 1.001
    assert divergence(0.99 * sigma, epsilon, sensitivity) > delta


def test_sigma_is_below_the_classical_bound_and_grows_with_the_sensitivity():
    classical = math.sqrt(2 * math.log(1.25 / 1e-6))
    assert sigma_for(0.99, 1e-6, 1.0) < classical / 0.99
    assert sigma_for(1, 1e-6, 3.0) == pytest.approx(3 * sigma_for(1, 1e-6, 1.0), rel=1e-5)


def test_words_of_a_single_row_pass_the_threshold_as_seldom_as_delta_says():
    sigma, delta, words = 4.0, 0.02, 5
    threshold = threshold_for(sigma, delta, words)
    drawn = 1 + sigma * np.random.default_rng(0).normal(size=(100_000, words))
    assert (drawn > threshold).any(axis=1).mean() == pytest.approx(delta, rel=0.1)
    assert 1 - norm.cdf(threshold_for(1, 1e-9, 7) - 1) ** 7 == pytest.approx(1e-9, rel=1e-4)


@pytest.mark.parametrize("new", [0, 1, 3])
def test_a_row_whose_words_are_partly_new_loses_no_more_than_said_both_ways(new):
    """Of the exact mechanism: noise on what both data sets hold, and the chance of new words."""
    budget = Budget(1.0, 1e-3, 3)
    shift = math.sqrt(1 + budget.words - new)
    chance = norm.sf((budget.threshold - 1) / budget.sigma)
    p = 1 - (1 - chance) ** new
    assert p <= budget.delta / 2 * (1 + 1e-6)
    # With the row: whatever a new word shows, and else the shifted noise, which is seldomer by p.
    added = p + (1 - p) * divergence(budget.sigma, 1.0 - math.log(1 - p), shift)
    # Without it: more likely than with it by exp(epsilon) where no new word is shown.
    gone = divergence(budget.sigma, 1.0 + math.log(1 - p), shift)
    assert max(added, gone) <= budget.delta


def test_a_row_adds_one_to_its_class_and_to_its_first_words_whatever_other_rows_hold():
    row = ("good", "the weather weather garden is green and sunny and mild and windy")
    assert words_of(row[1]) == ["weather", "garden", "green", "sunny", "mild", "windy"]
    before = count(ROWS, CLASSES, 4)
    after = count([*ROWS, row], CLASSES, 4)
    moved = Counter(after.words["good"]) - Counter(before.words["good"])
    assert moved == dict.fromkeys(["weather", "garden", "green", "sunny"], 1)
    assert after.words["bad"] == before.words["bad"]
    assert (after.rows["good"], after.rows["bad"]) == (before.rows["good"] + 1, before.rows["bad"])
    square = sum(n * n for n in moved.values()) + 1
    assert math.sqrt(square) <= math.sqrt(4 + 1)


class Spy:
    """Standard normal draws that are counted."""

    def __init__(self, seed: int = 0, scale: float = 1.0) -> None:
        self.draw, self.calls, self.scale = random.Random(seed), 0, scale

    def __call__(self) -> float:
        self.calls += 1
        return self.scale * self.draw.gauss(0, 1)


def many(each: int = 400) -> list[tuple[str, str]]:
    return [(label, f"{label}ness widely seen") for label in CLASSES for _ in range(each)]


def test_every_count_gets_a_draw_of_its_own_and_what_is_told_is_those_sums_in_whole_rows():
    budget, spy = Budget(1.0, 1e-5, 4), Spy()
    found = release(many(), CLASSES, budget, spy)
    assert spy.calls == 2 + 6
    again = random.Random(0)
    sizes = {label: round(400 + budget.sigma * again.gauss(0, 1)) for label in CLASSES}
    assert found.counts.rows == sizes
    noisy = {
        w: round(400 + budget.sigma * again.gauss(0, 1)) for w in ("goodness", "widely", "seen")
    }
    assert found.counts.words["good"] == noisy


def test_neighbours_differ_in_the_counts_of_one_row_only_with_the_same_noise():
    """Whatever is told depends on the rows through the noisy counts alone."""
    budget = Budget(1.0, 1e-5, 4)
    row = ("good", "goodness widely unseen private")
    one = release(many(), CLASSES, budget, Spy(scale=0.0)).counts
    two = release([*many(), row], CLASSES, budget, Spy(scale=0.0)).counts
    assert two.words["good"].keys() == one.words["good"].keys()
    assert {w: two.words["good"][w] - n for w, n in one.words["good"].items()} == {
        "goodness": 1, "widely": 1, "seen": 0,
    }  # fmt: skip
    assert two.words["bad"] == one.words["bad"]


def test_words_of_few_rows_are_hardly_ever_told():
    budget = Budget(1.0, 1e-2, 4)
    rows = [*many(), ("good", "private secret hidden word")]
    told = [release(rows, CLASSES, budget, Spy(seed)).counts.words["good"] for seed in range(300)]
    leaked = sum(bool({"private", "secret", "hidden", "word"} & own.keys()) for own in told)
    assert leaked <= 300 * 3 * budget.delta
    assert all({"goodness", "widely"} <= own.keys() for own in told)


def test_words_are_in_the_order_of_the_alphabet():
    found = release(many(), CLASSES, Budget(1.0, 1e-5, 4), Spy())
    assert list(found.counts.words["good"]) == sorted(found.counts.words["good"])


def test_noise_is_the_systems_and_no_two_releases_are_the_same():
    drawn = [from_system()() for _ in range(2000)]
    assert np.mean(drawn) == pytest.approx(0, abs=0.15)
    assert np.std(drawn) == pytest.approx(1, abs=0.1)
    one, two = (release(many(), CLASSES, Budget(0.1, 1e-5, 4), from_system()) for _ in range(2))
    assert one.counts.rows != two.counts.rows


def test_the_statement_has_its_figures_and_adds_up_what_is_known():
    said = statement(Budget(1.0, 1e-6, 10))
    assert "(1, 1e-06)-differentially private for adding or removing one dev row" in said
    assert "Not covered are dev scores" in said
    assert "such counts" not in said
    more = statement(Budget(1.0, 1e-6, 10), [Budget(0.5, 1e-6, 5)])
    assert "2 such counts of these rows are in this store: together they are (1.5, 2e-06)" in more
