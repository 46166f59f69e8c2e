"""The leaderboard in a terminal: who is short, who is out, and nothing where all is well."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from synthlab.outcomes import Failure
from synthlab.records import Usage
from synthlab.report.tables import leaderboard
from synthlab.tracking.leaderboard import from_result
from tests.tracking import made


def drawn(board: dict) -> str:
    file = io.StringIO()
    Console(file=file, width=160).print(leaderboard(board))
    return file.getvalue()


def test_short_candidates_and_those_that_are_out_are_told():
    trials = [made.trial("attributes"), made.trial("few_shot", missing=9)]
    failure = Failure("direct [x]", "no row of tech was kept", "f00", Usage())
    text = drawn(from_result(replace(made.result("r", trials), failed=[failure])))
    line = next(line for line in text.splitlines() if line.strip().startswith("few_shot"))
    assert "short: tech 31 of 40" in line
    assert "candidates short of rows stand after complete ones" in text
    assert "direct [x] is out: no row of tech was kept" in text


def test_a_run_that_was_stopped_says_so_and_shows_no_empty_tables():
    board = from_result(made.result("r", [made.trial("attributes")]), status="KILLED")
    text = drawn({**board, "baselines": [], "finals": None})
    assert "this run is killed: these are the candidates that it scored" in text
    assert "without synthetic rows" not in text


def test_a_whole_run_has_no_notes():
    text = drawn(from_result(made.result("r", [made.trial("attributes")])))
    assert "short" not in text
    assert "note" not in text
    assert "is out" not in text
    assert "this run is" not in text


def test_many_short_classes_are_told_in_few_words():
    trial = made.trial("direct")
    board = from_result(made.result("r", [trial]))
    board["candidates"][0]["short"] = {f"class {n}": 1 for n in range(77)}
    text = " ".join(drawn(board).split())
    assert "short: class 0 39 of 40" in text
    assert "class 4 39 of 40, 72 more classes" in text
