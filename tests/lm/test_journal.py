"""The journal of LM calls, on SQLite and on a real PostgreSQL server."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text

from synthlab.errors import BudgetError, ConfigError, StorageError
from synthlab.lm.journal.batches import Batches
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.journal.entries import Asked, Batched, Kept
from synthlab.lm.journal.query import Calls
from synthlab.records import Usage


@pytest.fixture
def opened(url):
    """Open journals on one database; all are closed at the end."""
    journals = []

    def build(**options):
        journals.append(Journal(url, **options))
        return journals[-1]

    yield build
    for journal in journals:
        journal.close()


def ask(key, tokens=100, usd=0.01):
    return Asked(key, "openai/m", "openai m", "generate", f"prompt {key}", tokens, usd)


def kept(text="an answer", tokens=30, usd=0.002):
    return Kept(text, "stop", Usage(1, tokens - 10, 10, usd, 0.5))


def rows(url, columns="*", where="1=1"):
    with create_engine(url).connect() as connection:
        return connection.execute(
            text(f"SELECT {columns} FROM synthlab_calls WHERE {where} ORDER BY key")
        ).all()


def money(url, budget=""):
    with create_engine(url).connect() as connection:
        return connection.execute(
            text(
                "SELECT calls, tokens, usd, held_tokens, held_usd FROM synthlab_budgets "
                f"WHERE id = '{budget}'"
            )
        ).one()


def test_a_call_that_is_done_is_replayed_to_the_next_process(opened):
    first = opened()
    assert first.reserve(ask("a")) is None
    first.settle(ask("a"), kept("words", 30, 0.002))
    again = opened().reserve(ask("a"))
    assert (again.text, again.finish, again.replayed) == ("words", "stop", True)
    assert (again.usage.tokens, again.usage.cost_usd) == (30, 0.002)


def test_money_is_held_while_a_call_is_under_way_and_settled_to_the_true_cost(opened, url):
    journal = opened()
    journal.reserve(ask("a"))
    assert tuple(money(url)) == (1, 0, 0.0, 100, 0.01)
    journal.settle(ask("a"), kept("words", 30, 0.002))
    assert tuple(money(url)) == (1, 30, 0.002, 0, 0.0)


def test_a_failed_call_costs_nothing_unless_it_may_have_been_paid(opened, url):
    journal = opened()
    journal.reserve(ask("a"))
    journal.fail(ask("a"), "429", maybe_paid=False)
    assert tuple(money(url)) == (1, 0, 0.0, 0, 0.0)
    journal.reserve(ask("b"))
    journal.fail(ask("b"), "no answer in time", maybe_paid=True)
    assert tuple(money(url)) == (2, 100, 0.01, 0, 0.0)
    assert [tuple(row) for row in rows(url, "key, state, lost_tokens, lost_usd")] == [
        ("a", "failed", 0, 0.0),
        ("b", "failed", 100, 0.01),
    ]


def test_a_failed_call_may_be_asked_again(opened, url):
    journal = opened()
    journal.reserve(ask("a"))
    journal.fail(ask("a"), "500", maybe_paid=True)
    assert journal.reserve(ask("a")) is None
    journal.settle(ask("a"), kept("words", 30, 0.002))
    assert rows(url, "state, attempts, error, lost_usd")[0] == ("done", 2, None, 0.01)
    assert money(url).usd == pytest.approx(0.012)


def test_each_further_attempt_is_reserved_too(opened, url):
    journal = opened(caps=Caps(calls=2))
    journal.reserve(ask("a"))
    journal.renew(ask("a"), maybe_paid=True)
    assert tuple(money(url)) == (2, 100, 0.01, 100, 0.01)
    with pytest.raises(BudgetError, match="2 calls"):
        journal.renew(ask("a"), maybe_paid=False)
    assert tuple(money(url)) == (2, 100, 0.01, 0, 0.0)
    assert rows(url, "state")[0].state == "failed"


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        (Caps(usd=0.025), "0.025 USD would be passed: 0.004000 USD are spent"),
        (Caps(tokens=150), "150 tokens would be passed: 60 are spent"),
        (Caps(calls=2), "2 calls would be passed: 2 were sent"),
    ],
)
def test_no_call_is_let_through_that_could_pass_a_cap(opened, caps, said):
    journal = opened(caps=caps)
    for key in "ab":
        assert journal.reserve(ask(key, tokens=90)) is None
        journal.settle(ask(key), kept("words", 30, 0.002))
    with pytest.raises(BudgetError) as caught:
        journal.reserve(ask("c", tokens=100, usd=0.022))
    assert "stopped: budget" in str(caught.value)
    assert said in str(caught.value)
    assert "--set budget." in str(caught.value)


def test_time_is_a_cap_too(opened):
    journal = opened(caps=Caps(minutes=0.001))
    time.sleep(0.1)
    with pytest.raises(BudgetError, match=r"0\.001 minutes"):
        journal.reserve(ask("a"))


def test_a_call_waits_for_money_that_is_only_held(opened):
    journal = opened(caps=Caps(usd=0.015))
    journal.reserve(ask("a"))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(journal.reserve, ask("b"))
        time.sleep(0.2)
        assert not waiting.done()
        journal.settle(ask("a"), kept("words", 30, 0.002))
        assert waiting.result(5) is None


def test_a_larger_cap_goes_on_where_the_smaller_one_stopped(opened):
    first = opened(budget="x", caps=Caps(usd=0.01))
    first.reserve(ask("a"))
    first.settle(ask("a"), kept("words", 30, 0.008))
    with pytest.raises(BudgetError):
        first.reserve(ask("b"))
    second = opened(budget="x", caps=Caps(usd=0.02))
    assert second.reserve(ask("a")).replayed
    assert second.reserve(ask("b")) is None
    second.settle(ask("b"), kept("words", 30, 0.008))
    with pytest.raises(BudgetError):
        second.reserve(ask("c"))


def test_budgets_do_not_mix(opened):
    one = opened(budget="x", caps=Caps(calls=1))
    other = opened(budget="y", caps=Caps(calls=1))
    assert one.reserve(ask("a")) is None
    assert other.reserve(ask("b")) is None


def test_equal_calls_at_the_same_time_are_sent_once(opened):
    journals = [opened(), opened()]
    sent = []

    def call(number):
        journal = journals[number % 2]
        found = journal.reserve(ask("a"))
        if found is None:
            sent.append(number)
            time.sleep(0.2)
            journal.settle(ask("a"), kept("once"))
            return "once"
        return found.text

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(call, range(8))) == {"once"}
    assert len(sent) == 1


def test_many_threads_share_transactions_and_lose_nothing(opened, url):
    journal = opened()

    def call(number):
        asked = ask(f"{number:03d}")
        assert journal.reserve(asked) is None
        journal.settle(asked, kept(f"text {number}"))

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(call, range(300)))
    assert len(rows(url, "key", "state = 'done'")) == 300
    assert tuple(money(url))[:2] == (300, 9000)
    assert money(url).usd == pytest.approx(0.6)


CRASH = """
import os, sys
from synthlab.lm.journal.batches import Batches
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.entries import Asked
journal = Journal(sys.argv[1], "x")
journal.reserve(Asked("a", "openai/m", "openai m", "generate", "p", 100, 0.01))
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_had_reserved_is_counted_as_lost_and_asked_again(opened, url):
    subprocess.run([sys.executable, "-c", CRASH, url], check=False, timeout=60)
    assert tuple(money(url, "x")) == (1, 0, 0.0, 100, 0.01)
    journal = opened(budget="x")
    assert tuple(money(url, "x")) == (1, 100, 0.01, 0, 0.0)
    assert journal.reserve(ask("a")) is None
    journal.settle(ask("a"), kept("words", 30, 0.002))
    assert rows(url, "state, attempts, lost_tokens")[0] == ("done", 2, 100)


def test_a_dead_process_is_succeeded_in_the_same_transaction_as_other_calls(opened, url):
    journal = opened(budget="x")
    journal.reserve(ask("b"))
    journal.fail(ask("b"), "500", maybe_paid=False)
    subprocess.run([sys.executable, "-c", CRASH, url], check=False, timeout=60)
    # Threads that share a transaction: one asks for the failed call, one for the dead process's.
    journal.transact(lambda tx: [tx.reserve(ask("b")), tx.reserve(ask("a"))], "a", "b")
    assert [tuple(row) for row in rows(url, "key, state, attempts, held_tokens")] == [
        ("a", "reserved", 2, 100),
        ("b", "reserved", 2, 100),
    ]
    assert tuple(money(url, "x")) == (4, 100, 0.01, 200, 0.02)


def test_a_journal_that_closes_gives_up_what_it_waits_for(opened, url):
    journal = opened()
    journal.reserve(ask("a"))
    journal.close()
    assert tuple(money(url)) == (1, 100, 0.01, 0, 0.0)
    assert opened().reserve(ask("a")) is None


def test_calls_of_a_batch_are_found_again(opened):
    first = opened()
    first.reserve(ask("a"))
    Batches(first).submit(["a"], "batch_1")
    assert opened().reserve(ask("a")) == Batched("batch_1")


def test_an_answer_without_reported_usage_is_flagged(opened, url):
    journal = opened()
    journal.reserve(ask("a"))
    usage = Usage(1, 100, 0, 0.01, 0.5)
    journal.settle(ask("a"), Kept("words", "stop", usage, assumed=True))
    assert rows(url, "assumed, cost_usd")[0] == (True, 0.01)


def test_a_journal_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(StorageError, match="journal of LM calls"):
        Journal(f"sqlite:///{tmp_path}/no/such/folder/calls.db")
    with pytest.raises(StorageError, match="not a database URL"):
        Journal("calls.db")


def test_the_address_is_shown_without_its_password(tmp_path):
    with pytest.raises(StorageError) as caught:
        Journal("postgresql+psycopg://me:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(caught.value)


def test_an_answer_outlives_a_journal_that_fails_under_it(opened, monkeypatch):
    journal = opened()
    journal.reserve(ask("a"))
    monkeypatch.setattr(
        "synthlab.lm.journal.book.writing",
        lambda connection: (_ for _ in ()).throw(StorageError("disk full")),
    )
    journal.settle(ask("a"), kept())
    with pytest.raises(StorageError, match="could not be kept"):
        journal.reserve(ask("b"))


def test_waiting_threads_end_when_the_journal_is_closed(opened):
    journal = opened(caps=Caps(usd=0.015))
    journal.reserve(ask("a"))
    said = []

    def wait():
        try:
            journal.reserve(ask("b"))
        except StorageError as exc:
            said.append(exc.what)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.2)
    journal.close()
    thread.join(5)
    assert said
    assert "closed" in said[0]


def test_calls_are_summed_by_run_model_and_purpose_and_exported(opened, url):
    for run in ("r1", "r2"):
        journal = opened(run=run)
        for number in range(3):
            asked = ask(f"{run}-{number}")
            journal.reserve(asked)
            if number < 2:
                journal.settle(asked, kept("words", 30, 0.002))
            else:
                journal.fail(asked, "no answer in time", maybe_paid=True)
    calls = Calls(url)
    first, second = calls.sums()
    assert (first["run"], first["model"], first["purpose"]) == ("r1", "openai/m", "generate")
    assert (first["calls"], first["failed"], first["attempts"]) == (2, 1, 3)
    assert (first["input_tokens"], first["output_tokens"]) == (40, 20)
    assert first["cost_usd"] == pytest.approx(0.004)
    assert first["lost_usd"] == pytest.approx(0.01)
    assert second["run"] == "r2"
    assert [row["calls"] for row in calls.sums(["purpose"])] == [4]
    assert len(list(calls.each())) == 6
    assert {call["run"] for call in Calls(url, ["r2"]).each()} == {"r2"}
    with pytest.raises(ConfigError, match="cannot group calls by 'prompt'"):
        calls.sums(["prompt"])


def test_an_answer_that_comes_after_the_journal_was_closed_is_counted_once(opened, url):
    journal = opened()
    journal.reserve(ask("a"))
    journal.reserve(ask("b"))
    journal.close()
    assert money(url).usd == pytest.approx(0.02)
    journal.settle(ask("a"), kept("words", 30, 0.002))
    journal.fail(ask("b"), "429", maybe_paid=False)
    assert money(url).usd == pytest.approx(0.002)
    assert tuple(rows(url, "state, lost_tokens", "key = 'a'")[0]) == ("done", 0)
    assert opened().reserve(ask("a")).text == "words"


def test_no_attempt_is_granted_after_the_last_minute(opened):
    journal = opened(caps=Caps(minutes=0.005))
    journal.reserve(ask("a"))
    time.sleep(0.5)
    with pytest.raises(BudgetError, match="minutes"):
        journal.renew(ask("a"), maybe_paid=False)


def test_a_process_that_was_taken_for_dead_is_known_again(opened, url, monkeypatch):
    sleeper = opened()
    with create_engine(url).begin() as connection:
        connection.execute(text("DELETE FROM synthlab_owners"))
    monkeypatch.setattr("synthlab.lm.journal.owners.BEAT_S", 0.0)
    assert sleeper.reserve(ask("a")) is None
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(opened().reserve, ask("a"))
        time.sleep(0.3)
        assert not waiting.done()
        sleeper.settle(ask("a"), kept("once"))
        assert waiting.result(5).text == "once"


def test_what_no_database_can_hold_is_cleaned(opened, url):
    journal = opened()
    odd = Asked("a", "openai/m", "openai m", "generate", "half \ud83d and \0", 100, 0.01)
    journal.reserve(odd)
    journal.settle(odd, kept("half \ud83d and \0"))
    assert opened().reserve(odd).text == "half ? and "
    journal.reserve(ask("b"))
    journal.fail(ask("b"), "half \ud83d", maybe_paid=False)
    assert rows(url, "error", "key = 'b'")[0].error == "half ?"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://127.0.0.1:1/db?user=me&password=hunter2",
        "postgresql+psycopg://me:hunter2@ss@127.0.0.1:1/db",
    ],
)
def test_a_password_anywhere_in_the_address_stays_out_of_messages(address):
    with pytest.raises(StorageError) as caught:
        Journal(address)
    assert "hunter2" not in str(caught.value)
