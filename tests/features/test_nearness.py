"""How near texts are to real ones, as numbers only."""

import pytest

from synthlab.features.nearness import Nearness

REAL = [
    "the bank raised its interest rates again on monday morning",
    "the striker scored twice in the second half of the match",
    "voters go to the polls in the regional election next week",
]


def test_a_copy_is_at_zero_and_a_stranger_at_one():
    near = Nearness(REAL)
    same, other = near.distances([REAL[1], "zebra quartz"])
    assert same == pytest.approx(0, abs=1e-6)
    assert other == 1
    assert near.distances([]) == []


def test_a_text_of_the_same_subject_is_nearer_than_one_of_another():
    bank, weather = Nearness(REAL).distances(["the bank cut its interest rates", "rain all week"])
    assert bank < weather


def test_runs_of_five_words_are_counted():
    near = Nearness(REAL)
    assert near.shared("he said that the striker scored twice in the second minute") > 0.3
    assert near.shared("the striker of the bank") == 0
    assert near.shared("short") == 0


def test_what_is_usual_leaves_a_text_out_of_its_own_comparison():
    usual = Nearness(REAL).usual
    assert usual["rows"] == 3
    assert 0.5 < usual["median"] <= 1
    assert Nearness(REAL[:1]).usual == {"rows": 1}
    assert Nearness([*REAL, REAL[0]]).usual["low"] == pytest.approx(0, abs=1e-6)
