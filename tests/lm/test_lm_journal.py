"""A session with a journal: what is sent, what is replayed, what a cap stops."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text

from synthlab.errors import BudgetError, EngineError
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.session import Session

PRICE = Price(input=1.0, output=2.0)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/calls.db"


def journal_rows(url, columns):
    with create_engine(url).connect() as connection:
        return connection.execute(text(f"SELECT {columns} FROM synthlab_calls ORDER BY key")).all()


def write(session, writer, seed=1, label="football"):
    with session.scope(seed=seed) as scope:
        return writer(label=label).text, scope


def test_a_second_session_pays_nothing_for_what_the_first_one_made(writer, url):
    settings = LMSettings("fake/words", price=PRICE)
    with Session(settings, journal=Journal(url)) as session:
        first, paid = write(session, writer)
        assert session.ledger.paid() == session.ledger.total() == paid.usage
    with Session(settings, journal=Journal(url)) as session:
        again, replayed = write(session, writer)
        assert session.ledger.paid().calls == 0
        assert session.ledger.total() == paid.usage
    assert again == first
    assert replayed.usage == paid.usage
    assert [call.replayed for call in (*paid.calls, *replayed.calls)] == [False, True]


def test_another_seed_prompt_or_temperature_is_another_call(writer, url):
    journal = Journal(url)
    with Session(LMSettings("fake/words"), journal=journal) as session:
        write(session, writer, seed=1)
        write(session, writer, seed=2)
        write(session, writer, label="chess")
    with Session(LMSettings("fake/words", temperature=0.1), journal=journal) as session:
        write(session, writer, seed=1)
    assert len(journal_rows(url, "key")) == 4


def test_a_call_is_kept_with_its_prompt_answer_and_usage(writer, url):
    with Session(LMSettings("fake/words", price=PRICE), journal=Journal(url, run="r1")) as session:
        answer, scope = write(session, writer)
    (row,) = journal_rows(url, "*")
    assert (row.state, row.run, row.purpose) == ("done", "r1", "generate")
    assert (row.prompt, row.answer) == (scope.prompts[0], answer)
    assert (row.input_tokens, row.output_tokens) == (
        scope.usage.input_tokens,
        scope.usage.output_tokens,
    )
    assert row.cost_usd == pytest.approx(scope.usage.cost_usd)
    assert (row.model, row.backend) == ("fake/words", session.identity)


def test_a_failed_call_is_kept_as_failed_and_sent_again_next_time(writer, url):
    journal = Journal(url)
    with Session(LMSettings("fake/stop-after-0"), journal=journal) as session:
        for _ in range(2):
            with pytest.raises(EngineError, match="went away"):
                write(session, writer)
    (row,) = journal_rows(url, "state, error, attempts, held_tokens")
    assert (row.state, row.attempts, row.held_tokens) == ("failed", 2, 0)
    assert "went away" in row.error


def test_every_attempt_is_counted_in_the_journal(writer, url):
    with Session(LMSettings("fake/flaky"), journal=Journal(url)) as session:
        _, scope = write(session, writer)
    assert scope.calls[0].attempts == 2
    assert journal_rows(url, "state, attempts")[0] == ("done", 2)


def test_a_cap_on_money_is_never_passed_by_many_threads(writer, url):
    cap = 0.002
    journal = Journal(url, caps=Caps(usd=cap))
    stopped = []

    def one(seed):
        try:
            write(session, writer, seed)
        except BudgetError as exc:
            stopped.append(exc)

    settings = LMSettings("fake/words", price=PRICE, max_tokens=30, concurrency=16)
    with Session(settings, journal=journal) as session, ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(100)))
        spent = session.ledger.paid().cost_usd
    assert stopped
    assert cap / 2 < spent <= cap
    with create_engine(url).connect() as connection:
        usd, held = connection.execute(text("SELECT usd, held_usd FROM synthlab_budgets")).one()
    assert usd == pytest.approx(spent)
    assert held == pytest.approx(0, abs=1e-12)


def test_what_the_guard_stops_is_never_reserved(writer, url):
    def guard(prompt):
        raise EngineError("no")

    with (
        Session(LMSettings("fake/words"), guard, journal=Journal(url)) as session,
        pytest.raises(EngineError),
    ):
        write(session, writer)
    assert journal_rows(url, "key") == []
