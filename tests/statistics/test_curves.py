"""A learning curve finds the law that made its points, and claims no more than they carry."""

from __future__ import annotations

import math

import numpy as np
import pytest

from synthlab.errors import DataError
from synthlab.statistics.curves import fit, worth
from synthlab.statistics.noise import measured

FIVE = (10, 25, 50, 100, 200)


def true(rows: float, a: float = 0.1, b: float = 1.0, c: float = 0.5) -> float:
    return 1 - a - b * rows**-c


def exact(sizes=FIVE, **law) -> dict[int, list[float]]:
    return {n: [true(n, **law)] * 5 for n in sizes}


def noisy(rng: np.random.Generator, sizes=FIVE, draws: int = 5, **law) -> dict[int, list[float]]:
    """Scores whose scatter is an eighth of the error, as on BBC News."""
    return {
        n: [float(true(n, **law) + rng.normal(0, (1 - true(n, **law)) / 8)) for _ in range(draws)]
        for n in sizes
    }


@pytest.mark.parametrize("law", [(0.1, 1.0, 0.5), (0.0, 1.5, 0.8), (0.2, 0.9, 0.3)])
def test_points_without_noise_give_their_law_back(law):
    a, b, c = law
    curve = fit(exact((10, 30, 100, 300, 1000), a=a, b=b, c=c))
    for rows in (10, 100, 1000, 5000):
        assert curve.at(rows).value == pytest.approx(true(rows, a, b, c), abs=0.006)
    assert curve.ceiling.value == pytest.approx(1 - a, abs=0.03)


def test_two_sizes_fix_a_and_b_and_leave_the_rate_open():
    curve = fit(exact((10, 100)))
    assert (curve.a, curve.b, curve.c) == pytest.approx((0.1, 1.0, 0.5), abs=0.001)
    narrow, wide = curve.at(100), curve.ceiling
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)
    assert np.ptp(curve.draws[:, 2]) > 0.6


def test_two_sizes_that_rise_too_steeply_for_the_usual_rate_are_still_met():
    curve = fit({10: [0.7] * 5, 100: [0.94] * 5})
    assert curve.a == pytest.approx(0.0, abs=0.001)
    assert curve.at(10).value == pytest.approx(0.7, abs=0.02)
    assert curve.at(100).value == pytest.approx(0.94, abs=0.01)


@pytest.mark.parametrize("sizes", [(10, 100), (10, 30, 100), FIVE])
@pytest.mark.parametrize("law", [(0.1, 1.0, 0.5), (0.02, 1.7, 0.8)])
def test_intervals_cover_the_truth_about_as_often_as_they_say(sizes, law):
    """95% within the tries' own noise: of 200, a true 95% gives 181 or more in 99 of 100 tests.

    At two sizes the rate is drawn over all its range, so intervals may only be too wide.
    """
    a, b, c = law
    rng = np.random.default_rng(3)
    inside = {"measured": 0, "double": 0, "ceiling": 0}
    for seed in range(200):
        curve = fit(noisy(rng, sizes, a=a, b=b, c=c), draws=300, seed=seed)
        most = sizes[-1]
        for name, found, truth in (
            ("measured", curve.at(most), true(most, a, b, c)),
            ("double", curve.at(2 * most), true(2 * most, a, b, c)),
            ("ceiling", curve.ceiling, 1 - a),
        ):
            inside[name] += found.low <= truth <= found.high
    assert all(count >= 181 for count in inside.values()), inside


def test_worth_covers_the_truth_with_noise_in_the_curve_and_in_the_score():
    rng = np.random.default_rng(4)
    inside = 0
    for seed in range(200):
        curve = fit(noisy(rng), draws=300, seed=seed)
        found = worth(curve, [float(true(60) + rng.normal(0, 0.02)) for _ in range(5)])
        inside += found.low <= 60 <= found.high
    assert 181 <= inside <= 199


def test_more_draws_make_the_interval_narrower():
    def width(draws: int) -> float:
        found = fit(noisy(np.random.default_rng(5), draws=draws)).at(100)
        return found.high - found.low

    assert width(40) < width(3)


def test_one_draw_a_size_still_has_an_interval():
    found = fit({n: [true(n)] for n in FIVE}).at(100)
    assert found.low < true(100) < found.high
    assert 0.01 < found.high - found.low < 0.2


def test_equal_scores_are_a_flat_and_certain_line():
    curve = fit({n: [0.7] * 3 for n in FIVE})
    assert curve.at(10).value == curve.at(1000).value == pytest.approx(0.7)
    assert curve.ceiling.high - curve.ceiling.low < 0.02
    assert curve.needed(0.75).bound == "never"
    assert curve.needed(0.65).bound == "below"
    assert worth(curve, [0.8]).bound == "above"
    assert worth(curve, [0.6]).bound == "below"


def test_scores_that_fall_with_more_rows_are_a_flat_line_with_a_wide_interval():
    curve = fit({10: [0.9], 50: [0.7], 100: [0.8], 200: [0.6]})
    assert curve.b == 0.0
    assert curve.at(100).high - curve.at(100).low > 0.1


def test_points_off_every_such_curve_widen_the_interval():
    smooth = exact()
    jagged = {n: [s + 0.05 * (-1) ** i for s in smooth[n]] for i, n in enumerate(FIVE)}
    assert fit(jagged).at(100).se > 5 * fit(smooth).at(100).se


def test_scores_stay_within_0_and_1():
    curve = fit({10: [0.99, 1.0], 20: [1.0, 1.0], 40: [1.0, 0.99]})
    assert curve.at(400).high <= 1.0
    assert curve.ceiling.high <= 1.0
    low = fit({10: [0.0], 1000: [0.01]}).at(10)
    assert low.low <= 0.01


def test_needed_rows_are_those_at_which_the_curve_reaches_the_target():
    curve = fit(exact())
    found = curve.needed(0.83)
    assert found.bound == ""
    assert found.rows == pytest.approx(1 / 0.07**2, rel=0.05)
    assert found.low <= found.rows <= found.high
    assert found.rows > found.measured
    assert curve.at(found.rows).value == pytest.approx(0.83)


def test_a_target_above_the_level_is_not_reachable_when_the_level_is_sure():
    found = fit(exact((10, 40, 160, 640, 2560))).needed(0.97)
    assert found.bound == "never"
    assert found.level.high < 0.97
    assert not found.reached


def test_nothing_is_claimed_beyond_ten_times_the_largest_size():
    curve = fit(exact((10, 25, 50)))
    target = true(10 * 50 * 3)
    found = curve.needed(target)
    assert found.bound == "beyond"
    assert found.rows == 500
    assert found.high_open


def test_worth_is_the_inverse_of_the_curve():
    curve = fit(exact())
    found = worth(curve, [true(60)] * 5)
    assert found.value == pytest.approx(60, rel=0.02)
    assert found.low <= found.value <= found.high
    assert found.generations == 5


def test_generations_that_differ_widen_what_rows_are_worth():
    curve = fit(exact())
    spread = [true(60) + step for step in (-0.04, -0.02, 0.0, 0.02, 0.04)]
    found = worth(curve, spread)
    assert found.high - found.low > 20
    assert worth(curve, [true(60)], sd=0.03).high > worth(curve, [true(60)]).high


def test_worth_below_and_above_what_was_tried_is_a_bound():
    curve = fit(exact())
    below = worth(curve, [true(5)] * 5)
    assert (below.bound, below.value, below.low_open) == ("below", 10, True)
    above = worth(curve, [true(900)] * 5)
    assert (above.bound, above.value, above.high_open) == ("above", 200, True)
    beyond_any = worth(curve, [0.99] * 5)
    assert (beyond_any.bound, beyond_any.value) == ("above", 200)
    assert all(math.isfinite(part) for part in (beyond_any.low, beyond_any.high))


def test_the_same_scores_give_the_same_figures():
    scores = noisy(np.random.default_rng(6))
    assert fit(scores).at(80) == fit(scores).at(80)
    assert worth(fit(scores), [0.8, 0.82]) == worth(fit(scores), [0.8, 0.82])


@pytest.mark.parametrize(
    "scores",
    [{}, {10: [0.5]}, {10: [0.5], 20: []}, {10: [0.5], 20: [70.0]}, {0: [0.5], 20: [0.6]}],
)
def test_scores_that_make_no_curve_are_refused_with_what_to_do(scores):
    with pytest.raises(DataError) as caught:
        fit(scores)
    assert caught.value.fix


def test_a_score_in_percent_has_no_worth():
    with pytest.raises(DataError, match=r"0\.\.1"):
        worth(fit(exact()), [87.0])


def test_draws_that_overlap_are_less_sure_than_their_scatter_says():
    """At 40 of 42 rows five draws are nearly one: as unsure as one set of 40 fresh rows."""
    rng = np.random.default_rng(7)
    scores = {10: list(0.65 + rng.normal(0, 0.04, 5)), 25: list(0.8 + rng.normal(0, 0.02, 5))}
    scores[40] = [0.9, 0.905, 0.895, 0.9, 0.9]
    assert measured(scores).ses[2] < 0.01
    points = measured(scores, 42)
    assert points.ses[2] > 0.01
    assert fit(scores, pool=42).at(40).se > 1.5 * fit(scores).at(40).se


def test_overlap_costs_what_it_costs_a_mean_of_rows():
    """The mean of 30 draws of n out of 100 numbers, over 1,000 pools: known to about 2%."""
    rng, sizes = np.random.default_rng(8), (20, 50)
    means, told = [], []
    for _ in range(1_000):
        pool = 0.5 + rng.normal(0, 0.5, 100)
        orders = [rng.permutation(100) for _ in range(30)]
        scores = {n: [float(pool[o[:n]].mean()) for o in orders] for n in sizes}
        points = measured(scores, 100)
        means.append(points.errors)
        told.append(points.ses**2)
    true = np.cov(np.array(means).T)
    assert np.sqrt(np.mean(told, axis=0)) == pytest.approx(np.sqrt(np.diag(true)), rel=0.08)
    assert points.together[0, 1] == pytest.approx(np.corrcoef(np.array(means).T)[0, 1], abs=0.05)


def test_a_pool_much_larger_than_its_draws_changes_little():
    scores = noisy(np.random.default_rng(9))
    alone, pooled = measured(scores), measured(scores, 1_000_000)
    assert pooled.ses == pytest.approx(alone.ses, rel=0.01)


def test_more_rows_than_the_pool_has_are_refused():
    with pytest.raises(DataError, match="200 rows of a pool of 42"):
        fit(exact(), pool=42)


def test_easy_rows_that_reach_one_in_a_few_steps_do_not_hide_the_sizes_before():
    """Where the score is at 1.0, a law cannot follow; the worth stays near the measured sizes."""
    means = {3: 0.56, 6: 0.69, 15: 0.87, 30: 0.95, 60: 1.0, 120: 1.0, 150: 1.0}
    steps = (-0.02, -0.01, 0.0, 0.01, 0.02)
    scores = {n: [min(1.0, f1 + d * (f1 < 1)) for d in steps] for n, f1 in means.items()}
    found = worth(fit(scores, pool=180), [0.83, 0.84, 0.85])
    assert 6 < found.value < 15
    assert found.low < 13 < found.high
