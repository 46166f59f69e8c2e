"""Columns beside the text: the published definitions by hand, and faults that move the figures."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from synthlab.quality.base import Skip
from synthlab.quality.columns import Column, adherence, column, pair, shape
from tests.quality.faults import (
    CLASSES,
    as_made,
    columned,
    measured,
    part,
    relabelled,
    rows,
    subject,
)

NUMBER, LETTER = Column("n"), Column("l", ("a", "b", "c"))
NAN = math.nan


def made(**fields):
    """Rows as real ones would be, with some fields replaced: a value, or a function of the row."""
    found = []
    for row in columned(as_made(rows("made"))):
        own = {k: v(row) if callable(v) else v for k, v in fields.items()}
        found.append(replace(row, values={**row.values, **own}))
    return found


def of(kept, name="marginals", **params):
    about = replace(subject([]), kept=tuple(kept))
    found = part("marginals", **params).measure(about)
    return {item.name: item for item in found}[name]


def test_the_shape_of_numbers_is_one_less_the_largest_gap_of_their_distributions():
    real, other = np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6])
    assert shape(NUMBER, other, real) == pytest.approx(0.5)
    assert shape(NUMBER, np.append(other, NAN), real) == pytest.approx(0.5)
    assert shape(NUMBER, real, real) == 1
    assert shape(NUMBER, np.array([NAN]), real) == 0
    # What is no number lies beyond all of them.
    assert shape(NUMBER, NUMBER.read([1, "2", "three", True]), real) == pytest.approx(0.5)


def test_the_shape_of_categories_is_one_less_half_the_differences_of_their_shares():
    real, other = LETTER.read(["a", "a", "b", None]), LETTER.read(["a", "b", "b", "c"])
    # |1/4 - 2/3| + |1/2 - 1/3| + |1/4 - 0| = 5/6
    assert shape(LETTER, other, real) == pytest.approx(1 - 5 / 12)


def test_adherence_is_the_share_of_values_that_real_rows_could_have():
    assert adherence(NUMBER, np.array([0, 1, 2, 9.0, NAN]), np.array([1.0, 2])) == 0.5
    assert adherence(LETTER, LETTER.read(["a", "b", "c", "c"]), LETTER.read(["b", "a"])) == 0.5


def test_pairs_of_numbers_are_held_against_each_other_by_their_correlation():
    x = np.arange(6.0)
    up, down = np.stack([x, 2 * x], axis=1), np.stack([x, -x], axis=1)
    both = (NUMBER, NUMBER)
    assert pair(both, up, up) == pytest.approx(1)
    assert pair(both, down, up) == pytest.approx(0)
    assert pair(both, np.stack([x, 0 * x], axis=1), up) == pytest.approx(0.5)
    assert pair(both, up, np.stack([x, 0 * x], axis=1)) is None
    assert pair(both, np.vstack([up, [NAN, 1], [math.inf, 1]]), up) == pytest.approx(1)


def test_pairs_with_a_category_are_held_against_each_other_by_the_shares_of_their_cells():
    real = np.array([[0, 0], [0, 0], [1, 1], [1, 1.0]])
    other = np.array([[0, 1], [0, 0], [1, 1], [1, 0.0]])
    assert pair((LETTER, LETTER), other, real) == pytest.approx(0.5)
    # Ten intervals of 0 to 10: 1.5 is in another one than 0.5, -7 in the first and 99 in the last.
    numbers = np.array([[0, 0.0], [0, 0.5], [1, 10], [1, 9.5]])
    beyond = np.array([[0, -7], [0, 1.5], [1, 99], [1, 9.9]])
    assert pair((LETTER, NUMBER), beyond, numbers) == pytest.approx(0.75)


def test_what_a_field_holds_is_known_by_its_real_values():
    assert column("n", ["1", 2, None, "3.5"], ["x"], False) == Column("n")
    assert column("n", ["1", 2, 1, 1], [5], True).categories == ("1", "2", "5")
    assert column("b", [True, False, True], [], False).categories == ("False", "True")
    assert column("t", ["a text", "another", "a third", "and more"], [], False) is None
    assert column("e", [None, "", NAN], ["x"], False) is None


@pytest.mark.parametrize("tag", ["made", "others", "more"])
def test_other_real_rows_are_good(tag):
    found = measured("marginals", subject(as_made(rows(tag))))
    assert {name: item.verdict for name, item in found.items()} == dict.fromkeys(found, "good")
    assert found["marginals"].value == pytest.approx(found["marginals"].reference, abs=0.05)


def test_copies_look_perfect():
    found = measured("marginals", subject(as_made(rows("seed"))))
    assert {item.verdict for item in found.values()} == {"good"}


def test_one_column_that_is_off_is_named():
    wrong = of(made(size=lambda row: row.values["size"] + 30))
    assert wrong.verdict == "bad"
    assert "least so: size (" in wrong.said
    assert of(made(size=lambda row: row.values["size"] + 30), "in_range").verdict == "bad"
    shop = of(made(shop="z"))
    assert "least so: shop (0%" in shop.said


def test_columns_that_do_not_depend_on_each_other_are_seen_in_pairs_only():
    kept = made()
    prices = [row.values["price"] for row in kept]
    random.Random(0).shuffle(prices)
    mixed = [
        replace(row, values={**row.values, "price": price})
        for row, price in zip(kept, prices, strict=True)
    ]
    assert of(mixed).verdict == "good"
    assert of(mixed, "pairs").verdict != "good"


def test_wrong_labels_are_seen_in_each_class_and_in_pairs_with_the_class():
    found = relabelled(made())
    by_class = of(found)
    assert by_class.per_class.keys() == set(CLASSES)
    reference = by_class.details["per_class_reference"]
    assert min(reference[k] - by_class.per_class[k] for k in CLASSES) > 0.1
    names = of(found, "pairs").details["by_name"]
    told = names["size and class"]
    assert told["value"] < told["reference"] - 0.2
    assert names["size and price"]["value"] > names["size and price"]["reference"] - 0.05


def test_rows_with_a_text_only_are_skipped_and_so_are_those_without_the_columns():
    plain = replace(subject([]), kept=tuple(as_made(rows("made"))), real=tuple(rows("dev", 80)))
    with pytest.raises(Skip, match="no field beside the text"):
        part("marginals").measure(plain)
    with pytest.raises(Skip, match=r"no synthetic row has .* \(size, price, shop\)"):
        part("marginals").measure(replace(subject([]), kept=plain.kept))


def test_the_columns_can_be_chosen_and_numbers_taken_for_names():
    found = of(made(), columns=["shop"])
    assert found.details["by_name"].keys() == {"shop"}
    assert of(made(), categories=["price"]).details["left_out"] == ["price"]
