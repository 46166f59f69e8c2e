import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from synthlab.tracking.spool import Spool
from tests.tracking import made

WRITER = """
import os, signal, sys
from pathlib import Path
from tests.tracking import made
from synthlab.tracking.spool import Spool
spool = Spool(Path(sys.argv[1]))
for number in range(5):
    spool.add(made.row(number))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_rows_come_back_as_they_were(tmp_path):
    spool = Spool.at(tmp_path, "run1", "c0ffee")
    rows = tuple(made.row(number) for number in range(3))
    for row in rows:
        spool.add(row)
    assert spool.rows() == rows
    spool.close(delete=False)
    assert Spool(tmp_path / "spool" / "run1-c0ffee.jsonl").rows() == rows


def test_rows_outlive_a_killed_process(tmp_path):
    path = tmp_path / "rows.jsonl"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, "-c", WRITER, str(path)], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    assert Spool(path).rows() == tuple(made.row(number) for number in range(5))


def test_half_a_line_at_the_end_is_cut_off_and_writing_goes_on(tmp_path):
    path = tmp_path / "rows.jsonl"
    spool = Spool(path)
    spool.add(made.row(0))
    spool.close(delete=False)
    with path.open("a") as file:
        file.write('{"id": "ha')
    spool = Spool(path)
    spool.add(made.row(1))
    spool.close(delete=False)
    assert Spool(path).rows() == (made.row(0), made.row(1))


def test_threads_do_not_mix_their_lines(tmp_path):
    spool = Spool(tmp_path / "rows.jsonl")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: spool.add(made.row(number)), range(400)))
    spool.close(delete=False)
    ids = {row.id for row in Spool(tmp_path / "rows.jsonl").rows()}
    assert ids == {made.row(number).id for number in range(400)}


def test_a_spool_is_deleted_once_its_rows_are_logged(tmp_path):
    spool = Spool(tmp_path / "rows.jsonl")
    spool.add(made.row(0))
    spool.close(delete=True)
    assert list(tmp_path.iterdir()) == []


def test_a_weight_comes_back_and_a_line_of_before_there_were_any_counts_one(tmp_path):
    spool = Spool(tmp_path / "rows.jsonl")
    spool.add(replace(made.row(0), weight=0.25))
    spool.add(made.row(1))
    spool.close(delete=False)
    path = tmp_path / "rows.jsonl"
    path.write_text(path.read_text().replace(', "weight": 1.0', ""))
    assert [row.weight for row in Spool(path).rows()] == [0.25, 1.0]
