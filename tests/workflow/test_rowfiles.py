"""Rows from anywhere: files, their generations, what is left out and what is there twice."""

import json

import pandas as pd
import pytest

from synthlab.errors import DataError
from synthlab.records import Row
from synthlab.workflow.rowfiles import Reading, read_sets
from synthlab.workflow.rowgroups import Group

LABELS = ("a", "b")
REAL = (Row("r1", {"text": "The first, real row!"}, "a"), Row("r2", {"text": "another"}, "b"))


def write(path, rows):
    path.write_text("".join(json.dumps({"text": t, "label": c}) + "\n" for t, c in rows))
    return path


def some(count, label="a", start=0):
    return [(f"text {label} {start + n}", label) for n in range(count)]


def read(*paths, reading=None, labels=LABELS):
    (found,) = read_sets([Group("set", paths)], reading or Reading(), labels, REAL)
    return found


def test_the_files_of_a_set_are_its_generations(tmp_path):
    paths = [write(tmp_path / f"{name}.jsonl", some(2) + some(2, "b")) for name in "xy"]
    (found,) = read_sets([Group("direct", tuple(paths))], Reading(), LABELS, REAL)
    assert (found.name, len(found.sets)) == ("direct", 2)
    assert found.files == tuple(map(str, paths))


def test_a_column_can_tell_generations_apart(tmp_path):
    frame = pd.DataFrame(
        {"text": ["x", "y", "z", "w"], "label": ["a", "b", "a", "b"], "generation": [1, 1, 2, 2]}
    )
    frame.to_parquet(tmp_path / "kept.parquet")
    reading = Reading(generation="generation")
    found = read(tmp_path / "kept.parquet", reading=reading)
    assert [len(rows) for rows in found.sets] == [2, 2]


def test_a_row_without_a_generation_is_left_out(tmp_path):
    frame = pd.DataFrame({"text": [*"xyz"], "label": [*"aba"], "generation": [1, 1, None]})
    frame.to_parquet(tmp_path / "kept.parquet")
    found = read(tmp_path / "kept.parquet", reading=Reading(generation="generation"))
    assert [len(rows) for rows in found.sets] == [2]
    assert "left out 1: no generation" in found.notes[0]


def test_what_cannot_be_used_is_left_out_and_counted(tmp_path):
    rows = [
        ("good", "a"),
        ("good too", "b"),
        ("", "a"),
        ("no label", None),
        ("strange", "c"),
        ("the FIRST real row", "a"),
    ]
    found = read(write(tmp_path / "x.jsonl", rows))
    assert [row.values["text"] for row in found.sets[0]] == ["good", "good too"]
    said = "\n".join(found.notes)
    for reason in ("no text", "no label", "no class 'c'", "a test row stands in it"):
        assert reason in said


def test_a_file_without_a_usable_row_says_why_and_names_the_classes(tmp_path):
    path = write(tmp_path / "x.jsonl", [("text", "A"), ("text", "B")])
    with pytest.raises(DataError, match=r"none of its 2 rows.*no class 'A'") as caught:
        read(path)
    assert "a, b" in str(caught.value)


def test_the_smallest_class_that_has_rows_is_known_with_its_file(tmp_path):
    labels = (*LABELS, "c")
    path = write(tmp_path / "x.jsonl", some(5) + some(7, "c"))
    assert read(path, labels=labels).smallest == (5, str(path), "a")


def test_copies_of_a_row_within_a_generation_are_kept_and_counted(tmp_path):
    path = write(tmp_path / "x.jsonl", some(5) + some(5, "b") + some(2) + some(1))
    found = read(path)
    assert len(found.sets[0]) == 13
    assert found.notes == (
        "set: 3 of 13 rows are exact copies of another row of their generation; they were kept",
    )


def test_rows_that_stand_in_several_generations_are_counted(tmp_path):
    paths = [write(tmp_path / f"{n}.jsonl", some(5) + some(5, "b", n)) for n in (0, 2)]
    (note,) = read(*paths).notes
    assert note.startswith("set: 8 of 12 different rows stand in more than one generation")


def test_rows_of_one_class_are_refused_with_their_file(tmp_path):
    with pytest.raises(DataError, match=r"x\.jsonl: usable rows of one class only \('a'\)"):
        read(write(tmp_path / "x.jsonl", some(5)))


def weights(folder, values, **reading):
    frame = pd.DataFrame({"text": list("wxyz"), "label": list("abab"), "weight": values})
    frame.to_parquet(folder / "rows.parquet")
    found = read(folder / "rows.parquet", reading=Reading(**reading))
    return [row.weight for row in found.sets[0]], found.notes


def test_a_column_says_what_rows_count_and_that_is_told(tmp_path):
    found, notes = weights(tmp_path, [0.1, 1, 0.5, 0])
    assert found == [0.1, 1, 0.5, 0]
    assert notes[0].endswith("rows count by the column 'weight' (0 to 1)")
    frame = pd.read_parquet(tmp_path / "rows.parquet").rename(columns={"weight": "w"})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    again = read(tmp_path / "rows.csv", reading=Reading(weight="w"))
    assert [row.weight for row in again.sets[0]] == found


def test_a_column_that_says_nothing_of_training_leaves_rows_alike(tmp_path):
    assert weights(tmp_path, [1, 1, 1, 1]) == ([1, 1, 1, 1], ())


@pytest.mark.parametrize("values", [["1 kg", "2 kg", "", "x"], [1, None, 1, 2]])
def test_a_column_of_other_things_leaves_rows_alike_and_is_told(tmp_path, values):
    found, notes = weights(tmp_path, values)
    assert found == [1, 1, 1, 1]
    assert notes[0].endswith("in column 'weight' is no number from 0: all rows count the same")


def test_weights_can_be_left_out_and_a_column_that_was_named_must_hold_them(tmp_path):
    assert weights(tmp_path, [0.1, 1, 0.5, 0], weight="") == ([1, 1, 1, 1], ())
    with pytest.raises(DataError, match="row 2: the weight in column 'weight' is no number from 0"):
        weights(tmp_path, [1, -1, 1, 1], weight="weight")
    with pytest.raises(DataError, match="other") as caught:
        weights(tmp_path, [1, 2, 1, 1], weight="other")
    assert "--weight" in caught.value.fix
