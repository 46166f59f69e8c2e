"""What a comparison can find is told before it is paid for, and follows from its noise alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from synthlab.errors import UserError
from synthlab.statistics.paired import contrast
from synthlab.statistics.power import (
    Noise,
    efficiency,
    generations_needed,
    power_of,
    resolvable,
    rows_needed,
)

STEADY = Noise(generation=0.0, lasting=1.0)


def test_without_generation_noise_it_is_the_textbook_size_of_a_paired_comparison():
    """(1.96 + 0.84)**2 * (0.2 - 0.02**2) / 0.02**2, as for McNemar's test."""
    found = rows_needed(0.02, 5, STEADY)
    assert found.count == pytest.approx(2.8016**2 * 0.2 / 0.02**2, rel=0.01)
    assert resolvable(found.count, 5, STEADY) == pytest.approx(0.02, rel=0.001)


def test_without_row_noise_it_is_a_t_test_over_generations():
    """Two groups' difference with 4 degrees of freedom: 3.76 standard errors at power 0.8."""
    noise = Noise(generation=0.01, disagreement=1e-9)
    assert resolvable(1e9, 5, noise) == pytest.approx(3.761 * 0.01 * math.sqrt(2 / 5), rel=0.002)


@pytest.mark.parametrize(("generations", "noise"), [(2, 0.002), (3, 0.03), (5, 0.03), (10, 0.01)])
def test_power_is_the_share_of_such_tests_that_find_the_difference(generations, noise):
    """20,000 simulated tests: three standard errors of their share are 0.01."""
    known = Noise(generation=noise)
    rows, rng = 1_000, np.random.default_rng(generations)
    difference = resolvable(rows, generations, known)
    row = (known.disagreement - difference**2) / rows
    scatter = 2 * noise**2 + (1 - known.lasting) * row
    lasting = known.lasting * row
    each = rng.normal(0, math.sqrt(scatter), (20_000, generations))
    mean = difference + each.mean(axis=1) + rng.normal(0, math.sqrt(lasting), 20_000)
    seen = each.var(axis=1, ddof=1) / generations
    both = (1 - known.lasting) * row / generations
    beyond = np.maximum(seen - both, 0)
    variance = lasting + both + beyond
    part = (beyond + np.maximum(seen, both)) / 2 / variance
    few, many = special.stdtrit([generations - 1, rows - 1], 0.975)
    share = np.mean(np.abs(mean) > (part * few + (1 - part) * many) * np.sqrt(variance))
    assert share == pytest.approx(0.8, abs=0.01)


def test_power_at_the_smallest_difference_found_is_four_of_five():
    assert power_of(resolvable(800, 4), 800, 4) == pytest.approx(0.8, abs=0.001)
    assert power_of(-resolvable(800, 4), 800, 4) == pytest.approx(0.8, abs=0.001)


@pytest.mark.parametrize("generations", [2, 3, 5, 10])
@pytest.mark.parametrize("noise", [0.0, 0.005, 0.03])
def test_a_difference_of_nothing_is_found_at_most_about_once_in_twenty(generations, noise):
    """Less often where generations are so few that the test can only be careful."""
    alarms = power_of(0.0, 1_000, generations, Noise(generation=noise))
    assert {2: 0.0, 3: 0.005, 5: 0.02}.get(generations, 0.03) <= alarms < 0.055


def test_the_test_is_the_one_that_contrasts_are_made_with():
    """400 trials, calls drawn row by row: two standard errors of their share are 0.04."""
    rows, turns, known = 500, 3, Noise(generation=0.0, disagreement=0.255, lasting=0.0)
    difference, rng = resolvable(rows, turns, known), np.random.default_rng(1)
    true = np.repeat(np.arange(5, dtype=np.int16), rows // 5)
    hits = 0
    for _ in range(400):
        calls = []
        for sign in (0.5, -0.5):
            right = rng.random((turns, rows)) < 0.85 + sign * difference
            wrong = (true + rng.integers(1, 5, (turns, rows))) % 5
            calls.append(np.where(right, true, wrong).astype(np.int16))
        hits += contrast(("a", "b"), true, *calls, 5, draws=200).p < 0.05
    assert hits / 400 == pytest.approx(0.8, abs=0.05)


def test_the_hardest_of_three_contrasts_needs_a_larger_difference():
    assert resolvable(1_000, 5, alpha=0.05 / 3) > 1.1 * resolvable(1_000, 5)


def test_one_generation_finds_nothing():
    assert math.isinf(resolvable(10_000, 1))
    assert power_of(0.5, 10_000, 1) == 0.0


def test_more_generations_find_less():
    found = [resolvable(1_000, count) for count in (2, 3, 5, 10, 30)]
    assert found == sorted(found, reverse=True)
    assert all(math.isfinite(part) for part in found)


def test_shared_seeds_of_the_two_prompts_help():
    assert resolvable(1_000, 5, Noise(shared=0.5)) < resolvable(1_000, 5, Noise())


def test_rows_do_not_help_where_generation_noise_hides_the_difference():
    found = rows_needed(0.02, 5)
    assert found.count is None
    assert found.floor == pytest.approx(3.761 * 0.03 * math.sqrt(2 / 5), rel=0.01)
    assert rows_needed(found.floor * 1.05, 5).count is not None
    assert rows_needed(0.5, 1).count is None
    assert math.isinf(rows_needed(0.5, 1).floor)


def test_generations_do_not_help_where_the_rows_hide_the_difference():
    found = generations_needed(0.02, 200)
    assert found.count is None
    assert found.floor == pytest.approx(2.8 * math.sqrt(0.2 * 0.2 / 200), rel=0.01)


@pytest.mark.parametrize("difference", [0.03, 0.05, 0.1])
def test_the_numbers_needed_are_the_first_that_suffice(difference):
    count = generations_needed(difference, 1_000).count
    assert count is not None
    assert resolvable(1_000, count) <= difference < resolvable(1_000, count - 1)
    rows = rows_needed(difference, 40).count
    assert rows is not None
    assert resolvable(rows, 40) <= difference + 1e-9
    assert resolvable(rows - 1, 40) > difference


def test_equal_classes_tell_as_much_of_macro_f1_as_of_accuracy():
    assert efficiency([200] * 5) == pytest.approx(1.0)
    assert efficiency([7, 7]) == pytest.approx(1.0)


def test_unequal_classes_tell_less_and_resolve_less():
    assert efficiency([400, 250, 150, 120, 80]) < 0.85
    told = Noise(efficiency=efficiency([900, 100]))
    assert resolvable(1_000, 5, told) > resolvable(1_000, 5)


def test_the_efficiency_of_unequal_classes_is_that_of_simulated_scores():
    """Rows that flip at random between right and wrong: 4,000 draws give the variance to 2%."""
    rng = np.random.default_rng(0)
    sizes, f1 = np.array([500, 250, 150, 100]), 0.85
    label = np.repeat(np.arange(4), sizes)
    draws = 4_000
    scores = np.empty(draws)
    rest = sizes / sizes.sum()
    wrong = np.array([rng.choice(4, draws, p=_others(rest, true)) for true in label]).T
    called = np.where(rng.random((draws, 1_000)) < f1, label, wrong)
    for place, calls in enumerate(called):
        hits = np.bincount(calls[calls == label], minlength=4)
        scores[place] = np.mean(2 * hits / (sizes + np.bincount(calls, minlength=4)))
    accuracy = np.var(np.mean(called == label, axis=1))
    assert accuracy / np.var(scores) == pytest.approx(efficiency(sizes.tolist(), f1), rel=0.1)


def _others(shares: np.ndarray, true: int) -> np.ndarray:
    rest = np.where(np.arange(len(shares)) == true, 0, shares)
    return rest / rest.sum()


@pytest.mark.parametrize(
    "wrong", [{"disagreement": 1.2}, {"lasting": -0.1}, {"generation": -1.0}, {"efficiency": 0.0}]
)
def test_noise_that_cannot_be_is_refused(wrong):
    with pytest.raises(UserError):
        Noise(**wrong)


def test_sizes_that_cannot_be_are_refused():
    with pytest.raises(UserError, match="1 test rows"):
        resolvable(1, 5)
    with pytest.raises(UserError, match="0 generations"):
        resolvable(100, 0)
    with pytest.raises(UserError, match="by class"):
        efficiency([100])
