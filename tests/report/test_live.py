"""The live table: what it knows of a run, that it fits the screen, and how it ends."""

from __future__ import annotations

import io
import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from synthlab.comparisons import Estimate
from synthlab.records import Usage
from synthlab.report.liveview import Board, clock
from synthlab.report.progress import Lines, Live, Table
from synthlab.report.standing import Standing
from synthlab.report.tables import fit
from synthlab.steps import FINALS, SEARCH, Outlook, Part
from synthlab.workflow.lab import open_store
from tests.tracking import made

ROOT = str(Path(__file__).parents[2])
ROW = Usage(1, 100, 50, 0.01)


class Clock:
    """A clock that is moved by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def part(name: str, rows: int = 20, **more) -> Part:
    return Part(key=name, name=name, rows=rows, rung=rows // 2, full=rows // 2, **more)


def started(candidates: int = 3, rows: int = 60, **caps: float) -> Standing:
    standing = Standing(clock=Clock())
    spent = standing  # what was paid is what the rows took: nothing came from the journal
    standing.outlook = Outlook("q", candidates, rows, 5, 1.5, caps, lambda: spent.usage)
    standing.enter(SEARCH, None)
    return standing


def write(standing: Standing, name: str, rows: int, seconds: float = 1.0) -> None:
    for _ in range(rows):
        standing.clock.now += seconds
        standing.row(ROW, name)


def drawn(standing: Standing, width: int = 80, height: int = 24) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, height=height).print(Board(standing))
    return file.getvalue().splitlines()


def test_rows_cost_and_time_left_are_told_of_the_candidate_and_of_the_run():
    standing = started(usd=1.0)
    standing.begin("direct", 20, "1 of 3", [part("direct")])
    write(standing, "direct", 10)
    lines = drawn(standing)
    assert lines[0].startswith("q: search, 1 of 3")
    assert lines[0].endswith("0:10 gone, about 0:50 left")
    line = next(line for line in lines if line.startswith("direct"))
    assert line.split() == ["direct", "10/20", "0.10", "0:10"]
    assert "candidates: 1 at work, 2 to come" in lines[-2]
    assert "10 rows of about 60; 0.10 USD, about 0.60 in all, cap 1.00" in lines[-1]
    assert "may end it" not in lines[-1]


def test_a_cap_that_will_be_passed_is_told_before_it_is():
    standing = started(usd=0.5, tokens=5_000)
    standing.begin("direct", 20, "1 of 3", [part("direct")])
    write(standing, "direct", 10)
    said = drawn(standing, 160)[-1]
    assert "0.10 USD, about 0.60 in all, cap 0.50 may end it" in said
    assert "1.5k tokens, about 9.0k in all, cap 5.0k may end it" in said


def test_dropped_rows_are_taken_back_when_curation_has_judged():
    standing = started()
    standing.begin("direct", 20, "1 of 3", [part("direct")])
    write(standing, "direct", 20)
    standing.kept(12, {"direct": 12})
    assert standing.lines["direct"].kept == standing.made == 12
    standing.kept(14, None)
    assert standing.made == 14


def test_candidates_side_by_side_have_a_line_each_and_share_the_speed():
    standing = started()
    standing.begin("2 candidates", 40, "1-2 of 3", [part("a"), part("b")])
    for _ in range(5):
        write(standing, "a", 1)
        write(standing, "b", 1)
    assert (standing.lines["a"].kept, standing.lines["b"].kept) == (5, 5)
    assert standing.left(standing.lines["a"]) == pytest.approx(30, rel=0.2)
    assert [line.split()[0] for line in drawn(standing)[3:5]] == ["a", "b"]


def test_a_rung_counts_the_rows_of_the_rung_before_once():
    standing = started()
    first = Part("a", "a", 4, 0, 2, 10)
    standing.begin("a", 4, "1 of 3", [first])
    write(standing, "a", 4)
    standing.end(None)
    standing.begin("a", 20, "1 of 3", [Part("a", "a", 20, 4, 10, 10)])
    write(standing, "a", 6)
    assert standing.made == 10
    assert "10/20" in next(line for line in drawn(standing) if line.startswith("a "))


def test_more_candidates_than_lines_show_those_at_work_and_the_best():
    standing = started(40)
    for number in range(35):
        name = f"c{number}"
        standing.begin(name, 20, f"{number + 1} of 40", [part(name)])
        standing.end(None)
        standing.lines[name].level = Estimate(number / 100, 0.0, 1.0, 0.1, 9)
    standing.begin("last", 20, "36 of 40", [part("last")])
    for height in (24, 12):
        lines = drawn(standing, 80, height)
        assert len(lines) < height
        assert lines[3].startswith("last")
        assert lines[4].startswith("c34")
    hidden = 36 - (24 - 8)
    assert f"1 at work, 35 scored, 4 to come ({hidden} not shown)" in drawn(standing)[-2]
    board = Board(standing)
    board.whole = True
    file = io.StringIO()
    Console(file=file, width=80, height=24).print(board)
    assert "c0 " in file.getvalue()


def test_finals_show_finalists_and_only_fresh_scores():
    standing = started()
    standing.end(made.trial("direct"))
    standing.end(made.trial("few_shot"))
    standing.enter(FINALS, 40)
    fresh = part("direct", generation=1, generations=2)
    standing.begin("direct", 20, "final 1 of 1, 1 of 2 fresh", [fresh])
    lines = drawn(standing, 100)
    assert "about 40" in lines[-1]
    line = next(line.split() for line in lines if line.startswith("direct"))
    assert line[:3] == ["direct", "1/2", "0/20"]
    assert not any(line.startswith("few_shot") for line in lines)
    standing.judged("direct", Estimate(0.5, 0.4, 0.6, 0.05, 9, 2))
    assert "0.500  0.40-0.60" in "\n".join(drawn(standing, 100))


def test_a_scored_trial_has_its_interval_and_one_that_is_out_says_so():
    standing = started()
    trial = made.trial("direct")
    standing.end(trial)
    line = next(line for line in drawn(standing) if line.startswith("direct"))
    level = standing.lines["direct"].level
    assert f"{level.value:.3f}  {level.low:.2f}-{level.high:.2f}" in line
    standing.out("direct")
    assert next(x for x in drawn(standing) if x.startswith("direct")).endswith("out")


def test_proposals_name_their_parent_and_markup_in_names_is_text():
    standing = started()
    standing.begin("x", 20, "1 of 3", [part("hints 1", parent="[b]direct[/b]")])
    assert "hints 1 < [b]direct[/b]" in "\n".join(drawn(standing, 120))


@pytest.mark.parametrize("width", [80, 120, 160])
def test_no_line_is_longer_than_the_terminal(width):
    standing = started(usd=1.0, tokens=10**6, calls=10**5, minutes=600)
    name = "direct temperature=0.1 curation=['format', 'length', 'duplicates']"
    standing.begin(name, 20, "1 of 3", [Part(name, name, 20_000, 10, 50, 4_000, "direct" * 9)])
    write(standing, name, 3)
    assert max(len(line) for line in drawn(standing, width)) <= width


def test_names_that_are_cut_still_differ():
    names = [f"direct temperature={t} curation=['format', '{s}']" for t in (0.1, 0.2) for s in "ab"]
    cut = [fit(name, 24) for name in names]
    assert len(set(cut)) == 4
    assert max(map(len, cut)) <= 24
    assert fit("direct", 24) == "direct"


def test_times_are_short():
    assert [clock(s) for s in (None, 0, 62, 725, 3_720)] == ["-", "0:00", "1:02", "12:05", "1h02"]


def test_a_pipe_gets_lines_and_a_terminal_the_table():
    assert type(Live(Console(file=io.StringIO()))) is Lines
    assert type(Live(Console(file=io.StringIO(), force_terminal=True))) is Table


def test_a_pipe_gets_a_line_for_each_fresh_generation_and_one_for_their_score():
    file = io.StringIO()
    with Lines(Console(file=file, width=40)) as told:
        for number in (1, 2):
            again = part("direct", generation=number, generations=2)
            told.begin("direct", 20, f"final 1 of 1, {number} of 2 fresh", [again])
            told.row(ROW, "direct")
            told.row(ROW, "direct")
            told.kept(1)
            told.end(None)
        told.judged("direct", Estimate(0.8, 0.7, 0.9, 0.05, 1, 2))
        told.begin("a search's own", 20, "1 of 1", [part("a search's own")])
        told.end(None)
    assert file.getvalue().splitlines() == [
        "direct: fresh generation 1 of 2, 1 rows, 300 tokens, 0.02 USD, 0 s",
        "direct: fresh generation 2 of 2, 1 rows, 300 tokens, 0.02 USD, 0 s",
        "direct: f1 0.800 on dev, mean of 2 fresh generations",
    ]


def test_a_pipe_reads_each_step_as_a_whole_line():
    file = io.StringIO()
    with Lines(Console(file=file, width=40)) as told:
        told.say("opening the test split")
        told.end(made.trial("direct"))
        told.out("few_shot", "it is far below the others, and this sentence is long")
    lines = file.getvalue().splitlines()
    assert lines[0] == "opening the test split ..."
    assert lines[1].startswith("direct: f1 ")
    assert lines[2] == "few_shot is out: it is far below the others, and this sentence is long"
    assert len(lines) == 3


def test_after_an_error_the_last_state_stays_on_the_screen():
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80, height=24)
    told = Table(console)
    told.__enter__()
    told.begin("direct", 20, "1 of 3", [part("direct")])
    told.row(ROW, "direct")
    told.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    last = file.getvalue().rpartition("\x1b[?25h")[2]  # the cursor is shown again before it
    assert "direct" in last
    assert "1/20" in last


@pytest.mark.usefixtures("ready_stores")
def test_ctrl_c_in_a_real_terminal_leaves_the_cursor_and_the_state(workplace):
    open_store()  # making one takes longer than the rest
    config = (workplace / "tickets.yaml").read_text(encoding="utf-8")
    config = config.replace("fake/words", "fake/interrupt-after-9")
    (workplace / "tickets.yaml").write_text(config, encoding="utf-8")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(
            sys.executable,
            [sys.executable, "-m", "synthlab.cli", "run", "tickets.yaml"],
            {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24", "PYTHONPATH": ROOT},
        )
    seen, end = b"", time.monotonic() + 90
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 1)
        try:
            piece = os.read(terminal, 65536) if ready else None
        except OSError:  # what Linux says when the other side is gone
            break
        if piece == b"":
            break
        seen += piece or b""
    _, status = os.waitpid(pid, 0)
    said = seen.decode()
    assert os.waitstatus_to_exitcode(status) == 130, said
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l")
    last = said.rpartition("\x1b[?25h")[2]
    assert "tickets: search, 1 of 2" in last
    assert "interrupted: what was finished is saved" in last
