"""Rows on disk are whole shards and whole lines, also when the disk has no more room."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from synthlab.records import Row
from synthlab.workflow.shards import Shards

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
    (left,) = folder.iterdir()
    read = pd.read_parquet if form == "parquet" else pd.read_json
    options = {} if form == "parquet" else {"lines": True}
    assert len(read(left, **options)) == 5


def test_shards_are_numbered_and_hold_every_field(tmp_path):
    shards = Shards(tmp_path / "out")
    for start in (0, 3):
        shards.add(rows(3, start))
    files = shards.close("# a card\n")
    assert [path.name for path in files] == ["part-00000.parquet", "part-00001.parquet"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md",
        "part-00000.parquet",
        "part-00001.parquet",
    ]
    frame = pd.concat(pd.read_parquet(path) for path in files)
    assert list(frame.columns) == ["id", "label", "text", "attributes", "lm", "candidate"]
    assert list(frame["id"]) == [str(n) for n in range(6)]
    assert json.loads(frame["attributes"].iloc[0]) == {}
