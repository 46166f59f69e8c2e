"""Rows from anywhere: files, groups, what is left out, equal rows."""

import json
from collections import Counter

import pandas as pd
import pytest

from synthlab.errors import DataError
from synthlab.records import Row
from synthlab.workflow.rowfiles import Reading, equal_rows, read_sets

LABELS = ("a", "b")
REAL = (Row("r1", {"text": "The first, real row!"}, "a"), Row("r2", {"text": "another"}, "b"))


def write(path, rows):
    path.write_text("".join(json.dumps({"text": t, "label": c}) + "\n" for t, c in rows))
    return path


def some(count, label="a", start=0):
    return [(f"text {label} {start + n}", label) for n in range(count)]


def test_files_that_differ_in_a_number_are_generations_of_one_set(tmp_path):
    names = ["direct-1", "direct-2", "attr_seed0", "attr_seed1", "bbc2024"]
    paths = [write(tmp_path / f"{name}.jsonl", some(2) + some(2, "b")) for name in names]
    found = read_sets(paths, Reading(), LABELS, REAL)
    assert [(item.name, len(item.sets)) for item in found] == [
        ("direct", 2),
        ("attr", 2),
        ("bbc2024", 1),
    ]


def test_equal_names_in_two_folders_stay_apart(tmp_path):
    paths = []
    for folder in ("tool", "other"):
        (tmp_path / folder).mkdir()
        paths.append(write(tmp_path / folder / "rows.jsonl", some(1) + some(1, "b")))
    found = read_sets(paths, Reading(), LABELS, REAL)
    assert [item.name for item in found] == ["tool/rows", "other/rows"]


def test_a_column_can_tell_generations_apart(tmp_path):
    frame = pd.DataFrame(
        {"text": ["x", "y", "z", "w"], "label": ["a", "b", "a", "b"], "generation": [1, 1, 2, 2]}
    )
    frame.to_parquet(tmp_path / "kept.parquet")
    reading = Reading(generation="generation")
    (found,) = read_sets([tmp_path / "kept.parquet"], reading, LABELS, REAL)
    assert [len(rows) for rows in found.sets] == [2, 2]


def test_what_cannot_be_used_is_left_out_and_counted(tmp_path):
    rows = [
        ("good", "a"),
        ("good too", "b"),
        ("", "a"),
        ("no label", None),
        ("strange", "c"),
        ("the FIRST real row", "a"),
    ]
    (found,) = read_sets([write(tmp_path / "x.jsonl", rows)], Reading(), LABELS, REAL)
    assert [row.values["text"] for row in found.sets[0]] == ["good", "good too"]
    said = "\n".join(found.notes)
    for reason in ("no text", "no label", "no class 'c'", "a test row stands in it"):
        assert reason in said


def test_a_file_without_a_usable_row_says_why_and_names_the_classes(tmp_path):
    path = write(tmp_path / "x.jsonl", [("text", "A"), ("text", "B")])
    with pytest.raises(DataError, match=r"none of its 2 rows.*no class 'A'") as caught:
        read_sets([path], Reading(), LABELS, REAL)
    assert "a, b" in str(caught.value)


def test_rows_are_cut_to_equal_numbers_a_class_the_same_way_each_time(tmp_path):
    path = write(tmp_path / "x.jsonl", some(50) + some(3, "b"))
    found = read_sets([path], Reading(), LABELS, REAL)
    assert found[0].smallest == 3
    (cut,) = equal_rows(found, 3)
    assert Counter(row.label for row in cut.sets[0]) == {"a": 3, "b": 3}
    assert cut == equal_rows(found, 3)[0]
    assert equal_rows(found, 0) == found


def test_a_set_without_one_class_is_cut_by_those_that_it_has(tmp_path):
    labels = (*LABELS, "c")
    path = write(tmp_path / "x.jsonl", some(5) + some(7, "c"))
    assert read_sets([path], Reading(), labels, REAL)[0].smallest == 5


def test_rows_of_one_class_are_refused_with_their_file(tmp_path):
    with pytest.raises(DataError, match=r"x\.jsonl: usable rows of one class only \('a'\)"):
        read_sets([write(tmp_path / "x.jsonl", some(5))], Reading(), LABELS, REAL)
