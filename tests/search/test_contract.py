"""What every search keeps to; a search that makes candidates of its own is held to it too."""

import pytest

from synthlab.errors import BudgetError, EngineError
from synthlab.registry import TABLE, resolve
from tests.search.grids import rising, sweep
from tests.search.scripted import Scripted

PARAMS = {
    "grid": [{}, {"at_once": 5}],
    "racing": [{}, {"at_once": 4}],
    "random": [{"trials": 6}, {"trials": 9, "racing": True, "at_once": 4}, {"trials": 99}],
    "tpe": [
        {"trials": 9, "startup": 4},
        {"trials": 12, "startup": 5, "racing": {"eta": 3}, "batch": 3, "at_once": 3},
        {"trials": 99, "startup": 99},
    ],
}
"""Parameters of searches whose defaults would try everything, or one after another only; others
run as they are."""
SEARCHES = [(name, given) for name in TABLE["search"] for given in PARAMS.get(name, [{}])]
every_search = pytest.mark.parametrize(
    ("name", "given"), SEARCHES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(SEARCHES)]
)
DRIVEN = {"gepa"}
"""A library's loop calls the objective: these hand trials on when it ends, whatever ends it."""
own_loop = pytest.mark.parametrize(
    ("name", "given"), [(name, given) for name, given in SEARCHES if name not in DRIVEN]
)
VALUES = {"generator": ("a", "b", "c", "d"), "lm.temperature": (0.2, 0.5, 0.9)}


def score(generator: str, temperature: float) -> float:
    return 0.5 + 0.08 * "abcd".index(generator) + 0.1 * temperature


def objective(accuracy=score, seed: int = 0) -> Scripted:
    return sweep(accuracy, VALUES, seed)


def search(name: str, given: dict, asked: Scripted):
    made = resolve("search", name)
    return made(made.Params(**given)).run(asked.start, asked)


@every_search
def test_every_trial_is_yielded_once_and_a_whole_one_for_somebody(name, given):
    asked = objective()
    trials = list(search(name, given, asked))
    names = [trial.candidate.name for trial in trials]
    assert len(set(names)) == len(names)
    assert {name for name, _ in asked.asked} == set(names)
    for trial in trials:
        assert bool(trial.out) == (trial.rows_per_class < 40)
        assert trial.out == asked.dropped.get(trial.candidate.name, "")
    assert any(not trial.out for trial in trials)


@every_search
def test_no_rows_are_asked_for_twice(name, given):
    asked = objective()
    list(search(name, given, asked))
    assert len(set(asked.asked)) == len(asked.asked)
    for one in {name for name, _ in asked.asked}:
        rows = [count for name, count in asked.asked if name == one]
        assert rows == sorted(rows)


@every_search
def test_nobody_is_asked_again_after_being_dropped(name, given):
    asked = objective()
    list(search(name, given, asked))
    whole = [name for name, rows in asked.asked if rows == 40]
    assert not set(whole) & set(asked.dropped)


@every_search
def test_a_search_does_the_same_twice(name, given):
    runs = []
    for _ in range(2):
        asked = objective()
        trials = list(search(name, given, asked))
        runs.append((asked.asked, [(t.candidate.name, t.score.f1, t.out) for t in trials]))
    assert runs[0] == runs[1]


@every_search
@pytest.mark.parametrize("error", [BudgetError("no money"), EngineError("gone"), KeyError("bug")])
@pytest.mark.parametrize("place", [1, 3, 5])
def test_a_failure_comes_out_as_it_is_and_nothing_is_asked_after_it(name, given, error, place):
    asked = objective()
    asked.fails[place] = error
    with pytest.raises(type(error)) as raised:
        list(search(name, given, asked))
    assert raised.value is error
    assert len(asked.asked) == place


@every_search
def test_a_candidate_without_rows_is_no_score_and_does_not_end_the_search(name, given):
    def bad(generator, temperature):
        return None if generator in ("a", "c") else score(generator, temperature)

    asked = objective(bad)
    trials = list(search(name, given, asked))
    assert {trial.candidate.name[0] for trial in trials} == {"b", "d"}
    failed = [name for name, _ in asked.asked if name[0] in "ac"]
    assert len(set(failed)) == len(failed)


@every_search
def test_when_nobody_makes_rows_nothing_is_yielded(name, given):
    assert list(search(name, given, objective(lambda *_: None))) == []


@every_search
def test_an_empty_start_ends_at_once(name, given):
    asked = Scripted({})
    assert list(search(name, given, asked)) == []
    assert asked.asked == []


@every_search
def test_a_lone_candidate_is_run_whole(name, given):
    asked = Scripted({"lone": rising(0.7)})
    trials = list(search(name, given, asked))
    assert ("lone", 40) in asked.asked
    assert trials[0].candidate.name == "lone"
    assert not trials[0].out


@own_loop
def test_a_trial_is_handed_on_before_the_next_is_asked_for(name, given):
    asked = objective()
    trials = search(name, given, asked)
    first = next(trials)
    together = asked.batches[-1] if given.get("at_once") else [asked.asked[-1][0]]
    assert first.candidate.name in together or first.out
    trials.close()
    assert len(asked.asked) <= len(asked.start)


@every_search
def test_candidates_without_places_are_run_too(name, given):
    asked = Scripted({f"prompt-{n}": rising(0.5 + n / 20) for n in range(8)})
    trials = list(search(name, given, asked))
    assert (
        len({trial.candidate.name for trial in trials})
        == len(trials)
        >= min(8, given.get("trials", 8))
    )


ALONE = [(name, given) for name, given in SEARCHES if given.get("at_once")]


@pytest.mark.parametrize(("name", "given"), ALONE, ids=[name for name, _ in ALONE])
def test_candidates_side_by_side_come_to_the_same_as_one_after_another(name, given):
    ends = []
    for at_once in (1, given["at_once"]):
        asked = objective()
        trials = list(search(name, {**given, "at_once": at_once}, asked))
        ends.append([(t.candidate.name, t.score.f1, t.rows_per_class, t.out) for t in trials])
        sizes = {len(names) for names in asked.batches}
        assert max(sizes, default=1) == at_once
    assert ends[0] == ends[1]
    assert len(ends[0]) > 4


def test_candidates_of_other_sizes_race_side_by_side_with_those_of_their_rows():
    fulls = {"a": 40, "b": 40, "c": 8, "d": 40, "e": 40, "f": 40}
    curves = {name: rising(0.5 + n / 20) for n, name in enumerate(fulls)}
    ends = []
    for at_once in (1, 9):
        asked = Scripted({**curves, "c": {8: 0.6}}, fulls)
        trials = search("racing", {"at_once": at_once}, asked)
        ends.append(([(t.candidate.name, t.out) for t in trials], sorted(asked.asked)))
    assert ends[0] == ends[1]
    assert asked.batches[:2] == [["a", "b"], ["d", "e", "f"]]
