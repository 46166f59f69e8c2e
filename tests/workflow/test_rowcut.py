"""Sets in equal rows: what is drawn, and what is said of it."""

from collections import Counter

from synthlab.records import Row
from synthlab.workflow import rowcut
from synthlab.workflow.rowcut import equal_rows
from synthlab.workflow.rowfiles import RowSet

LABELS = ("a", "b", "c")


def rowset(name, *generations):
    sets = tuple(
        tuple(
            Row(f"{name}{number}{label}{n}", {"text": f"{label} {n}"}, label)
            for label, count in zip(LABELS, counts, strict=True)
            for n in range(count)
        )
        for number, counts in enumerate(generations)
    )
    files = tuple(f"{name}-seed{number}.csv" for number in range(len(generations)))
    return RowSet(name, files, sets)


def test_rows_are_cut_to_equal_numbers_a_class_the_same_way_each_time():
    found = [rowset("x", (50, 3, 9)), rowset("y", (7, 7, 7), (6, 6, 6))]
    cut = equal_rows(found, LABELS)
    assert cut.per_class == 3
    for item in cut.sets:
        for rows in item.sets:
            assert Counter(row.label for row in rows) == dict.fromkeys(LABELS, 3)
    assert cut == equal_rows(found, LABELS)
    assert cut != equal_rows(found, LABELS, seed=1)


def test_what_sets_the_cut_is_named():
    notes = equal_rows([rowset("x", (9, 9, 9), (9, 2, 9)), rowset("y", (7, 7, 7))], LABELS).notes
    assert "every set was cut to at most 2 rows a class: x-seed1.csv has no more of b" in notes


def test_a_tiny_class_that_costs_most_of_the_rows_is_warned_of():
    notes = equal_rows([rowset("x", (90, 90, 1)), rowset("y", (4, 4, 4))], LABELS).notes
    assert "beware: only 3 of the 181 rows of x (1.7%) are judged" in notes
    assert not any("rows of y" in note for note in notes)


def test_equal_sets_have_nothing_to_be_told_of():
    assert equal_rows([rowset("x", (4, 4, 4)), rowset("y", (4, 4, 4))], LABELS).notes == []


def test_a_class_that_a_set_lacks_leaves_sets_unequal_and_that_is_said():
    cut = equal_rows([rowset("x", (4, 0, 5)), rowset("y", (6, 6, 6))], LABELS)
    assert cut.per_class == 4
    said = "\n".join(cut.notes)
    assert "x: no row of b, whose F1 is 0" in said
    assert "beware: the sets are not equal in rows (x 8, y 12)" in said


def test_more_rows_than_a_set_has_leave_sets_unequal_and_that_is_said():
    said = "\n".join(equal_rows([rowset("x", (4, 9, 9)), rowset("y", (9, 9, 9))], LABELS, 8).notes)
    assert "x: only 4 rows of a, fewer than 8 a class" in said
    assert "not equal in rows (x 20, y 24)" in said


def test_all_rows_are_kept_when_that_is_asked_for_and_unequal_sets_are_told_of():
    found = [rowset("x", (4, 9, 9)), rowset("y", (9, 9, 9))]
    cut = equal_rows(found, LABELS, 0)
    assert cut.sets == found
    assert cut.per_class == 0
    assert any("not equal in rows (x 22, y 27)" in note for note in cut.notes)


def test_huge_sets_are_cut_unless_more_is_asked_for(monkeypatch):
    monkeypatch.setattr(rowcut, "MOST", 30)
    cut = equal_rows([rowset("x", (50, 50, 50))], LABELS)
    assert cut.per_class == 10
    assert "--rows 0 all" in cut.notes[0]
    assert equal_rows([rowset("x", (50, 50, 50))], LABELS, 40).per_class == 40
