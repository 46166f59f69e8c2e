"""``synthlab power`` answers from sizes alone, and takes them from a config where there is one."""

from __future__ import annotations

import json

import pytest

from synthlab.errors import UserError
from synthlab.statistics.power import Noise, efficiency, resolvable
from synthlab.workflow.power import power


def test_without_a_config_it_answers_for_1000_rows_and_5_generations():
    view = power()
    assert (view["test_rows"], view["replicates"], view["dev_rows"]) == (1_000, 5, None)
    assert view["resolves"] == pytest.approx(resolvable(1_000, 5))
    asked = [cell for cell in view["table"] if cell["asked"]]
    assert [(cell["rows"], cell["generations"]) for cell in asked] == [(1_000, 5)]
    assert asked[0]["resolves"] == view["resolves"]


def test_a_config_gives_its_splits_classes_and_generations(workplace, synthlab):
    said = synthlab("power", "tickets.yaml", "--set", "finals.replicates=4", "--json")
    assert said.code == 0, said.err
    view = json.loads(said.out)
    assert (view["name"], view["test_rows"], view["dev_rows"]) == ("tickets", 24, 24)
    assert view["replicates"] == 4
    assert view["classes"] == [8, 8, 8]
    assert view["noise"]["efficiency"] == pytest.approx(1.0)


def test_finals_without_fresh_generations_have_the_one_of_the_search(workplace, synthlab):
    said = synthlab("power", "tickets.yaml", "--set", "finals.replicates=0", "--json")
    assert json.loads(said.out)["replicates"] == 1


def test_what_a_difference_of_a_twentieth_takes_is_told_too():
    view = power(difference=0.02)
    coarse = view["coarse"]
    assert coarse["difference"] == 0.05
    count = coarse["generations_needed"]["count"]
    assert resolvable(1_000, count) <= 0.05 < resolvable(1_000, count - 1)
    assert power(difference=0.05)["coarse"] is None


def test_flags_come_before_the_config(workplace, synthlab):
    said = synthlab("power", "tickets.yaml", "--test-rows", "500", "--replicates", "7", "--json")
    view = json.loads(said.out)
    assert (view["test_rows"], view["replicates"], view["dev_rows"]) == (500, 7, 24)
    assert {cell["rows"] for cell in view["table"]} >= {24, 500}
    assert {cell["generations"] for cell in view["table"]} >= {1, 2, 3, 5, 7, 10}


def test_a_config_is_answered_for_without_opening_its_test_rows_or_any_store(workplace, synthlab):
    assert synthlab("power", "tickets.yaml").code == 0
    assert not (workplace / "mlruns").exists()


def test_one_generation_is_none_in_json_too(synthlab):
    view = json.loads(synthlab("power", "--replicates", "1", "--json").out)
    assert view["resolves"] is None
    assert view["found"] == 0
    assert view["rows_needed"] == {"count": None, "floor": None}


def test_unequal_classes_cost_rows():
    equal, unequal = power(classes="4"), power(classes="500,250,150,100")
    assert unequal["noise"]["efficiency"] == pytest.approx(efficiency([500, 250, 150, 100]))
    assert unequal["resolves"] > equal["resolves"] == power()["resolves"]


@pytest.mark.parametrize("classes", ["1", "0", "many", "10,", "10,0"])
def test_classes_that_are_no_numbers_are_an_error_that_says_what_to_give(classes):
    with pytest.raises(UserError) as caught:
        power(classes=classes)
    assert caught.value.fix


def test_both_more_rows_and_more_generations_are_told_where_that_is_less():
    view = power(difference=0.02)
    alone, both = view["generations_needed"]["count"], view["both_needed"]
    assert both["rows"] > 1_000
    assert both["generations"] <= alone / 2
    assert resolvable(both["rows"], both["generations"]) <= 0.02
    assert power(difference=0.06)["both_needed"] is None


def test_noise_is_taken_as_given():
    view = power(noise=Noise(generation=0.01, disagreement=0.1))
    assert view["resolves"] == pytest.approx(resolvable(1_000, 5, Noise(0.01, disagreement=0.1)))
    assert view["resolves"] < power()["resolves"]


def test_a_difference_or_noise_out_of_range_is_a_mistake_in_the_flags(synthlab):
    assert synthlab("power", "--difference", "2").code == 2
    assert synthlab("power", "--noise", "-0.1").code == 2
    assert synthlab("power", "--test-rows", "1").code == 2
