"""The clock that all processes of a budget share, on SQLite and on a real PostgreSQL server."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from synthlab.errors import BudgetError
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.journal.clock import covered
from synthlab.lm.journal.entries import Asked, Kept
from synthlab.records import Usage

ROOT = Path(__file__).parents[2]
CALL = Asked("a", "openai/m", "openai m", "generate", "prompt", 100, 0.01)


def start(url, seconds, budget="work"):
    script = str(Path(__file__).parent / "clock_worker.py")
    worker = subprocess.Popen(
        [sys.executable, script, url, budget, str(seconds / 60)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert json.loads(worker.stdout.readline()) == "ready"
    return worker


def ended(worker):
    """Seconds at work, and why it stopped."""
    said = json.loads(worker.stdout.readline())
    worker.wait(60)
    return said


def before(url, budget="work"):
    """Seconds on the clock, as the next process finds it."""
    journal = Journal(url, budget)
    found = journal._clock._before
    journal.close()
    return found


def an_hour_passes(url):
    """All that was noted until now is an hour old."""
    moved = "UPDATE synthlab_stretches SET began = began - 3600, ended = ended - 3600"
    with create_engine(url).begin() as connection:
        connection.execute(text(moved))


# Bounds are wide: a busy machine makes processes late, by a second and more.
def test_a_second_process_counts_the_time_of_the_first_and_both_stop_together(url):
    first = start(url, 5)
    time.sleep(2.5)
    second = start(url, 5)
    (long, why), (short, also) = ended(first), ended(second)
    assert "the cap of 0.0833333 minutes would be passed" in why
    assert "all processes together" in also
    assert long > 4.5
    assert short < 4.5  # alone, it would have had 5
    assert 4.5 < before(url) < 7  # not the sum


def test_time_in_which_nobody_works_is_not_counted_and_a_larger_cap_goes_on(url):
    ended(start(url, 1))
    an_hour_passes(url)
    found = before(url)
    assert 1 <= found < 60
    assert "would be passed" in ended(start(url, found))[1]
    assert ended(start(url, found + 5))[0] > 1


def test_another_budget_has_another_clock(url):
    ended(start(url, 0.5))
    assert before(url) > 0
    assert before(url, "other") == 0


def test_the_time_of_a_killed_process_is_counted_but_for_its_last_second(url):
    worker = start(url, 60)
    time.sleep(4)
    worker.kill()
    worker.wait(20)
    an_hour_passes(url)
    assert 1.5 < before(url) < 60


def test_what_is_kept_is_replayed_after_the_last_minute(url):
    journal = Journal(url, "work")
    assert journal.reserve(CALL) is None
    journal.settle(CALL, Kept("words", "stop", Usage(1, 10, 10, 0.002, 0.01)))
    journal.close()
    time.sleep(0.1)
    late = Journal(url, "work", Caps(minutes=0.0001))
    time.sleep(0.1)
    assert late.reserve(CALL).text == "words"
    with pytest.raises(BudgetError, match="minutes"):
        late.reserve(Asked("b", "openai/m", "openai m", "generate", "prompt", 100, 0.01))
    late.close()


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], 0),
        ([(0, 10)], 10),
        ([(0, 10), (5, 20)], 20),
        ([(0, 30), (5, 20)], 30),
        ([(50, 60), (0, 10)], 20),
        ([(90, 200), (150, 300)], 10),
        ([(5, 4)], 0),
    ],
    ids=["none", "one", "overlap", "inside", "apart", "until now", "a clock that was set back"],
)
def test_a_moment_counts_once_however_many_processes_work(spans, seconds):
    assert covered(spans, 100) == seconds
