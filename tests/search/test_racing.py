"""A race drops the clear losers early, keeps late bloomers, and says why in figures."""

import pytest
from pydantic import ValidationError

from synthlab.errors import BudgetError
from synthlab.registry import resolve
from synthlab.search.grid import Grid
from synthlab.search.outlook import expected
from synthlab.search.racing import Racing
from tests.search.scripted import Scripted


def flat(accuracy):
    """A curve that rises alike for all: what they have at 5 rows tells what they have at 40."""
    return {5: accuracy - 0.06, 13: accuracy - 0.03, 40: accuracy}


def race(objective, rungs=(5, 13), eta=3, **params):
    params |= {"rungs": rungs, "eta": eta}
    return list(Racing(Racing.Params(**params)).run(objective.start, objective))


def ends(trials):
    """(name, rows a class) in the order of the trials."""
    return [(trial.candidate.name, trial.rows_per_class) for trial in trials]


def test_a_clear_loser_is_dropped_at_the_first_rung_with_figures():
    good = {f"good-{n}": flat(0.8 + n / 100) for n in range(4)}
    objective = Scripted({"bad": flat(0.4), **good})
    trials = race(objective, eta=1.01)
    assert ends(trials) == [("bad", 5), *[(f"good-{n}", 40) for n in range(4)]]
    assert trials[0].out == objective.dropped["bad"]
    assert trials[0].out == (
        "at 5 rows a class 0.34, 0.34 to 0.52 under good-3 (0.77); about 0.34 to be expected at 40"
    )
    assert [trial.out for trial in trials[1:]] == [""] * 4


def test_one_of_eta_goes_on_and_the_rest_is_told_its_place():
    curves = {f"prompt-{n}": flat(0.70 + n / 200) for n in range(12)}
    objective = Scripted(curves)
    trials = race(objective, noise=0.2)
    whole = [trial.candidate.name for trial in trials if not trial.out]
    assert whole == ["prompt-9", "prompt-10", "prompt-11"]
    assert [rows for _, rows in ends(trials)].count(5) == 8
    assert (
        "at 5 rows a class 0.64; about 0.64 to be expected at 40: place 12 of 12, 4 go on"
        in (objective.dropped["prompt-0"])
    )


def test_a_late_bloomer_survives_the_rung_where_it_is_last():
    early = {f"early-{n}": {2: 0.62, 5: 0.63 + n / 200, 13: 0.70, 40: 0.74} for n in range(7)}
    late = {"late": {2: 0.40, 5: 0.60, 13: 0.74, 40: 0.88}}
    trials = race(Scripted({**early, **late}), rungs=(5, 13))
    assert max(trials, key=lambda trial: trial.score.f1).candidate.name == "late"
    assert ("late", 40) in ends(trials)


def test_without_a_steeper_curve_the_same_score_is_dropped():
    early = {f"early-{n}": {2: 0.62, 5: 0.63 + n / 200, 13: 0.70, 40: 0.74} for n in range(7)}
    slow = {"slow": {2: 0.60, 5: 0.60, 13: 0.61, 40: 0.61}}
    assert ("slow", 5) in ends(race(Scripted({**early, **slow}), rungs=(5, 13)))


def test_equal_candidates_are_kept_in_the_order_of_the_config():
    objective = Scripted({f"same-{n}": flat(0.7) for n in range(9)})
    trials = race(objective)
    assert [t.candidate.name for t in trials if not t.out] == ["same-0", "same-1", "same-2"]


@pytest.mark.parametrize("keep", [1, 4, 6])
def test_so_many_go_on_in_any_case(keep):
    objective = Scripted({f"prompt-{n}": flat(0.3 + 0.1 * n) for n in range(6)})
    whole = [trial for trial in race(objective, keep=keep) if not trial.out]
    assert len(whole) == keep


def test_rungs_are_not_run_where_nobody_could_be_dropped():
    for count in (1, 2, 3):
        objective = Scripted({f"prompt-{n}": flat(0.5 + n / 10) for n in range(count)})
        race(objective)
        assert objective.asked == [(f"prompt-{n}", 40) for n in range(count)]
    assert race(Scripted({})) == []


def test_a_rung_above_the_full_number_is_the_full_number():
    objective = Scripted({f"prompt-{n}": flat(0.5 + n / 10) for n in range(5)})
    trials = race(objective, rungs=(40, 400))
    assert ends(trials) == [(f"prompt-{n}", 40) for n in range(5)]
    assert len(objective.asked) == 5


def test_a_smaller_budget_finishes_at_its_own_number_and_still_sets_the_mark():
    curves = {"small": {5: 0.7, 10: 0.9}, **{f"prompt-{n}": flat(0.7 + n / 100) for n in range(6)}}
    objective = Scripted(curves, {"small": 10})
    trials = race(objective, rungs=(5, 13), eta=1.01)
    assert ("small", 10) in ends([trial for trial in trials if not trial.out])
    assert (
        "at 13 rows a class 0.69, 0.12 to 0.30 under small (0.90)"
        in (objective.dropped["prompt-2"])
    )


def test_a_candidate_that_makes_no_rows_leaves_the_race_and_the_others_go_on():
    curves = {"broken": {5: None}, **{f"prompt-{n}": flat(0.5 + n / 10) for n in range(4)}}
    curves["prompt-3"] = {5: 0.8, 40: None}
    objective = Scripted(curves)
    trials = race(objective)
    assert ends(trials) == [("prompt-0", 5), ("prompt-1", 40), ("prompt-2", 40)]
    assert [name for name, _ in objective.asked].count("broken") == 1


def test_an_incomplete_set_ranks_behind_complete_ones():
    curves = {"short": flat(0.9), **{f"prompt-{n}": flat(0.5 + n / 100) for n in range(5)}}
    trials = race(Scripted(curves, short=("short",)))
    assert ("short", 5) in ends(trials)


def test_a_failure_of_the_objective_ends_the_race_with_its_cause():
    curves = {f"prompt-{n}": flat(0.7) for n in range(4)}
    curves["prompt-2"] = {5: BudgetError("the cap of 1 USD is reached")}
    with pytest.raises(BudgetError, match="1 USD"):
        race(Scripted(curves))


def test_a_trial_is_handed_on_as_soon_as_it_is_known():
    objective = Scripted({f"prompt-{n}": flat(0.3 + 0.1 * n) for n in range(5)})
    trials = Racing(Racing.Params(rungs=(5, 13))).run(objective.start, objective)
    assert next(trials).candidate.name == "prompt-0"
    assert len(objective.asked) == 5
    next(trials)
    next(trials)
    assert objective.asked[-1] == ("prompt-2", 40)


def test_the_same_race_is_run_twice_alike():
    curves = {f"prompt-{n}": flat(0.5 + 0.03 * n) for n in range(10)}
    assert ends(race(Scripted(curves))) == ends(race(Scripted(curves)))


def test_rungs_must_ascend():
    for rungs in ((0, 5), (10, 10), (20, 5)):
        with pytest.raises(ValidationError, match="low to high"):
            Racing.Params(rungs=rungs)


def test_without_a_word_the_rungs_are_a_quarter_and_half_and_half_goes_on():
    curve = {10: 0.6, 20: 0.65, 40: 0.7}
    objective = Scripted({f"prompt-{n}": curve for n in range(12)})
    trials = list(Racing(Racing.Params()).run(objective.start, objective))
    assert [rows for _, rows in ends(trials)] == [10] * 6 + [20] * 3 + [40] * 3


def test_the_racing_search_has_a_short_name():
    assert resolve("search", "racing") is Racing


def test_grid_runs_everybody_to_the_full_number():
    objective = Scripted({"a": flat(0.5), "b": {40: None}, "c": flat(0.6)})
    assert ends(Grid(Grid.Params()).run(objective.start, objective)) == [("a", 40), ("c", 40)]


def test_an_outlook_is_at_least_the_last_point_and_at_most_1():
    assert expected([(10, 0.6)], 40) == 0.6
    assert expected([(5, 0.7), (10, 0.6)], 40) == 0.6
    assert expected([(5, 0.5), (10, 0.6)], 10) == 0.6
    assert expected([(5, 0.2), (10, 0.95)], 400) == 1.0


def test_an_outlook_follows_a_square_root_curve_exactly():
    curve = [(n, 0.9 - 0.8 / n**0.5) for n in (3, 6, 12)]
    assert expected(curve, 100) == pytest.approx(0.82)
