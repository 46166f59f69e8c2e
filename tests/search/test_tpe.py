"""``tpe``: finds good combinations in fewer trials than chance, tries none twice, and is silent."""

import logging
import statistics
import warnings

import pytest

from synthlab.search.extent import extent_of
from synthlab.search.random import shuffled
from synthlab.search.tpe import Tpe, ordered
from tests.search.grids import ROWS, TEMPERATURES, sweep
from tests.search.scripted import Scripted

VALUES = {
    "generator": tuple("abcdef"),
    "lm.temperature": tuple(n / 10 for n in range(1, 11)),
    "generator.rows_per_request": (1, 2, 4, 8),
}


TOP = 0.69


def hill(generator, temperature, rows):
    """One generator is best, at a temperature in the middle, with few rows a call."""
    return 0.4 + 0.3 * (generator == "d") - 0.5 * abs(temperature - 0.6) - rows / 100


def run(objective, **params):
    return list(Tpe(Tpe.Params(**params)).run(objective.start, objective))


def best(trials):
    return max(trial.score.accuracy for trial in trials if not trial.out)


def test_it_finds_better_combinations_than_chance_in_as_many_trials():
    learnt, drawn = [], []
    for seed in range(4):
        learnt.append(best(run(sweep(hill, VALUES, seed), trials=40, startup=10)))
        drawn.append(best(run(sweep(hill, VALUES, seed), trials=40, startup=40)))
    assert statistics.mean(learnt) > statistics.mean(drawn)
    assert statistics.mean(learnt) > TOP - 0.04


def test_the_first_are_those_of_the_random_draw():
    objective = sweep(hill, VALUES)
    run(objective, trials=12, startup=7)
    drawn = [one.name for one in shuffled(objective.start, 0)]
    tried = [name for name, _ in objective.asked]
    assert tried[:7] == drawn[:7]
    assert tried[7:] != drawn[7:12]


def test_the_whole_sweep_is_tried_once_each_when_there_are_trials_enough():
    objective = sweep(lambda *_: 0.7, {"lm.temperature": (1, 2, 3), "generator": ("a", "b")})
    trials = run(objective, trials=50, startup=2)
    assert len(trials) == len(objective.asked) == len({name for name, _ in objective.asked}) == 6


def test_another_seed_is_another_way():
    ways = []
    for seed in (0, 0, 1, 2**40):
        objective = sweep(hill, VALUES, seed)
        run(objective, trials=15, startup=5)
        ways.append(objective.asked)
    assert ways[0] == ways[1]
    assert ways[0] != ways[2] != ways[3]


def test_numbers_in_ascending_order_are_known_as_such_and_nothing_else():
    values = {
        "lm.temperature": TEMPERATURES,
        "generator.rows_per_request": ROWS,
        "generator": ("direct", "few_shot"),
        "lm.model": (1, "two"),
        "lm.top_p": (0.9, 0.5),
        "budget.flag": (False, True),
    }
    objective = sweep(lambda *_: 0.7, values)
    assert ordered(objective.start, objective) == {"lm.temperature", "generator.rows_per_request"}


def test_a_candidate_without_rows_counts_as_tried_and_not_as_a_score():
    def broken(generator, temperature, rows):
        return None if generator == "d" else hill(generator, temperature, rows)

    objective = sweep(broken, VALUES)
    trials = run(objective, trials=40, startup=10)
    assert len(objective.asked) == 40
    assert 0 < len(trials) < 40
    # They are no bad scores: the hill of the others is still found.
    assert best(trials) > TOP - 0.3 - 0.04


class TestRaces:
    def test_batches_race_against_the_best_so_far_and_it_pays_nothing_again(self):
        objective = sweep(hill, VALUES)
        trials = run(objective, trials=30, startup=10, racing=True)
        assert len(trials) == 30
        assert len(set(objective.asked)) == len(objective.asked)
        later = [trial for trial in trials if trial.out][-10:]
        top = max((t for t in trials if not t.out), key=lambda trial: trial.score.f1)
        assert any(f"under {top.candidate.name}" in trial.out for trial in later)

    def test_a_race_costs_less_and_finds_as_much(self):
        whole, raced = (sweep(hill, VALUES) for _ in range(2))
        scores = [
            best(run(whole, trials=40)),
            best(run(raced, trials=40, racing={"noise": 0.02})),
        ]
        rows = [sum(dict(objective.asked).values()) for objective in (whole, raced)]
        assert rows[1] < 0.7 * rows[0]
        assert scores[1] > scores[0] - 0.06

    def test_the_best_so_far_is_never_dropped_by_a_later_one(self):
        objective = Scripted(
            {f"one-{n}": {10: 0.3 + n / 50, 20: 0.4 + n / 50, 40: 0.5 + n / 50} for n in range(20)}
        )
        trials = run(objective, trials=20, startup=4, racing=True)
        assert not {t.candidate.name for t in trials if not t.out} & set(objective.dropped)
        assert len(trials) == 20

    def test_all_who_come_later_may_be_dropped_at_the_first_rung(self):
        names = [one.name for one in shuffled(sweep(hill, VALUES).start, 0)[:4]]

        def accuracy(*values):
            return 0.9 if "-".join(map(str, values)) in names else 0.2

        objective = sweep(accuracy, VALUES)
        search = Tpe(Tpe.Params(trials=40, startup=4, racing={"eta": 40, "keep": 4}))
        trials = list(search.run(objective.start, objective))
        assert [trial.rows_per_class for trial in trials] == [40] * 4 + [10] * 36
        assert extent_of(search, objective.start).least == (4 * 40 + 36 * 10) / 1600

    @pytest.mark.parametrize("racing", [None, True, {"rungs": [10], "keep": 1, "eta": 8}])
    def test_what_it_takes_is_within_the_bounds_that_it_gives(self, racing):
        objective = sweep(hill, VALUES)
        search = Tpe(Tpe.Params(trials=30, startup=10, racing=racing))
        made = sum(trial.rows_per_class for trial in search.run(objective.start, objective))
        extent = extent_of(search, objective.start)
        assert extent.tried == 30
        assert extent.least <= made / (40 * 30) <= extent.most <= 1
        assert extent.notes == ("tpe tries 30 of the 240 combinations",)


def test_optuna_says_nothing_and_keeps_its_settings_and_no_file(capfd, tmp_path, monkeypatch):
    import optuna

    monkeypatch.chdir(tmp_path)
    optuna.logging.set_verbosity(logging.INFO)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(sweep(hill, VALUES), trials=20, startup=5, racing=True)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == logging.INFO
    assert list(tmp_path.iterdir()) == []
