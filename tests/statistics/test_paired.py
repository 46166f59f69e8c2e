"""Intervals and tests of scores, on data whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from synthlab.statistics.macro import Patterns
from synthlab.statistics.many import crossed, holm, shrink
from synthlab.statistics.paired import contrast, level


def made(rng, true, accuracy, generations=1):
    """What ``generations`` models call the rows: right with probability ``accuracy``."""
    called = np.tile(true, (generations, 1))
    wrong = rng.random(called.shape) > accuracy
    called[wrong] = rng.integers(0, true.max() + 1, wrong.sum())
    return called


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def rows(rng, count=600, classes=5):
    return rng.permutation(np.arange(count) % classes).astype(np.int16)


def test_the_score_of_patterns_is_scikit_learns_macro_f1(rng):
    true = rng.integers(0, 7, 300).astype(np.int16)
    true[true == 3] = 2  # a class without rows
    called = made(rng, true, 0.6, generations=4)
    expected = [
        f1_score(true, each, average="macro", labels=range(7), zero_division=0.0) for each in called
    ]
    assert Patterns.of(true, called, 7).scores() == pytest.approx(expected, abs=1e-12)


def test_a_call_outside_of_the_classes_is_a_miss():
    true = np.array([0, 0, 1, 1], dtype=np.int16)
    assert Patterns.of(true, np.array([[0, -1, 1, 1]]), 2).scores()[0] == pytest.approx(
        (2 / 3 + 1) / 2
    )


def test_drawing_patterns_varies_as_much_as_drawing_rows(rng):
    true = rows(rng, 200, 4)
    called = made(rng, true, 0.7)
    drawn = Patterns.of(true, called, 4).draws(4000, seed=1)[0]
    by_row = []
    for _ in range(1500):
        picked = np.concatenate(
            [rng.choice(np.flatnonzero(true == c), (true == c).sum()) for c in range(4)]
        )
        by_row.append(f1_score(true[picked], called[0][picked], average="macro"))
    assert drawn.mean() == pytest.approx(np.mean(by_row), abs=0.003)
    assert drawn.std() == pytest.approx(np.std(by_row), rel=0.08)


def test_the_same_calls_do_not_differ(rng):
    true = rows(rng)
    called = made(rng, true, 0.8, generations=3)
    found = contrast(("a", "b"), true, called, called, 5)
    assert (found.value, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)
    assert (found.better, found.equal, found.worse) == (0.0, 1.0, 0.0)


def test_a_contrast_turned_round_has_the_other_sign(rng):
    true = rows(rng)
    a, b = made(rng, true, 0.85, 3), made(rng, true, 0.8, 3)
    there, back = contrast(("a", "b"), true, a, b, 5), contrast(("b", "a"), true, b, a, 5)
    assert there.value == pytest.approx(-back.value)
    assert there.low == pytest.approx(-back.high, abs=2e-3)  # other draws, the same law
    assert there.better == pytest.approx(back.worse, abs=0.02)
    assert there.better + there.equal + there.worse == pytest.approx(1)


def test_pairing_rows_makes_an_interval_shorter(rng):
    true = rows(rng)
    a = made(rng, true, 0.7)
    b = a.copy()
    b[:, :12] = true[:12]  # the same but for 12 rows
    paired = contrast(("b", "a"), true, b, a, 5)
    apart = np.hypot(level(true, a, 5).se, level(true, b, 5).se)
    assert paired.se < apart / 2


def test_more_generations_that_scatter_make_the_interval_wider(rng):
    true = rows(rng)
    steady = np.vstack([made(rng, true, 0.8) for _ in range(5)])
    scattered = np.vstack([made(rng, true, accuracy) for accuracy in (0.6, 0.7, 0.8, 0.9, 1.0)])
    assert level(true, scattered, 5).se > 2 * level(true, steady, 5).se
    assert level(true, scattered, 5).df < 10


def test_one_generation_speaks_of_rows_only_unless_noise_is_assumed(rng):
    true = rows(rng)
    a, b = made(rng, true, 0.8), made(rng, true, 0.7)
    plain = contrast(("a", "b"), true, a, b, 5)
    assumed = contrast(("a", "b"), true, a, b, 5, noise=0.03)
    assert assumed.se == pytest.approx(np.hypot(plain.se, 0.03 * np.sqrt(2)), rel=1e-6)


def test_unequal_numbers_of_generations_can_be_compared(rng):
    true = rows(rng)
    found = contrast(("a", "b"), true, made(rng, true, 0.9, 5), made(rng, true, 0.7, 3), 5)
    assert found.generations == (5, 3)
    assert found.low > 0
    assert contrast(("a", "b"), true, made(rng, true, 0.9, 5), made(rng, true, 0.7), 5).low > 0


def test_the_smallest_difference_found_is_2_8_standard_errors_where_nothing_scatters(rng):
    true = rows(rng)
    found = contrast(("a", "b"), true, made(rng, true, 0.8), made(rng, true, 0.7), 5)
    assert found.resolves == pytest.approx(2.8 * found.se, rel=0.01)


def test_holm_multiplies_by_what_is_left_and_never_falls(rng):
    true = rows(rng)
    base = contrast(("a", "b"), true, made(rng, true, 0.8), made(rng, true, 0.7), 5)
    ps = [0.04, 0.01, 0.03]
    corrected = holm([replace(base, p=p) for p in ps])
    assert [item.p_holm for item in corrected] == pytest.approx([0.06, 0.03, 0.06])


def test_scores_that_differ_by_noise_only_are_drawn_to_their_mean(rng):
    values = 0.8 + 0.02 * rng.standard_normal(200)
    assert np.ptp(shrink(values, [0.02] * 200)) < 0.4 * np.ptp(values)
    clear = shrink([0.5, 0.7, 0.9], [0.001] * 3)
    assert clear == pytest.approx([0.5, 0.7, 0.9], abs=1e-4)
    assert shrink([0.5, 0.9], [0.1, 0.1]) == [0.5, 0.9]
    assert shrink([0.7, 0.7, 0.7], [0.0] * 3) == pytest.approx([0.7] * 3)


def test_the_best_of_a_few_equal_candidates_is_not_flattered_much_after_shrinking(rng):
    values = 0.8 + 0.03 * rng.standard_normal((400, 4))
    raw = values.max(axis=1).mean() - 0.8
    drawn = np.mean([max(shrink(line, [0.03] * 4)) for line in values]) - 0.8
    assert raw > 0.025
    assert drawn < raw / 3


def test_a_winner_is_judged_by_generations_that_did_not_choose_it(rng):
    luck = 0.05 * rng.standard_normal((3000, 3, 5))
    plain = np.mean([each[each.mean(axis=1).argmax()].mean() for each in luck])
    assert plain > 0.015
    assert abs(np.mean([crossed(each, each) for each in luck])) < 3 * 0.05 / np.sqrt(5 * 3000)


def test_a_clear_winner_keeps_its_score_when_crossed():
    scores = np.array([[0.9, 0.8, 0.85], [0.5, 0.6, 0.55]])
    assert crossed(scores, scores - 0.1) == pytest.approx(0.75)
    assert crossed(scores[:, :1], scores[:, :1]) == 0.9
