"""Data files hold whole rows only, of which the first n are the same whatever came after."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from synthlab.errors import ConfigError
from synthlab.records import Row
from synthlab.workflow.shards import Shards, columns

# A limit on the size of a file stands for a disk without room: the system's own error, half way.
WRITE = """
import resource, sys
from pathlib import Path
from synthlab.errors import StorageError
from synthlab.workflow.shards import Shards
from tests.workflow.test_shards import rows
shards = Shards(Path(sys.argv[1]), sys.argv[2])
shards.add(rows(5))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    shards.add(rows(2000, 5))
except StorageError as exc:
    print(exc, shards.rows)
"""


def rows(count: int, start: int = 0) -> list[Row]:
    return [
        Row(f"{n}", {"text": f"row {n} {n * 7919 % 10007}"}, "ab"[n % 2])
        for n in range(start, start + count)
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of a file")
@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_shard_that_finds_no_room_leaves_only_whole_ones(tmp_path, form):
    folder = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(folder), form],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert f"cannot write {folder}: File too large" in done.stdout
    assert done.stdout.strip().endswith(" 5")
    (left,) = (folder / "data").iterdir()
    read = pd.read_parquet if form == "parquet" else pd.read_json
    options = {} if form == "parquet" else {"lines": True}
    assert len(read(left, **options)) == 5


def test_files_are_numbered_of_their_number_and_hold_every_field(tmp_path):
    shards = Shards(tmp_path / "out", "parquet", planned=9, size=4)
    for start in (0, 3):
        shards.add(rows(3, start))
    assert [path.name for path in shards.files] == [
        "train-00000-of-00003.parquet",
        "train-00001-of-00003.parquet",
    ]
    files = shards.close()
    assert [path.name for path in files] == [
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
    ]
    assert sorted((tmp_path / "out" / "data").iterdir()) == list(files)
    frame = pd.concat(pd.read_parquet(path) for path in files)
    assert list(frame.columns) == ["id", "label", "text", "attributes", "lm", "candidate"]
    assert list(frame["id"]) == [str(n) for n in range(6)]
    assert json.loads(frame["attributes"].iloc[0]) == {}


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 8, 11])
def test_rows_that_do_not_count_are_cut_off_and_written_anew(tmp_path, form, count):
    first = Shards(tmp_path / "out", form, size=4)
    first.add(rows(11))
    first.close()
    again = Shards(tmp_path / "out", form, count, planned=13, size=4)
    assert [row["id"] for row in again.records()] == [str(n) for n in range(count)]
    again.add(rows(13 - count, count))
    files = again.close()
    assert [row["id"] for row in again.records()] == [str(n) for n in range(13)]
    whole = Shards(tmp_path / "plain", form, size=4)
    whole.add(rows(13))
    assert [path.read_bytes() for path in files] == [path.read_bytes() for path in whole.close()]


def test_half_a_line_and_a_draft_are_what_a_killed_process_leaves(tmp_path):
    shards = Shards(tmp_path / "out", "jsonl")
    shards.add(rows(3))
    (path,) = shards.files
    with path.open("a") as file:
        file.write('{"id": "3", "te')
    draft = path.with_name(".train-00000-of-00001.parquet.draft")
    draft.write_bytes(b"PAR1")
    assert len(list(Shards(tmp_path / "out", "jsonl", 3).records())) == 3
    assert path.read_text().count("\n") == 3
    assert not draft.exists()


def test_a_field_that_is_called_as_one_of_our_columns_keeps_both(tmp_path):
    shards = Shards(tmp_path / "out")
    shards.add([Row("7", {"label": "a text"}, "a")])
    (record,) = shards.records()
    assert (record["label"], record["field.label"]) == ("a", "a text")


def test_an_unknown_format_says_which_there_are(tmp_path):
    with pytest.raises(ConfigError, match="give one of: parquet, jsonl"):
        Shards(tmp_path / "out", "csv")


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_weights_are_a_column_of_numbers_where_rows_have_any(tmp_path, form):
    for first in (0, 2):
        shards = Shards(tmp_path / "out", form, first, weighed=True)
        shards.add([replace(row, weight=0.25) for row in rows(2, first)])
    assert [record["weight"] for record in shards.records()] == [0.25] * 4
    assert columns("text", weighed=True) == (*columns("text"), "weight")
