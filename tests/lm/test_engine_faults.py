"""What a broken server does to a call, through both SDKs; and what a message may say."""

import contextlib
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from synthlab.errors import ContextError, EngineError, RetryableError
from synthlab.lm.anthropic_sdk import AnthropicEngine
from synthlab.lm.base import LMSettings, Overloaded, Price, Unreachable, engine_class
from synthlab.lm.headers import retry_after, used_up
from synthlab.lm.session import Session
from tests.lm.asking import HI
from tests.lm.conftest import PRICE
from tests.lm.fault_server import REFUSAL

KEY = "sk-planted-0123456789abcdef"
# What a later attempt may survive, and whether the failed one may be on the bill.
FAILING = {
    "server-error": False,
    "bad-gateway": False,
    "unavailable": False,
    "at-capacity": False,
    "overloaded": False,
    "busy": False,
    "gateway-timeout": True,
    "cut": True,
    "reset": True,
    "broken-json": True,
    "broken-letters": True,
    "no-choices": True,
    "error-inside": True,
}


@pytest.fixture
def engine(faults, sdk):
    """Open an engine whose server has a fault."""
    opened = []

    def build(fault, **settings):
        url = faults.url(fault)
        base_url = f"{url}/v1" if sdk == "openai" else url
        chosen = LMSettings(f"{sdk}/m", base_url=base_url, **settings)
        opened.append(engine_class(chosen)(chosen))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


def fails_with(session, writer, kind=EngineError):
    with pytest.raises(kind) as caught, session.scope():
        writer(label="football")
    assert not isinstance(caught.value, RetryableError)
    assert session.ledger.total().calls == 0
    return str(caught.value)


def test_a_rate_limit_is_waited_out_as_the_server_asks(faulty, writer):
    session, _, waits = faulty("rate-limit")
    with session.scope() as scope:
        assert writer(label="football").text == "a fine answer"
    assert len(waits) == 1
    assert 2.0 < waits[0] <= 8.0
    assert scope.calls[0].attempts == 2


def test_a_wait_of_an_hour_ends_the_run_instead(faulty, writer, faults):
    session, url, waits = faulty("far-future")
    assert "asks to wait 3600 s" in fails_with(session, writer)
    assert faults.count(url) == 1
    assert waits == []


def test_closing_ends_the_calls_that_wait_for_another_attempt(faults, sdk, writer):
    url = faults.url("rate-limit")
    session = Session(LMSettings(f"{sdk}/m", base_url=url))

    def call():
        with session.scope():
            return writer(label="football")

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call)
        while not faults.count(url):
            time.sleep(0.01)
        session.close()
        with pytest.raises(EngineError, match="closed"):
            future.result()
    assert faults.count(url) == 1


@pytest.mark.parametrize("fault", FAILING)
def test_a_failing_server_is_tried_again_and_then_named(fault, faulty, writer, faults):
    session, url, waits = faulty(fault)
    text = fails_with(session, writer)
    assert faults.count(url) == 3
    assert "3 attempts" in text
    assert url in text
    assert "try:" in text
    assert len(waits) == 2
    assert 0 <= waits[0] <= 0.5
    assert 0 <= waits[1] <= 1.0


@pytest.mark.parametrize("fault", FAILING)
def test_what_may_be_on_the_bill_is_told(fault, engine):
    with pytest.raises(RetryableError) as caught:
        engine(fault).complete(HI)
    assert caught.value.maybe_paid is FAILING[fault]


@pytest.mark.parametrize("fault", FAILING)
def test_only_what_asks_for_fewer_requests_is_an_overload(fault, engine):
    with pytest.raises(RetryableError) as caught:
        engine(fault).complete(HI)
    crowded = fault in ("busy", "overloaded", "at-capacity")
    assert isinstance(caught.value, Overloaded) is crowded


@pytest.mark.parametrize("fault", ["slow", "drip"])
def test_an_answer_that_is_not_complete_in_time_may_be_on_the_bill(fault, engine):
    with pytest.raises(RetryableError, match=r"no answer within 0\.3 s") as caught:
        engine(fault, timeout_s=0.3).complete(HI)
    assert caught.value.maybe_paid is True


def test_a_slow_answer_is_an_answer(engine):
    assert engine("slow").complete(HI).message.text == "a fine answer"


def test_a_connection_that_was_never_made_is_not_on_the_bill(sdk):
    settings = LMSettings(f"{sdk}/m", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(Unreachable) as caught:
        engine_class(settings)(settings).complete(HI)
    assert caught.value.maybe_paid is False


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels queue more connections")
def test_a_host_that_does_not_answer_at_all_cannot_be_reached(sdk):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        # The queue of a server that never accepts is full after this one.
        queued = socket.create_connection(address)
        settings = LMSettings(f"{sdk}/m", base_url=f"http://127.0.0.1:{address[1]}", timeout_s=0.3)
        with pytest.raises(Unreachable, match="cannot connect: timed out") as caught:
            engine_class(settings)(settings).complete(HI)
        queued.close()
    assert caught.value.maybe_paid is False


def test_a_timeout_says_how_long_it_waited(faulty, writer):
    session, _, _ = faulty("slow", timeout_s=0.2, retries=2)
    text = fails_with(session, writer)
    assert "no answer within 0.2 s" in text
    assert "lm.timeout_s" in text


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("no-model", "check the model's name"),
        ("quota", "credit"),
        ("bad-request", "min_pp"),
        ("page", "not a chat answer"),
        ("other-json", "not a chat answer"),
        ("moved", "check the model's name and lm.base_url"),
    ],
)
def test_what_cannot_pass_is_not_tried_again(fault, says, faulty, writer, faults):
    session, url, _ = faulty(fault)
    assert says in fails_with(session, writer)
    assert faults.count(url) == 1


def test_a_context_overflow_is_a_context_error(faulty, writer):
    session, _, _ = faulty("context")
    assert "128 tokens" in fails_with(session, writer, ContextError)


def test_json_under_another_name_is_read(engine):
    assert engine("plain-text").complete(HI).message.text == "a fine answer"


def test_a_refusal_is_an_answer_that_says_so(engine):
    response = engine("refusal").complete(HI)
    assert response.finish_reason == "content_filter"
    assert response.message.text == REFUSAL


def test_an_answer_that_was_cut_short_says_so(engine):
    assert engine("length").complete(HI).finish_reason == "length"
    assert engine("fine").complete(HI).finish_reason == "stop"


def test_half_an_emoji_does_not_reach_a_file(engine):
    assert engine("half-an-emoji").complete(HI).message.text == "fine ?"


def test_every_token_is_counted_by_what_it_was(engine):
    usage = engine("fine").complete(HI).usage
    assert (usage.input_tokens, usage.output_tokens) == (1000, 500)
    assert usage.cache_read_tokens == 400
    assert usage.reasoning_tokens == 200


def test_tokens_that_were_written_to_a_cache_are_counted(faults):
    settings = LMSettings("anthropic/m", base_url=faults.url("fine"))
    assert AnthropicEngine(settings).complete(HI).usage.cache_write_tokens == 100


def test_the_headers_of_every_response_are_handed_over(engine):
    for fault in ("used-up", "rate-limit"):
        seen = []
        one = engine(fault)
        one.observe = seen.append
        with contextlib.suppress(EngineError):
            one.complete(HI)
        assert len(seen) == 1
        assert used_up(seen[0]) > 0 or retry_after(seen[0]) == 7.0


def test_an_answer_without_usage_reports_none(engine):
    usage = engine("no-usage").complete(HI).usage
    assert (usage.input_tokens, usage.output_tokens) == (None, None)


def test_missing_usage_is_counted_as_the_most_that_it_can_have_been(faulty, writer):
    session, _, _ = faulty("no-usage")
    with session.scope() as scope:
        assert writer(label="football").text == "a fine answer"
    assert scope.usage.tokens > 256
    assert scope.usage.cost_usd >= 256 * PRICE.output / 1e6


def test_cached_tokens_have_their_own_price(faulty, writer, sdk):
    session, _, _ = faulty("fine", price=Price(10.0, 20.0, cached_input=1.0))
    with session.scope() as scope:
        writer(label="football")
    assert (scope.usage.input_tokens, scope.usage.output_tokens) == (1000, 500)
    assert scope.usage.cost_usd == pytest.approx((600 * 10 + 400 * 1 + 500 * 20) / 1e6)


def test_a_key_that_the_server_echoes_is_not_shown(faulty, writer, monkeypatch, sdk):
    monkeypatch.setenv("MY_KEY", KEY)
    session, _, _ = faulty("unauthorized", api_key_env="MY_KEY")
    with pytest.raises(EngineError) as caught, session.scope():
        writer(label="football")
    assert "check the key in MY_KEY" in str(caught.value)
    shown = caught.getrepr(style="native", chain=True)
    assert KEY not in str(shown)
    assert KEY not in session.identity


SECRETS = (
    "OPENAI_API_KEY",
    "OPENAI_ADMIN_KEY",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
)


@pytest.mark.parametrize("fault", ["fine", "unauthorized"])
def test_a_providers_own_key_goes_to_no_other_address(fault, engine, faults, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, KEY)
    one = engine(fault)
    with contextlib.suppress(EngineError):
        one.complete(HI)
    sent = faults.headers(one.settings.base_url.removesuffix("/v1"))
    assert sent["Host"].startswith("127.0.0.1")
    assert not any(KEY in value for value in sent.values())


def test_a_server_that_wants_a_key_tells_how_to_give_one(faulty, writer, monkeypatch, sdk):
    monkeypatch.setenv(f"{sdk.upper()}_API_KEY", KEY)
    session, _, _ = faulty("unauthorized")
    assert "lm.api_key_env" in fails_with(session, writer)


def test_a_key_that_was_named_is_sent(engine, faults, monkeypatch):
    monkeypatch.setenv("MY_KEY", KEY)
    one = engine("fine", api_key_env="MY_KEY")
    one.complete(HI)
    sent = faults.headers(one.settings.base_url.removesuffix("/v1"))
    assert any(KEY in value for value in sent.values())


@pytest.mark.parametrize("fault", ["server-error", "cut", "no-model", "page", "no-choices"])
def test_no_failure_shows_the_key(fault, faulty, writer, monkeypatch, sdk):
    monkeypatch.setenv("MY_KEY", KEY)
    session, _, _ = faulty(fault, api_key_env="MY_KEY", retries=1)
    assert KEY not in fails_with(session, writer)


def test_a_password_in_the_address_is_not_shown(sdk, writer):
    settings = LMSettings(f"{sdk}/m", base_url="http://me:hunter2@127.0.0.1:9/v1?token=hunter2")
    with Session(settings, sleep=lambda _: None) as session:
        assert "hunter2" not in session.identity
        assert "hunter2" not in fails_with(session, writer)


def test_a_server_that_is_not_there_fails_fast(sdk, writer):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    waits = []
    settings = LMSettings(f"{sdk}/m", base_url=f"http://127.0.0.1:{port}/v1", retries=5)
    with Session(settings, sleep=waits.append) as session:
        text = fails_with(session, writer)
    assert "2 attempts" in text
    assert f"127.0.0.1:{port}" in text
    assert "start the server" in text
    assert len(waits) == 1


def test_a_missing_key_names_the_variable(sdk):
    with pytest.raises(EngineError, match=f"{sdk.upper()}_API_KEY"):
        Session(LMSettings(f"{sdk}/some-model"))
    with pytest.raises(EngineError, match="MY_KEY"):
        Session(LMSettings(f"{sdk}/m", base_url="http://127.0.0.1:9/v1", api_key_env="MY_KEY"))


@pytest.mark.parametrize("url", ["localhost:8080/v1", "http://", "ftp://x/v1", "http://x:port/v1"])
def test_an_address_that_is_none_is_refused_before_any_call(sdk, url):
    with pytest.raises(EngineError, match=r"lm\.base_url"):
        Session(LMSettings(f"{sdk}/m", base_url=url))


@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-caf\u00e9", "my key"])
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(sdk, key, monkeypatch):
    monkeypatch.setenv("MY_KEY", key)
    with pytest.raises(EngineError, match="MY_KEY holds characters") as caught:
        Session(LMSettings(f"{sdk}/m", api_key_env="MY_KEY"))
    assert key not in str(caught.value)


def test_extra_that_cannot_be_sent_is_refused(faulty, writer, faults):
    session, url, _ = faulty("fine", extra={"min_p": object()})
    assert "check lm.extra" in fails_with(session, writer)
    assert faults.count(url) == 0
