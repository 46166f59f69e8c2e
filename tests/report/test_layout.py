"""Tables at 80 columns: numbers stay whole, names fold, and everything is said."""

from __future__ import annotations

import io
from dataclasses import asdict, replace

import pytest
from rich.console import Console

from synthlab.comparisons import Contrast
from synthlab.report.finals import contrasts
from synthlab.report.layout import Either, framed, hung
from synthlab.report.tables import leaderboard, runs
from synthlab.report.verdict import verdict
from synthlab.tracking.leaderboard import from_result
from tests.tracking import made

LONG = "direct temperature=0.1 curation=['format', 'length', 'duplicates']"
GAP = Contrast(
    "synthetic alone", "direct prompt", 0.2, 0.1, 0.3, 0.05, 9, 0.001, 1, 0, 0, 0.01, 0.1
)


def drawn(view: object, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(view)
    return file.getvalue()


def board_of(name: str, missing: int = 0) -> dict:
    """The leaderboard of one candidate of that name."""
    board = from_result(made.result("r", [made.trial("direct", missing=missing)]))
    board["candidates"][0]["name"] = board["winner"] = name
    return board


def listed(count: int) -> list[dict]:
    return [
        {
            "name": "tickets-with-a-very-long-name-of-2026" if number % 2 else "tickets",
            "run_id": f"{number:08x}f00",
            "started": 1.79e9 - number * 3600,
            "status": ("FINISHED", "FAILED")[number % 2],
            "winner": (LONG, None)[number % 2],
            "f1": (0.876, None)[number % 2],
            "cost_usd": 1234.5,
            "candidates": 36,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("width", [80, 160])
def test_numbers_and_run_ids_are_never_broken(width):
    text = drawn(runs(listed(6)), width)
    assert max(map(len, text.splitlines())) <= width
    for whole in ("1234.50", "0.876", "00000004", "36", "failed"):
        assert whole in text
    board = board_of(LONG)
    board["candidates"][0]["tokens"] = 12_345_678
    assert "12,345,678" in drawn(leaderboard(board), width)
    text = drawn(contrasts("differences", [asdict(GAP)]), width)
    assert "+0.100 to +0.300" in text
    assert "…" not in text


def test_a_long_list_shows_the_newest_and_says_how_many_are_left():
    text = drawn(runs(listed(50), 20, " --store x"))
    assert "00000013" in text
    assert "00000014" not in text
    assert "30 older runs: synthlab list -n 0 --store x" in text
    assert "older" not in drawn(runs(listed(50)))


def test_the_year_is_told_where_it_differs():
    items = listed(2)
    assert "2026" not in drawn(runs([{**item, "name": "x"} for item in items]))
    items[1]["started"] -= 366 * 24 * 3600
    assert "2025" in drawn(runs(items))


def test_what_is_not_finished_says_so_at_every_width():
    items = [{**listed(1)[0], "status": "KILLED"}]
    assert "killed" in drawn(runs(items))
    assert "killed" in drawn(runs(items), 160)


def test_the_widest_view_that_fits_is_drawn():
    assert drawn(Either("x" * 100, "short"), 80) == "short\n"
    assert drawn(Either("x" * 70, "short"), 80) == "x" * 70 + "\n"


def test_markup_in_names_is_text_and_lists_hang():
    table = framed("t", {"name": "left"})
    assert "[red]x[/red]" in drawn(leaderboard(board_of("[red]x[/red]")))
    assert table.columns[0].overflow == "fold"
    lines = drawn(hung(["word " * 30]), 40).splitlines()
    assert lines[0].startswith("- word")
    assert all(line.startswith("  word") for line in lines[1:] if line.strip())


def test_short_candidates_are_told_below_their_name_where_there_is_no_room():
    board = board_of(LONG, missing=9)
    assert "short: tech 31 of 40" in drawn(leaderboard(board), 80)
    assert "short: tech 31 of 40" in drawn(leaderboard(board), 160)


def test_the_verdict_names_the_winner_and_what_is_not_known():
    result = made.result("r", [made.trial("attributes"), made.trial("direct")])
    board = from_result(replace(result, finals=None))
    assert verdict(board).startswith("attributes leads: ")
    assert "which the search has seen" in verdict(board)
    killed = {**board, "status": "KILLED"}
    assert verdict(killed).endswith("test rows were not opened.")
    assert "has a score" in verdict({**killed, "candidates": []})
