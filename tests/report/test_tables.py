"""The leaderboard in a terminal: who is short, who is out, and nothing where all is well."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from synthlab.outcomes import Failure
from synthlab.records import Usage
from synthlab.report.shown import cut
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


def board_of(count: int, winner: int) -> dict:
    """Candidates that each were made from the one before, which scored less."""
    board = from_result(made.result("r", [made.trial("direct")]))
    entry = board["candidates"][0]
    board["candidates"] = [
        {**entry, "name": f"hints {n}", "parent": f"hints {n - 1}" if n > 1 else "", "why": "try"}
        for n in range(count, 0, -1)
    ]
    board["failed"] = [{"name": f"bad {n}", "reason": "no row"} for n in range(count)]
    return {**board, "winner": f"hints {winner}"}


def test_a_long_leaderboard_is_cut_to_the_best_and_says_how_to_see_the_rest():
    text = drawn(cut(board_of(30, winner=30), 3))
    table = text[: text.index("27 more candidates: compare -n 0")]
    assert [f"hints {n} " in table for n in (30, 29, 28, 27)] == [True, True, True, False]
    assert "bad 2 is out" in text
    assert "bad 3 is out" not in text
    assert "27 more are out" in text


def test_the_winner_is_shown_wherever_it_stands_and_what_it_was_made_from():
    found = cut(board_of(30, winner=2), 3)
    assert [item["name"] for item in found["candidates"]][-1] == "hints 2"
    assert found["left"] == 26
    text = drawn(found)
    path = text[text.index("what was made from what") :]
    assert "hints 1 " in path
    assert "26 more candidates" in text


def test_a_short_leaderboard_is_whole():
    for most in (0, 2, 20):
        found = cut(board_of(2, winner=1), most)
        assert (len(found["candidates"]), found["left"]) == (2, 0)
        assert "more candidates" not in drawn(found)
