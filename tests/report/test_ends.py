"""Intervals in words: nothing impossible is shown, and nothing that says nothing."""

from synthlab.comparisons import Contrast, Estimate
from synthlab.report.ends import TOO_FEW, cell, drawn, sure
from synthlab.statistics.paired import level


def gap(low, high, generations=(5, 5)):
    value = (low + high) / 2
    return Contrast("a", "b", value, low, high, 0.1, 4, 0.2, 0.5, 0.1, 0.4, 0.01, 0.3, generations)


def test_the_ends_of_a_score_and_of_a_difference_are_told_with_its_sign():
    assert cell(Estimate(0.8, 0.7, 0.9, 0.05, 9, 5)) == "0.700 to 0.900"
    assert cell(gap(-0.02, 0.114)) == "-0.020 to +0.114"
    assert sure(gap(-0.02, 0.114), 2) == "95% -0.02 to +0.11"


def test_an_interval_of_two_generations_that_holds_most_of_what_is_possible_is_not_shown():
    wide = gap(-1.32, 0.75, (2, 2))
    assert cell(wide) == TOO_FEW
    assert sure(wide) == "2 generations are too few to tell"
    assert drawn(wide) is None
    assert sure(Estimate(0.5, 0.0, 1.0, 0.2, 1, 2)) == "2 generations are too few to tell"


def test_ends_that_are_impossible_are_those_that_are_possible():
    # As runs logged them before: records are read for years.
    assert cell({"a": "x", "b": "y", "low": 0.24, "high": 1.01, "generations": [2, 2]}) == (
        "+0.240 to +1.000"
    )


def test_wide_by_few_rows_alone_is_shown():
    few = level([0, 1], [[0, 0]], 2)
    assert few.generations == 1
    assert "to" in cell(few)
    assert cell({"low": 0.1, "high": 0.9}) == "0.100 to 0.900"
