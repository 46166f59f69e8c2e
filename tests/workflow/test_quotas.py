"""Numbers of rows are exact, whatever way they are asked for."""

from __future__ import annotations

import pytest

from synthlab.errors import ConfigError
from synthlab.workflow.quotas import alike, even_quota, quota_of, steps

LABELS = ("a", "b", "c")


def test_rows_are_spread_evenly_and_exactly():
    assert even_quota("abc", 10) == {"a": 4, "b": 3, "c": 3}
    assert sum(even_quota("abcdefg", 3).values()) == 3


@pytest.mark.parametrize(
    ("count", "asked", "rows"),
    [
        (10, (), (4, 3, 3)),
        (None, ("300",), (300, 300, 300)),
        (None, ("b=5",), (0, 5, 0)),
        (20, ("b=5",), (8, 5, 7)),
        (20, ("b=50%",), (5, 10, 5)),
        (7, ("a=50%", "b=50%"), (4, 3, 0)),
        (10, ("a=33.3%", "b=33.3%", "c=33.4%"), (3, 3, 4)),
        (100, ("a=10", "b=10%", "c=80"), (10, 10, 80)),
        (1, ("a=0",), (0, 1, 0)),
    ],
)
def test_numbers_shares_and_the_rest_make_exact_quotas(count, asked, rows):
    assert quota_of(LABELS, count, asked) == dict(zip(LABELS, rows, strict=True))


def test_rows_in_the_shares_of_other_rows_are_as_many_as_asked_for():
    assert alike(LABELS, {"a": 0, "b": 90, "c": 30}, 10) == {"a": 0, "b": 8, "c": 2}
    assert alike(LABELS, {"b": 1, "c": 1, "a": 1}, 100) == {"a": 34, "b": 33, "c": 33}


def test_a_label_may_hold_an_equals_sign():
    assert quota_of(("x=y", "z"), None, ("x=y=3",)) == {"x=y": 3, "z": 0}


@pytest.mark.parametrize(
    ("count", "asked", "said"),
    [
        (10, ("d=3",), "no class 'd'"),
        (10, ("a=many",), "'many' is no number of rows"),
        (10, ("a=-1",), "no number of rows"),
        (10, ("a=3", "a=4"), "given twice"),
        (None, ("a=30%",), "needs the number of rows in all"),
        (10, ("a=70%", "b=40%"), "sum to 110%"),
        (10, ("a=9", "b=9"), "sum to 18, but -n says 10"),
        (10, ("a=1", "b=1", "c=1"), "sum to 3, but -n says 10"),
        (None, ("a=0",), "no rows are asked for"),
        (10, ("a=nan%",), "is no share"),
        (10, ("a=4", "b"), "no class"),
    ],
)
def test_what_does_not_fit_says_what_to_write(count, asked, said):
    with pytest.raises(ConfigError, match=said):
        quota_of(LABELS, count, asked)


def test_a_file_of_quotas_is_read_and_the_command_line_goes_before_it(tmp_path):
    path = tmp_path / "quota.yaml"
    path.write_text("a: 5\nb: 30%\n")
    assert quota_of(LABELS, 100, (), path) == {"a": 5, "b": 30, "c": 65}
    assert quota_of(LABELS, 100, ("a=1",), path) == {"a": 1, "b": 30, "c": 69}
    path.write_text("- 5\n")
    with pytest.raises(ConfigError, match="no quotas"):
        quota_of(LABELS, 100, (), path)
    with pytest.raises(ConfigError, match="cannot read"):
        quota_of(LABELS, 100, (), tmp_path / "none.yaml")


def test_rounds_fill_every_class_in_proportion_and_end_exactly():
    plan = steps({}, {"a": 600, "b": 60, "c": 0}, 200, 1)
    assert len(plan) == 4
    assert plan[0] == {"a": 150, "b": 15, "c": 0}
    assert plan[-1] == {"a": 600, "b": 60, "c": 0}


def test_rounds_ask_for_whole_calls_until_the_last():
    plan = steps({"a": 3}, {"a": 50, "b": 21}, 20, 4)
    for target in plan[:-1]:
        assert (target["a"] - 3) % 4 == 0 or target["a"] == 50
        assert target["b"] % 4 == 0 or target["b"] == 21
    assert plan[-1] == {"a": 50, "b": 21}


def test_nothing_missing_takes_no_round():
    assert steps({"a": 5}, {"a": 5}, 200, 1) == []
