"""Processes that are killed, or that share a cap: nothing is lost, and little is paid twice."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from synthlab.lm.journal.tables import METADATA
from tests.lm.rows_worker import WORKERS
from tests.lm.stub_server import TOKENS_IN, TOKENS_OUT, StubServer

ROOT = Path(__file__).parents[2]
COST = (TOKENS_IN * 1.0 + TOKENS_OUT * 2.0) / 1e6


@pytest.fixture
def stub():
    server = StubServer(latency=0.02)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/calls.db"
    return request.getfixturevalue("postgres_url")


def start(stub, url, first, last, cap=""):
    script = str(Path(__file__).parent / "rows_worker.py")
    return subprocess.Popen(
        [sys.executable, script, stub.url, url, str(first), str(last), str(cap)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def empty(url):
    with create_engine(url).begin() as connection:
        METADATA.drop_all(connection)


def sums(url):
    asked = (
        "SELECT sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END) AS done, sum(attempts) AS sent, "
        "sum(input_tokens) AS tokens_in, sum(output_tokens) AS tokens_out, sum(cost_usd) AS usd, "
        "sum(lost_usd) AS lost, sum(held_usd) AS held FROM synthlab_calls"
    )
    with create_engine(url).connect() as connection:
        calls = connection.execute(text(asked)).one()
        budget = connection.execute(
            text("SELECT calls, usd, held_usd FROM synthlab_budgets WHERE id = 'rows'")
        ).one()
    return calls, budget


def killed_once(stub, url, rows, draw):
    """Kill a worker after a random number of rows; what the next one then finds and makes."""
    empty(url)
    stub.counts.clear()
    worker = start(stub, url, 0, rows)
    for _ in range(draw.randrange(1, rows)):
        worker.stdout.readline()
    time.sleep(draw.uniform(0, 0.02))
    worker.kill()
    worker.wait(20)
    said = [
        json.loads(line)
        for line in start(stub, url, 0, rows).communicate(timeout=120)[0].splitlines()
    ]
    return set(said[1:])


def check(stub, url, rows, texts):
    assert texts == {f"answer to Write row {number}." for number in range(rows)}
    twice = stub.requests - rows
    assert 0 <= twice <= WORKERS
    calls, budget = sums(url)
    assert calls.done == rows
    assert (calls.tokens_in, calls.tokens_out) == (rows * TOKENS_IN, rows * TOKENS_OUT)
    assert calls.usd == pytest.approx(rows * COST)
    # A call that was reserved but not yet sent when the process died counts as sent.
    assert stub.requests <= calls.sent <= rows + WORKERS
    assert budget.calls == calls.sent
    assert budget.usd == pytest.approx(calls.usd + calls.lost)
    assert budget.held_usd == pytest.approx(0, abs=1e-12)
    return twice


def test_a_killed_process_loses_no_row_and_pays_for_few_twice(stub, url):
    draw = random.Random(1)
    check(stub, url, 120, killed_once(stub, url, 120, draw))


@pytest.mark.slow
def test_twenty_kills_of_six_hundred_rows(stub, url, capsys):
    draw = random.Random(2)
    twice = [check(stub, url, 600, killed_once(stub, url, 600, draw)) for _ in range(20)]
    with capsys.disabled():
        print(f"\n{url.split(':')[0]}: paid twice in 20 kills of 600 rows: {sorted(twice)}")


def test_two_processes_share_one_cap_and_never_pass_it(stub, url):
    empty(url)
    cap = 150 * COST
    workers = [start(stub, url, 0, 200, cap), start(stub, url, 200, 400, cap)]
    said = [worker.communicate(timeout=120)[0] for worker in workers]
    assert all("stopped: budget" in text for text in said)
    calls, budget = sums(url)
    assert stub.requests == calls.sent == calls.done
    assert stub.requests * COST <= cap
    assert budget.usd == pytest.approx(stub.requests * COST)
    assert stub.requests > 100


def test_two_processes_with_the_same_rows_send_each_once(stub, url):
    empty(url)
    workers = [start(stub, url, 0, 100), start(stub, url, 0, 100)]
    said = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [len(text.splitlines()) for text in said] == [101, 101]
    assert set(stub.counts.values()) == {1}
