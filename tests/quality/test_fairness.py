"""Fairness moves with what is wrong, and its differences are those of fairlearn."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, equalized_odds_difference
from sklearn.metrics import accuracy_score

from synthlab.groups import EVERY
from synthlab.quality.base import Skip
from synthlab.quality.parity import Called, by_group, odds, odds_range, parity, rates, widest
from tests.quality.faults import (
    CLASSES,
    KIND,
    as_made,
    measured,
    part,
    rows,
    subject,
    text,
    written,
)


def told(label: str, kind: str, number: int) -> tuple[str, str]:
    """A text of a class that tells a group."""
    draw = random.Random(f"{label}/{kind}/{number}")
    telling = {word for group in KIND.groups for word in group.words}
    own = [word for word in text(draw, label, 12).split() if word not in telling]
    return label, " ".join([*own, {"round": "mikaka", "flat": "renkaka", "": "nothing"}[kind]])


def cells(counts: dict[tuple[str, str], int]):
    """So many rows of each cell, all asked for as what they are."""
    made = written([told(*cell, n) for cell, count in counts.items() for n in range(count)])
    kinds = [cell[1] for cell, count in counts.items() for _ in range(count)]
    return [
        replace(row, lineage=replace(row.lineage, request=replace(row.lineage.request, attributes={
            "kind": kind or "flat"})))
        for row, kind in zip(made, kinds, strict=True)
    ]  # fmt: skip


EVEN = {(label, kind): 25 for label in CLASSES for kind in ("round", "flat")}


def test_rows_in_the_declared_shares_have_no_gap():
    found = measured("fairness", subject(cells(EVEN)))
    assert (found["quota_gap"].value, found["quota_gap"].verdict) == (0, "good")
    assert (found["represented"].value, found["group_none"].value) == (0, 0)
    assert found["label_gap"].value == pytest.approx(0)


def test_a_cell_that_is_short_is_named_with_its_rows():
    short = {**EVEN, ("money", "flat"): 10, ("money", "round"): 40}
    found = measured("fairness", subject(cells(short)))["quota_gap"]
    assert found.value == pytest.approx(0.3)
    assert found.verdict == "bad"
    assert "'money, round' is furthest off: 40 rows for 25" in found.said
    assert found.details["attributes"]["kind"]["cells"]["money"]["flat"] == [25, 10]


def test_shares_that_whole_rows_cannot_have_are_kept_to_less_than_a_row_of_each_generation():
    odd = {**EVEN, ("money", "flat"): 2, ("money", "round"): 3}
    found = measured("fairness", subject(cells(odd)))["quota_gap"]
    assert (found.value, found.verdict) == (0, "good")
    assert "has the rows that were declared for it" in found.said
    more = {**EVEN, ("money", "flat"): 2, ("money", "round"): 4}
    about = subject(cells(more))
    assert measured("fairness", about)["quota_gap"].value == pytest.approx(1 / 6)
    assert measured("fairness", replace(about, generations=2))["quota_gap"].value == 0


def test_rows_that_tell_no_group_are_counted_as_such():
    some = {**EVEN, ("match", ""): 50}
    found = measured("fairness", subject(cells(some)))
    assert found["group_none"].value == pytest.approx(50 / 200)
    assert found["represented"].value == 0
    assert found["quota_gap"].value == pytest.approx(0.25)


def test_other_shares_may_be_declared_for_a_class():
    target = {"money": {"round": 4.0, "flat": 1.0}, EVERY: {"round": 1.0, "flat": 1.0}}
    asked = replace(KIND, target=target)
    made = cells({**EVEN, ("money", "round"): 40, ("money", "flat"): 10})
    about = subject(made, sensitive=(asked,))
    assert measured("fairness", about)["quota_gap"].value == pytest.approx(0)


def test_a_class_that_goes_with_a_group_is_told_and_confounds_the_model():
    tied = {
        (label, kind): 45 if (label == "match") == (kind == "round") else 5
        for label in CLASSES
        for kind in ("round", "flat")
    }
    even, odd = (measured("fairness", subject(cells(c))) for c in (EVEN, tied))
    assert odd["label_gap"].value > 0.4 > even["label_gap"].value
    assert odd["label_gap"].verdict == "bad"
    assert odd["swap_flips"].value > even["swap_flips"].value


def test_rows_that_were_not_asked_for_by_group_are_measured_without_a_verdict():
    found = measured("fairness", subject(as_made(rows("made"))))
    assert found["quota_gap"].verdict == found["represented"].verdict == ""
    assert found["odds_gap"].reference is not None


def test_of_several_attributes_the_worst_counts_and_all_are_kept():
    other = replace(KIND, name="other", target={EVERY: {"round": 1.0, "flat": 0.0}})
    found = measured("fairness", subject(cells(EVEN), sensitive=(KIND, other)))["quota_gap"]
    assert found.value == pytest.approx(0.5)
    assert found.said.startswith("other: ")
    assert set(found.details["attributes"]) == {"kind", "other"}


def test_small_groups_get_no_figure_of_the_model():
    few = tuple(row for n, row in enumerate(subject([]).real) if n % 12 == 0)
    found = measured("fairness", subject(cells(EVEN), real=few))
    assert "odds_gap" not in found
    assert "quota_gap" in found


def test_nothing_declared_is_skipped_with_the_place_to_declare_it():
    with pytest.raises(Skip, match=r"task\.sensitive"):
        part("fairness").measure(subject(cells(EVEN), sensitive=()))


@pytest.fixture(scope="module")
def called() -> Called:
    """Rows of three classes and two groups; the model errs more for the second one."""
    rng = np.random.default_rng(0)
    true = rng.choice(["a", "b", "c"], 600)
    groups = rng.choice(["x", "y", "z"], 600, p=[0.6, 0.38, 0.02])
    wrong = rng.random(600) < np.where(groups == "x", 0.1, 0.4)
    said = np.where(wrong, rng.choice(["a", "b", "c"], 600), true)
    found = Called.of(("a", "b", "c"), list(true), list(said), list(groups), ("x", "y", "z"))
    assert found is not None
    return found


def test_a_group_with_too_few_rows_is_left_out(called):
    assert called.names == ("x", "y")


def test_differences_are_those_of_fairlearn_one_class_against_the_rest(called):
    for at, label in enumerate(called.classes):
        true, said = called.true == at, called.called == at
        frame = MetricFrame(
            metrics=lambda t, p: p.mean(), y_true=true, y_pred=said,
            sensitive_features=called.groups,
        )  # fmt: skip
        assert parity(called)[label] == pytest.approx(frame.difference())
        again = equalized_odds_difference(true, said, sensitive_features=called.groups)
        assert odds(called)[label] == pytest.approx(again)


def test_intervals_hold_the_figure_and_groups_have_their_own_accuracy(called):
    low, high = odds_range([called], 0)
    assert low < max(odds(called).values()) < high
    assert odds_range([called], 0) == (low, high)
    found = by_group(called, 0)
    for at, name in enumerate(called.names):
        own = called.groups == at
        value, least, most = found[name]["accuracy"]
        assert value == pytest.approx(accuracy_score(called.true[own], called.called[own]))
        assert least < value < most
        assert found[name]["n"] == own.sum()


def test_label_rates_are_by_group_and_the_widest_gap_is_named():
    labels, groups = ["a"] * 30 + ["b"] * 30, ["x"] * 40 + ["y"] * 20
    found = rates(labels, groups, ("x", "y"))
    assert found["y"] == {"a": 0.0, "b": 1.0}
    assert widest(found) == ("a", pytest.approx(0.75))
