"""What a long delivery says while it runs, and at its end."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from synthlab.deliveries import Delivery, Origin
from synthlab.measures import Measure, Panel
from synthlab.records import Usage
from synthlab.report.volume import Volume, as_json, delivered, drift_view

ORIGIN = Origin("news@champion", "3", "run")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def volume(terminal: bool = False, width: int = 100) -> tuple[Volume, io.StringIO, Clock]:
    out, clock = io.StringIO(), Clock()
    console = Console(file=out, width=width, force_terminal=terminal)
    return Volume(console, clock), out, clock


def work(told: Volume, clock: Clock, seconds: float, rows: int, there: int = 0) -> None:
    told.begin("news", 1000, "")
    told.kept(there)
    for place in range(rows):
        clock.now += seconds / rows
        told.row(Usage(1, 10, 10, 0.001))
        if place % 50 == 49:
            told.kept(there + place + 1)


def test_a_log_gets_a_line_now_and_then_with_rows_cost_and_time_left():
    told, out, clock = volume()
    with told:
        work(told, clock, 100, 200)
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[-1] == "180 of 1,000 rows  0.18 of about 1.00 USD  7 min left"


def test_rows_that_were_there_already_cost_nothing_now_and_take_no_time():
    told, out, clock = volume()
    with told:
        work(told, clock, 40, 100, there=800)
    assert out.getvalue().strip() == "875 of 1,000 rows  0.08 of about 0.20 USD  50 s left"


def test_an_unknown_price_says_so_and_a_local_model_costs_nothing():
    told, _, clock = volume()
    told.begin("news", 100, "")
    told.kept(0)
    told.row(Usage(1, 1, 1, None))
    clock.now += 1
    assert told.said(50) == "50 of 100 rows  unknown USD  1 s left"


@pytest.mark.parametrize("width", [80, 160])
def test_a_terminal_gets_one_line_that_fits(width):
    told, out, clock = volume(terminal=True, width=width)
    with told:
        work(told, clock, 100, 200)
        told.note("warning: drifted")
        told.bar.refresh()
        shown = out.getvalue()
        told.end(None)
    assert "of 1,000 rows" in shown
    assert "left" in shown
    assert "warning: drifted" in shown


def made(**more) -> Delivery:
    usage = Usage(1100, 9000, 9000, 1.5)
    base = Delivery(
        Path("out"),
        {"a": 600, "b": 400},
        {"duplicate": 100},
        usage,
        (Path("out/data/train-00000-of-00001.parquet"),),
        added=1000,
        paid=usage,
    )
    return replace(base, **more)


def drifted() -> Panel:
    details = {"p": 0.0001}
    return Panel(
        (
            Measure("auc", "drift", 0.9, "near", "AUC", "they differ", "bad", 0.5, details=details),
            Measure("words", "drift", 20, "near", "words", "20 words", "good", 20, details=details),
        )
    )


def test_the_end_says_what_was_written_what_it_cost_and_how_to_load_it():
    said = delivered(ORIGIN, made(unchecked="there are few rows"))
    assert said.splitlines()[0] == "1,000 rows of news@champion (version 3) in out/"
    assert "a 600, b 400" in said
    assert "1.50 USD, 1,100 calls" in said
    assert "duplicate 100" in said
    assert "not checked: there are few rows" in said
    assert said.endswith('datasets.load_dataset("out", split="train")')


def test_the_end_of_a_command_that_went_on_says_what_it_added_and_paid():
    said = delivered(ORIGIN, made(added=200, paid=Usage(150, 1, 1, 0.2), drift=drifted()))
    assert "(200 of them now)" in said
    assert "paid now 0.20 USD, 150 calls" in said
    assert "found in auc" in said


def test_json_holds_the_drift_and_whether_it_was_checked():
    found = json.loads(json.dumps(as_json(ORIGIN, made(drift=drifted()))))
    assert found["drifted"] is True
    assert [item["name"] for item in found["drift"]] == ["auc", "words"]
    assert as_json(ORIGIN, made())["drifted"] is None


@pytest.mark.parametrize("width", [80, 160])
def test_the_check_is_a_table_with_what_drifted_in_words(width):
    console = Console(file=io.StringIO(), width=width)
    console.print(drift_view(ORIGIN, drifted()))
    text = console.file.getvalue()
    assert "drifted" in text
    assert "they differ" in text
    assert "20 words" not in text
