"""Rows that are given another class: who gets them, and that quotas stay right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from synthlab.curation.base import Known
from synthlab.curation.confirm import Confirm, Relabel
from synthlab.curation.curator import Curator
from synthlab.generators.direct import Direct
from synthlab.groups import EVERY, Group, Sensitive
from synthlab.records import Brief, Curated, Lineage, Request, Row, Usage
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import rows_for
from synthlab.workflow.dealing import Dealer
from synthlab.workflow.lab import open_store, run_file
from synthlab.workflow.promote import promote
from synthlab.workflow.wanted import FULL, FULL_GROUP, wanted
from tests.conftest import table_rows
from tests.workflow.test_confirm import TEXT

KNOWN = Known((), tuple(table_rows(10)), ("refund", "delivery", "account"))
PARCEL = "parcel courier late tracking address driver"


def row(label: str, asked: str, place: int = 0, text: str = PARCEL) -> Row:
    request = Request(asked, place, 0)
    return Row(f"{asked}{place}", {"text": text}, label, Lineage("c", "lm", "", request, Usage()))


def test_a_row_that_another_class_is_surer_of_is_kept_as_that_one():
    curator = Curator([Relabel(Relabel.Params(), KNOWN)], "text")
    (kept,) = curator.sift([row("refund", "refund")]).kept
    assert kept.label == "delivery"
    assert kept.lineage.request.label == "refund"
    (same,) = curator.sift([row("delivery", "delivery")]).kept
    assert same.label == "delivery"


def test_a_text_that_no_class_is_sure_of_is_dropped_under_the_class_it_was_asked_for():
    sure = Relabel.Params(least=0.99)
    found = Curator([Relabel(sure, KNOWN)], "text").sift([row("refund", "refund")])
    assert [(item.row.label, item.reason) for item in found.dropped] == [
        ("refund", "label not confirmed")
    ]
    unknown = row("refund", "refund", text="qqq zzz")
    assert not Curator([Relabel(Relabel.Params(), KNOWN)], "text").sift([unknown]).kept


def test_later_steps_judge_the_row_as_of_its_new_class():
    steps = [Relabel(Relabel.Params(), KNOWN), Confirm(Confirm.Params(), KNOWN)]
    assert Curator(steps, "text").sift([row("refund", "refund")]).kept
    assert not Curator(steps[::-1], "text").sift([row("refund", "refund")]).kept


@pytest.mark.parametrize(
    ("quota", "counts", "kept"),
    [
        ({"a": 3, "b": 3}, {}, ["a0", "b0", "b1"]),
        ({"a": 3, "b": 3}, {"a": 2}, ["a0", "b1"]),
        ({"a": 2, "b": 3}, {}, ["a0", "b0", "b1"]),
        ({"a": 1, "b": 3}, {}, ["a0", "b1"]),
        ({"b": 3}, {}, ["a0", "b1"]),
    ],
)  # fmt: skip
def test_rows_that_were_asked_for_go_before_those_that_moved_in(quota, counts, kept):
    rows = (row("a", "b", 0), row("a", "a", 0), row("b", "b", 1))
    found = wanted(Curated(rows), quota, counts)
    assert sorted(item.id for item in found.kept) == kept
    assert {item.reason for item in found.dropped} <= {FULL}
    assert len(found.rows) == 3


def test_a_row_moves_only_into_a_group_that_lacks_one():
    groups = (Group("woman", "a woman"), Group("man", "a man"))
    even = Sensitive("sex", groups, {EVERY: {"woman": 1.0, "man": 1.0}})
    dealer = Dealer(Direct(Direct.Params(), Brief("note", ("a", "b"), {}, "text", (even,))))

    def of(sex: str, label: str, asked: str, place: int) -> Row:
        made = row(label, asked, place)
        request = replace(made.lineage.request, attributes={"sex": sex})
        return replace(made, lineage=replace(made.lineage, request=request))

    own = of("woman", "a", "a", 0)
    moved = [of("woman", "a", "b", 1), of("man", "a", "b", 2), of("man", "a", "b", 3)]
    found = wanted(Curated((*moved, own)), {"a": 3, "b": 3}, {}, dealer)
    # Of three rows, the first class has two of the first group.
    assert [item.id for item in found.kept] == ["b1", "b2", "a0"]
    assert [(item.row.id, item.reason) for item in found.dropped] == [("b3", FULL)]
    dealer.add([own])
    found = wanted(Curated(tuple(moved[1:])), {"a": 3, "b": 3}, {"a": 1}, dealer)
    assert [(item.row.id, item.reason) for item in found.dropped] == [("b3", FULL_GROUP)]


def test_rows_without_a_move_are_all_left_as_they_are():
    rows = (row("a", "a", 0), row("b", "b", 1))
    assert wanted(Curated(rows), {"a": 0}, {"b": 9}) == Curated(rows)


def test_in_a_run_every_class_gets_its_rows_and_no_more(workplace, ready_stores):
    path = workplace / "tickets.yaml"
    asked = {}
    for step in ("confirm", "relabel"):
        path.write_text(TEXT.replace("- confirm", f"- {step}"))
        (trial,) = run_file(path)[0].trials
        assert Counter(row.label for row in trial.curated.kept) == dict.fromkeys(
            trial.score.labels, 6
        )
        asked[step] = trial.usage.calls
    assert asked["relabel"] <= asked["confirm"]
    promote(open_store(), "tickets")
    _, program = load_program(open_store(), "tickets", "champion")
    found = rows_for(program, [{"label": "refund", "count": 4}])
    assert [item["label"] for item in found] == ["refund"] * 4
