"""Quotas of groups are kept by counting: in any first rows, and in what is asked for again."""

from __future__ import annotations

from collections import Counter

import pytest

from synthlab.groups import EVERY, Group, Sensitive
from synthlab.statistics.cells import Cells

LABELS = ("a", "b")
GENDER = Sensitive("gender", (Group("woman", "a woman"), Group("man", "a man")))
AGE = Sensitive("age", tuple(Group(name, name) for name in ("young", "middle", "old")))


def test_any_first_rows_have_their_shares_to_less_than_one_row():
    uneven = Sensitive("age", AGE.groups, {EVERY: {"young": 0.5, "middle": 0.3, "old": 0.2}})
    made = Cells([uneven], LABELS)
    for rows in range(1, 60):
        counts = Counter(made.at("a", n)["age"] for n in range(rows))
        for name, share in zip(uneven.names, uneven.shares("a"), strict=True):
            assert abs(counts[name] - share * rows) < 1
        assert made.wanted("a", rows) == Counter({(k,): v for k, v in counts.items()})


def test_what_does_not_divide_goes_to_another_group_in_each_class():
    made = Cells([GENDER], LABELS)
    assert made.at("a", 0) != made.at("b", 0)


def test_a_class_may_have_shares_of_its_own():
    own = Sensitive("gender", GENDER.groups, {"a": {"woman": 0.8, "man": 0.2}})
    made = Cells([own], LABELS)
    assert made.wanted("a", 10) == {("woman",): 8, ("man",): 2}
    assert made.wanted("b", 10) == {("woman",): 5, ("man",): 5}


def test_several_attributes_are_crossed():
    counts = Cells([GENDER, AGE], LABELS).wanted("a", 60)
    assert set(counts.values()) == {10}
    assert len(counts) == 6


@pytest.mark.parametrize("count", [1, 3, 6])
def test_only_cells_that_are_short_are_asked_for_again(count):
    made = Cells([GENDER], LABELS)
    asked = made.missing("a", 10, Counter({("woman",): 5, ("man",): 2}), count)
    assert len(asked) == count
    assert [item["gender"] for item in asked[:3]] == ["man"] * min(3, count)


def test_without_an_attribute_there_is_nothing_to_keep():
    made = Cells([], LABELS)
    assert not made
    assert made.of({"topic": "golf"}) is None
