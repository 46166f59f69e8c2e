"""``random``: a seeded draw without replacement, which may race."""

import pytest
from pydantic import ValidationError

from synthlab.search.extent import extent_of
from synthlab.search.grid import Grid
from synthlab.search.racing import Racing
from synthlab.search.random import RandomSearch
from tests.search.grids import sweep


def flat(*_):
    return 0.7


def names(seed=0, accuracy=flat, **params):
    objective = sweep(accuracy, seed=seed)
    made = RandomSearch(RandomSearch.Params(**params))
    return [trial.candidate.name for trial in made.run(objective.start, objective)]


def test_a_draw_follows_the_seed_and_is_no_order_of_the_config():
    first = names(trials=20)
    assert len(set(first)) == 20
    assert first == names(trials=20)
    assert first != names(trials=20, seed=1)
    assert set(first) != {one.name for one in sweep(flat).start[:20]}


def test_more_trials_go_on_from_fewer():
    assert names(trials=30)[:12] == names(trials=12)


def test_more_trials_than_combinations_are_all_of_them():
    assert sorted(names(trials=400)) == sorted(one.name for one in sweep(flat).start)


def test_those_drawn_can_race():
    objective = sweep(lambda generator, t, rows: 0.4 + t / 4 + rows / 100)
    made = RandomSearch(RandomSearch.Params(trials=20, racing=True))
    trials = list(made.run(objective.start, objective))
    assert [rows for _, rows in objective.asked].count(10) == len(trials) == 20
    whole = [trial for trial in trials if not trial.out]
    assert 3 <= len(whole) <= 5
    best = max(trials, key=lambda trial: trial.score.f1)
    assert best in whole


def test_a_race_takes_its_own_parameters():
    params = RandomSearch.Params(racing={"rungs": [5], "keep": 2})
    assert params.racing == Racing.Params(rungs=(5,), keep=2)
    assert RandomSearch.Params(racing=False).racing is None
    with pytest.raises(ValidationError, match="low to high"):
        RandomSearch.Params(racing={"rungs": [9, 5]})
    with pytest.raises(ValidationError, match="Extra"):
        RandomSearch.Params(racing={"ringos": [9, 5]})


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        (20, "random tries 20 of the 45 combinations"),
        (50, "random tries all 45 combinations: there are no 50"),
    ],
)
def test_it_says_beforehand_how_many_it_tries(trials, said):
    extent = extent_of(RandomSearch(RandomSearch.Params(trials=trials)), sweep(flat).start)
    assert (extent.tried, extent.least, extent.most) == (min(trials, 45), 1, 1)
    assert extent.notes == (said,)


def test_without_a_sweep_it_says_that_there_is_nothing_to_choose_from():
    start = sweep(flat, {"lm.temperature": [1]}).start
    assert "no values" in extent_of(RandomSearch(RandomSearch.Params()), start).notes[0]


def test_a_search_that_says_nothing_tries_all_it_is_offered():
    assert extent_of(Grid(Grid.Params()), sweep(flat).start).tried == 45
    assert extent_of(object(), sweep(flat).start).tried == 45


@pytest.mark.parametrize("curve", ["flat", "steep"])
@pytest.mark.parametrize("count", [2, 3, 4, 7, 45])
@pytest.mark.parametrize("params", [{}, {"keep": 1}, {"rungs": [10, 20], "eta": 4}, {"noise": 1}])
def test_what_a_race_takes_is_within_the_bounds_that_it_gives(curve, count, params):
    def accuracy(generator, temperature, rows):
        return 0.7 if curve == "flat" else 0.2 + 0.4 * temperature

    objective = sweep(accuracy)
    start = objective.start[::-1][:count]
    race = Racing(Racing.Params(**params))
    made = sum(trial.rows_per_class for trial in race.run(start, objective))
    extent = race.extent(start)
    assert extent.tried == count
    assert extent.least <= made / (40 * count) <= extent.most <= 1
