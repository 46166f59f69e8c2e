"""A mixture is chosen where candidates differ by class, and not where they differ by luck."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from synthlab.outcomes import Trial
from synthlab.records import Curated, Row, Usage
from synthlab.registry import resolve
from synthlab.scoring.score import Scorer
from synthlab.search.mixing import FITS, choose, fits
from tests.search.scripted import candidate

WORDS = {
    "a": ["ant", "apple", "arrow", "acorn", "amber", "anchor", "angle", "apron"],
    "b": ["bat", "bean", "birch", "brick", "bread", "brook", "brush", "button"],
    "c": ["cat", "cedar", "chalk", "cherry", "cliff", "cloud", "clover", "coin"],
}
FILLER = [f"word{n}" for n in range(40)]
EACH = 12


def text(draw: random.Random, words: Sequence[str], count: int) -> str:
    return " ".join([*draw.sample(list(words), count), *draw.sample(FILLER, 6)])


def dev(each: int = 40) -> list[Row]:
    return [
        Row(f"{label}{n}", {"text": text(random.Random(f"dev/{label}/{n}"), words, 2)}, label)
        for label, words in WORDS.items()
        for n in range(each)
    ]


SCORER = Scorer(resolve("model", "tfidf-logreg")(), "text", tuple(WORDS))


def made(name: str, knows: Mapping[str, int], real: Sequence[Row]) -> Trial:
    """A trial whose rows use so many words of each class; the others it never writes."""
    rows = [
        Row(
            f"{name}-{label}-{n}",
            {"text": text(random.Random(f"{name}/{label}/{n}"), words[: knows[label]], 2)}
            if knows[label]
            else {"text": text(random.Random(f"{name}/{label}/{n}"), FILLER[:2], 2)},
            label,
        )
        for label, words in WORDS.items()
        for n in range(EACH)
    ]
    return Trial(
        candidate=candidate(name, EACH),
        curated=Curated(tuple(rows)),
        score=SCORER.score(rows, real),
        augmented=None,
        usage=Usage(),
        shown=(),
        prompts={},
        program="{}",
        seconds=0.0,
        rows_per_class=EACH,
    )


class Counted:
    """The scorer, which remembers what it was fitted on."""

    def __init__(self, real: Sequence[Row]) -> None:
        self.real = real
        self.sets: list[list[Row]] = []

    def __call__(self, rows: Sequence[Row]):
        self.sets.append(list(rows))
        return SCORER.score(rows, self.real)


def ranked(*trials: Trial) -> list[Trial]:
    return sorted(trials, key=lambda trial: -trial.score.f1)


REAL = dev()
LEFT = made("left", {"a": 8, "b": 0, "c": 8}, REAL)
RIGHT = made("right", {"a": 0, "b": 8, "c": 8}, REAL)


def test_each_class_goes_to_the_candidate_that_knows_it():
    score = Counted(REAL)
    chosen = choose(ranked(LEFT, RIGHT), score, 0.01, 0)
    assert chosen.gain > 0.01
    assert chosen.shares["left"]["a"] > chosen.shares["right"]["a"]
    assert chosen.shares["right"]["b"] > chosen.shares["left"]["b"]
    best = max(SCORER.score(rows, REAL).f1 for rows in score.sets)
    assert best > max(LEFT.score.f1, RIGHT.score.f1) + 0.03


def test_what_is_scored_are_equal_rows_a_class_and_no_row_twice():
    score = Counted(REAL)
    choose(ranked(LEFT, RIGHT), score, 0.01, 0)
    for rows in score.sets:
        assert Counter(row.label for row in rows) == dict.fromkeys(WORDS, EACH)
        assert len({row.id for row in rows}) == len(rows)


def test_parts_of_one_class_are_mixed_where_each_knows_half_of_its_words():
    first = made("first", dict.fromkeys(WORDS, 4), REAL)
    with pytest.MonkeyPatch.context() as patch:
        for label, words in dict(WORDS).items():
            patch.setitem(WORDS, label, [*words[4:], *words[:4]])
        second = made("second", dict.fromkeys(WORDS, 4), REAL)
    chosen = choose(ranked(first, second), Counted(REAL), 0.01, 0)
    assert chosen.gain > 0.05
    assert sum(all(chosen.shares[name][label] for name in chosen.shares) for label in WORDS) >= 2


def test_equals_that_differ_by_luck_are_not_mixed():
    alike = [made(f"luck {n}", dict.fromkeys(WORDS, 8), REAL) for n in range(4)]
    chosen = choose(ranked(*alike), Counted(REAL), 0.01, 0)
    assert chosen.shares == {}
    assert "is too little" in chosen.why


def test_a_worse_copy_is_not_taken_in():
    worse = made("worse", {"a": 3, "b": 3, "c": 3}, REAL)
    best = made("best", {"a": 8, "b": 8, "c": 8}, REAL)
    assert choose(ranked(best, worse), Counted(REAL), 0.01, 0).shares == {}


def test_one_candidate_cannot_be_mixed_and_costs_no_fit():
    score = Counted(REAL)
    assert choose([LEFT], score, 0.01, 0).shares == {}
    assert score.sets == []


def test_few_dev_rows_choose_nothing():
    real = dev(8)
    trials = [
        made("left", {"a": 8, "b": 3, "c": 8}, real),
        made("right", {"a": 3, "b": 8, "c": 8}, real),
    ]
    score = Counted(real)
    chosen = choose(ranked(*trials), score, 0.01, 0)
    assert (chosen.shares, score.sets) == ({}, [])
    assert "24 dev rows cannot choose" in chosen.why


def test_the_same_trials_give_the_same_choice_within_a_bounded_number_of_fits():
    trials = ranked(
        LEFT, RIGHT, *(made(f"m{n}", dict.fromkeys(WORDS, 4 + n), REAL) for n in range(3))
    )
    scores = [Counted(REAL), Counted(REAL)]
    first, second = (choose(trials, score, 0.01, 3) for score in scores)
    assert first == second
    assert len(scores[0].sets) <= 3 * FITS[1]


def test_large_sets_are_fitted_seldom():
    assert (fits(10, 3), fits(400, 5), fits(5000, 5)) == (100, 15, 8)


def test_any_gain_will_do_where_fresh_generations_judge_the_mixture():
    pair = ranked(*(made(f"luck {n}", dict.fromkeys(WORDS, 8), REAL) for n in (5, 6)))
    strict, easy = (choose(pair, Counted(REAL), rope, 0) for rope in (0.01, None))
    assert 0.01 < strict.gain == easy.gain
    assert (strict.shares, set(easy.shares)) == ({}, {"luck 5", "luck 6"})


def test_a_class_that_is_not_topped_up_has_no_rows_in_any_mixture():
    quota = {"a": EACH, "b": EACH, "c": 0}

    def short(trial: Trial) -> Trial:
        kept = tuple(row for row in trial.curated.kept if quota[row.label])
        return replace(trial, curated=Curated(kept), quota=quota)

    score = Counted(REAL)
    choose(ranked(short(LEFT), short(RIGHT)), score, None, 0)
    assert score.sets
    for rows in score.sets:
        assert Counter(row.label for row in rows) == {"a": EACH, "b": EACH}
