"""``lm.mode: batch`` on both SDKs, against a server with both providers' batch APIs."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dspy
import pytest
from sqlalchemy import create_engine, text

from synthlab.errors import BudgetError, ConfigError, EngineError, UnansweredError
from synthlab.lm.base import LMSettings
from synthlab.lm.batch.desk import Deferred
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.session import Session
from synthlab.workflow.gather import gather
from tests.lm.batch_server import BatchServer
from tests.lm.batch_worker import TwoSteps, settings_for, writer_of

ROOT = Path(__file__).parents[2]
# 30 fresh tokens in, 10 from a cache, 60 out.
LIVE = (30 * 1.0 + 10 * 0.5 + 60 * 2.0) / 1e6
HALF = LIVE / 2


@pytest.fixture
def server():
    server = BatchServer()
    yield server
    server.close()


@pytest.fixture(params=["openai", "anthropic"])
def model(request, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    return f"{request.param}/m"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/calls.db"


@pytest.fixture
def opened(server, model, url):
    """Open sessions, each with a journal of its own; all are closed at the end."""
    closing = []

    def build(caps=None, sleep=None, budget="rows", **changes):
        journal = Journal(url, budget, caps)
        settings = settings_for(model, server.url, **changes)
        sleep = sleep or (lambda seconds: None)
        session = Session(settings, journal=journal, sleep=sleep)
        closing.extend([journal, session])
        return session

    yield build
    for one in reversed(closing):
        one.close()


@pytest.fixture
def one_step():
    return dspy.Predict(dspy.Signature("number -> text", "Draft row {number}."))


def made(session, program, rows=6, say=lambda text: None, done=lambda text: None):
    orders = rows if isinstance(rows, list) else range(rows)
    return gather(session, writer_of(session, program), orders, 4, done, say)


def draft(number):
    return f"answer to Draft row {number}."


def sql(url, asked):
    with create_engine(url).connect() as connection:
        return connection.execute(text(asked)).all()


def states(url):
    return dict(sql(url, "SELECT state, count(*) FROM synthlab_calls GROUP BY state"))


def money(url, budget="rows"):
    (row,) = sql(
        url,
        f"SELECT calls, usd, held_tokens, held_usd FROM synthlab_budgets WHERE id = '{budget}'",
    )
    return row


def test_a_program_of_two_steps_takes_two_batches_at_half_the_price(opened, server, url):
    session = opened()
    texts = made(session, TwoSteps())
    assert texts == [f"answer to Rewrite: {draft(n)}" for n in range(6)]
    assert len(server.batches) == 2
    assert set(server.executed.values()) == {1}
    assert not server.live
    paid = session.ledger.paid()
    assert paid == session.ledger.total()
    assert (paid.calls, paid.input_tokens, paid.cached_tokens) == (12, 480, 120)
    assert paid.cost_usd == pytest.approx(12 * HALF)
    assert money(url).usd == pytest.approx(12 * HALF)
    assert money(url).held_usd == pytest.approx(0, abs=1e-12)
    assert states(url) == {"done": 12}


def test_what_a_batch_has_answered_is_free_ever_after(opened, server, one_step):
    texts = made(opened(), one_step)
    live, again = opened(mode="live"), opened()
    assert made(live, one_step) == made(again, one_step) == texts
    assert live.ledger.paid().calls == again.ledger.paid().calls == 0
    assert len(server.batches) == 1
    assert not server.live


def test_progress_is_told_as_the_batch_comes_further(opened, one_step):
    said = []
    made(opened(), one_step, say=said.append)
    assert said[0] == "batch batch_0001: 6 calls submitted"
    assert any("in progress" in line for line in said)
    assert "6 of 6" in said[-1]


def start(model, server, url, rows=6, wait="0.02"):
    script = str(Path(__file__).parent / "batch_worker.py")
    return subprocess.Popen(
        [sys.executable, script, model, server.url, url, str(rows), wait],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def resumed(model, server, url):
    """What another process then makes, without its progress."""
    worker = start(model, server, url)
    said = [json.loads(line) for line in worker.communicate(timeout=60)[0].splitlines()]
    assert worker.returncode == 0
    return sorted(line for line in said if isinstance(line, str))


def paid_once(server, url, texts):
    assert texts == sorted(f"answer to Rewrite: {draft(n)}" for n in range(6))
    assert len(server.executed) == 12
    assert set(server.executed.values()) == {1}
    assert not server.live
    assert states(url) == {"done": 12}
    budget = money(url)
    assert budget.calls == 12
    assert budget.usd == pytest.approx(12 * HALF)
    assert budget.held_usd == pytest.approx(0, abs=1e-12)


def test_a_process_killed_while_it_waits_pays_nothing_twice(model, server, url):
    server.stuck = True
    worker = start(model, server, url)
    while "submitted" not in worker.stdout.readline():
        pass
    worker.kill()
    worker.wait(20)
    server.stuck = False
    paid_once(server, url, resumed(model, server, url))


def test_a_process_killed_before_it_could_note_the_id_pays_nothing_twice(model, server, url):
    server.hold = threading.Event()
    worker = start(model, server, url)
    assert server.created.wait(60)
    worker.kill()
    worker.wait(20)
    server.hold.set()
    server.hold = None
    (batch,) = {row.batch for row in sql(url, "SELECT batch FROM synthlab_calls")}
    assert batch.startswith("submitting:")
    paid_once(server, url, resumed(model, server, url))


@pytest.mark.parametrize("model", ["openai"], indirect=True)
def test_a_process_killed_before_it_submits_has_spent_nothing(model, server, url, opened, one_step):
    code = (
        "import os, sys; from tests.lm.batch_worker import *\n"
        "session = Session(settings_for(*sys.argv[1:3]), journal=Journal(sys.argv[3], 'rows'))\n"
        "session.flush = lambda say: os.kill(os.getpid(), 9)\n"
        "gather(session, writer_of(session, TwoSteps()), range(6), 4, say, say)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", code, model, server.url, url], check=False, env=env, timeout=60
    )
    assert states(url) == {"queued": 6}
    paid_once(server, url, sorted(made(opened(), TwoSteps())))
    assert {row.attempts for row in sql(url, "SELECT attempts FROM synthlab_calls")} == {1}


@pytest.mark.parametrize("model", ["openai"], indirect=True)
def test_ctrl_c_stops_at_once_and_loses_nothing(model, server, url):
    server.stuck = True
    worker = start(model, server, url, wait="")
    while "submitted" not in worker.stdout.readline():
        pass
    worker.send_signal(signal.SIGINT)
    said = worker.communicate(timeout=4)[0]
    assert "interrupted" in said
    server.stuck = False
    paid_once(server, url, resumed(model, server, url))


def test_what_expires_is_sent_live_at_the_live_price(opened, server, url, one_step):
    server.expire_after = 2
    session = opened()
    said = []
    assert made(session, one_step, say=said.append) == [draft(n) for n in range(6)]
    assert sum(server.executed.values()) == 2
    assert sum(server.live.values()) == 4
    assert session.ledger.paid().cost_usd == pytest.approx(2 * HALF + 4 * LIVE)
    assert money(url).usd == pytest.approx(2 * HALF + 4 * LIVE)
    assert any(line.startswith("4 calls were not done") for line in said)


def test_what_the_user_cancels_at_the_provider_is_sent_live(opened, server, one_step):
    session = opened(sleep=lambda seconds: server.cancel(server.batches["batch_0001"]))
    assert made(session, one_step) == [draft(n) for n in range(6)]
    assert sum(server.executed.values()) == 1
    assert sum(server.live.values()) == 5


def test_a_request_that_fails_fails_its_own_order_only(opened, server, url, one_step):
    bad = (400, "invalid_request_error", "the words are unfit")
    server.refuse = lambda prompt: bad if "row 3" in prompt else None
    session = opened()
    write = writer_of(session, one_step)

    def careful(number):
        try:
            return write(number)
        except UnansweredError as exc:
            return exc.what

    texts = gather(session, careful, range(6), 4, lambda text: None, lambda text: None)
    assert "the words are unfit" in texts[3]
    assert [t for n, t in enumerate(texts) if n != 3] == [draft(n) for n in range(6) if n != 3]
    assert session.ledger.paid().cost_usd == pytest.approx(5 * HALF)
    (row,) = sql(url, "SELECT error, cost_usd, lost_usd FROM synthlab_calls WHERE state = 'failed'")
    assert "the words are unfit" in row.error
    assert (row.cost_usd, row.lost_usd) == (None, 0)
    assert len(server.batches) == 1


def test_a_batch_in_which_every_request_fails_ends_the_run(opened, server, one_step):
    server.refuse = lambda prompt: (400, "invalid_request_error", "unfit")
    with pytest.raises(EngineError, match="unfit") as caught:
        made(opened(), one_step)
    assert not isinstance(caught.value, UnansweredError)


def test_a_request_that_met_a_busy_server_is_sent_live(opened, server, one_step):
    busy = (500, "api_error", "out of order")
    server.refuse = lambda prompt: busy if "row 3" in prompt else None
    assert made(opened(), one_step)[3] == draft(3)
    assert list(server.live) == ["Draft row 3."]


@pytest.mark.parametrize("model", ["openai"], indirect=True)
def test_a_batch_that_is_refused_as_a_whole_says_why_and_costs_nothing(
    opened, server, url, one_step
):
    server.turn_away = [("invalid_json_line", "This line is not parseable")]
    with pytest.raises(EngineError, match="This line is not parseable"):
        made(opened(), one_step)
    assert states(url) == {"failed": 6}
    assert tuple(money(url)) == (0, 0.0, 0, pytest.approx(0, abs=1e-12))
    assert made(opened(), one_step) == [draft(n) for n in range(6)]


@pytest.mark.parametrize("model", ["openai"], indirect=True)
def test_a_batch_too_much_is_submitted_again_when_another_has_ended(
    opened, server, one_step, monkeypatch
):
    monkeypatch.setattr("synthlab.lm.batch.openai.OpenAIBatches.requests", 3)
    server.turn_away = [None, ("token_limit_exceeded", "Enqueued token limit reached")]
    assert made(opened(), one_step) == [draft(n) for n in range(6)]
    assert len(server.batches) == 3
    assert set(server.executed.values()) == {1}


@pytest.mark.parametrize("limit", [{"requests": 4}, {"size": 1000}])
def test_more_than_one_batch_may_hold_goes_into_several(
    opened, server, model, one_step, monkeypatch, limit
):
    kind = "OpenAIBatches" if model.startswith("openai") else "AnthropicBatches"
    for name, value in limit.items():
        monkeypatch.setattr(f"synthlab.lm.batch.{model.partition('/')[0]}.{kind}.{name}", value)
    assert made(opened(), one_step, 10) == [draft(n) for n in range(10)]
    assert len(server.batches) > 1
    assert set(server.executed.values()) == {1}


def test_a_cap_in_usd_holds_at_batch_prices(opened, server, url, one_step):
    done = []
    cap = 20 * HALF
    with pytest.raises(BudgetError, match="stopped: budget"):
        made(opened(caps=Caps(usd=cap)), one_step, 100, done=done.append)
    assert cap / 2 < len(done) * HALF <= cap
    assert sum(server.executed.values()) == len(done)
    assert money(url).usd == pytest.approx(len(done) * HALF)
    assert len(server.batches) > 1  # money that was held and not spent went into a further one


def test_rows_that_were_queued_when_the_run_ended_are_not_counted(opened, url, one_step):
    session = opened()
    with pytest.raises(Deferred), session.scope():
        one_step(number="1")
    assert money(url).calls == 1
    session.close()
    assert tuple(money(url)) == (0, 0.0, 0, pytest.approx(0, abs=1e-12))
    assert states(url) == {"failed": 1}


class Fallback(dspy.Module):
    """Swallows every failure of its first call."""

    def __init__(self, swallowed):
        super().__init__()
        self.swallowed = swallowed
        self.first = dspy.Predict(dspy.Signature("number -> text", "Draft row {number}."))
        self.second = dspy.Predict(dspy.Signature("number -> text", "Instead of {number}."))

    def forward(self, number):
        try:
            return self.first(number=number)
        except self.swallowed:
            return self.second(number=number)


@pytest.mark.parametrize("swallowed", [Exception, BaseException])
def test_a_program_that_swallows_failures_asks_for_nothing_else(opened, server, swallowed):
    assert made(opened(), Fallback(swallowed)) == [draft(n) for n in range(6)]
    assert set(server.executed) == {f"Draft row {n}." for n in range(6)}


def test_a_batch_whose_id_got_lost_on_the_way_back_is_found(opened, server, one_step):
    server.drop = "after"
    assert made(opened(), one_step) == [draft(n) for n in range(6)]
    assert len(server.batches) == 1


def test_a_batch_that_got_lost_on_the_way_there_is_submitted_again(opened, server, one_step):
    server.drop = "before"
    assert made(opened(), one_step) == [draft(n) for n in range(6)]
    assert len(server.batches) == 1
    assert set(server.executed.values()) == {1}


def test_other_peoples_batches_are_not_taken_for_a_lost_one(opened, server, one_step):
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "theirs"}]}
    theirs = server.add({f"theirs-{n}": body for n in range(6)}, {"synthlab": "theirs"})
    server.drop = "after"
    session = opened(sleep=lambda seconds: setattr(theirs, "step", 9))
    assert made(session, one_step) == [draft(n) for n in range(6)]
    assert len(server.batches) == 2


def test_a_moment_without_the_provider_is_survived(opened, server, one_step):
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        server.fail = 2 if len(waits) == 1 else 0

    assert made(opened(sleep=sleep), one_step) == [draft(n) for n in range(6)]
    assert waits[0] == 5
    assert waits == sorted(waits)


def interrupt(seconds):
    raise KeyboardInterrupt


def test_looks_become_rarer_up_to_a_minute(opened, server, one_step):
    waits = []
    server.stuck = True

    def sleep(seconds):
        waits.append(seconds)
        server.stuck = len(waits) < 20

    made(opened(sleep=sleep), one_step)
    assert (waits[0], waits[15]) == (5, 60)


def test_answers_that_were_deleted_are_counted_as_paid_and_asked_again(
    opened, server, url, one_step
):
    with pytest.raises(KeyboardInterrupt):
        made(opened(sleep=interrupt), one_step)
    server.gone = True

    def back(text):
        server.gone = False if "deleted" in text else server.gone

    assert made(opened(), one_step, say=back) == [draft(n) for n in range(6)]
    assert set(server.executed.values()) == {2}
    (row,) = sql(url, "SELECT sum(cost_usd) AS usd, sum(lost_usd) AS lost FROM synthlab_calls")
    assert row.usd == pytest.approx(6 * HALF)
    assert row.lost >= 6 * HALF
    assert money(url).usd == pytest.approx(row.usd + row.lost)


def test_two_processes_with_the_same_rows_have_each_done_once(opened, server, url):
    sessions = [opened(), opened()]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda session: made(session, TwoSteps()), sessions))
    paid_once(server, url, sorted(both[0]))
    assert both[0] == both[1]


def test_the_budget_that_has_granted_a_call_pays_for_it(opened, server, url, one_step):
    server.stuck = True
    with pytest.raises(KeyboardInterrupt):
        made(opened(sleep=interrupt, budget="first"), one_step)
    server.stuck = False
    session = opened(budget="second")
    assert made(session, one_step) == [draft(n) for n in range(6)]
    assert money(url, "first").usd == pytest.approx(6 * HALF)
    assert money(url, "first").held_usd == pytest.approx(0, abs=1e-12)
    assert session.ledger.paid().calls == 0


def test_money_that_an_abandoned_batch_holds_is_freed_by_fetching_it(
    opened, server, model, url, one_step
):
    cap = Caps(usd=0.001)
    journal = Journal(url, "rows", cap)
    settings = settings_for(model, server.url)
    session = Session(settings, journal=journal, sleep=interrupt)
    with session, pytest.raises(KeyboardInterrupt):
        made(session, one_step, 4)
    journal.close()
    assert money(url).held_usd > cap.usd / 2
    others = list(range(10, 14))
    with pytest.raises(BudgetError, match="are reserved"):
        made(opened(caps=cap, mode="live"), one_step, others)
    server.live.clear()
    assert made(opened(caps=cap), one_step, others) == [draft(n) for n in others]
    assert set(server.executed.values()) == {1}
    assert money(url).usd == pytest.approx(8 * HALF)
    assert states(url) == {"done": 8}


def test_a_live_session_does_not_pay_for_what_is_in_a_batch(opened, server, one_step):
    server.stuck = True
    seen = []

    def sleep(seconds):
        if not seen:
            with pytest.raises(EngineError, match="part of the batch batch_0001"):
                made(opened(mode="live"), one_step)
            seen.append(True)
        server.stuck = False

    made(opened(sleep=sleep), one_step)
    assert seen
    assert not server.live


def test_a_session_that_is_closed_while_it_waits_says_so(opened, server, one_step):
    server.stuck = True
    session = opened(sleep=lambda seconds: session.close())
    with pytest.raises(EngineError, match="session was closed"):
        made(session, one_step)


def test_the_time_of_a_budget_ends_a_wait(opened, server, one_step):
    server.stuck = True
    with pytest.raises(BudgetError, match="minutes"):
        made(opened(caps=Caps(minutes=0.02)), one_step)


def test_live_mode_makes_no_rounds_and_flushes_nothing(opened, server, one_step):
    session = opened(mode="live")
    assert made(session, one_step) == [draft(n) for n in range(6)]
    session.flush()
    assert not server.batches


def test_a_server_without_batches_says_so(opened, url, one_step, server):
    settings = opened().settings
    address = settings.base_url.replace(server.url, f"{server.url}/nowhere")
    session = opened(base_url=address)
    with session, pytest.raises(EngineError, match="it takes no batches"):
        made(session, one_step)
    assert states(url) == {"failed": 6}
    assert tuple(money(url)) == (0, 0.0, 0, pytest.approx(0, abs=1e-12))


def test_batches_need_a_journal_and_a_provider(model, server):
    with pytest.raises(ConfigError, match=r"lm\.mode: batch needs the journal"):
        Session(settings_for(model, server.url))
    for other in ("fake/words", "embedded/smollm2-135m-instruct"):
        with pytest.raises(EngineError, match="batch is for anthropic and openai models"):
            Session(LMSettings(other, mode="batch"))
