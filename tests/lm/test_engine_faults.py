"""What a broken server does to a call, through both SDKs; and what a message may say."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import dspy
import pytest

from synthlab.errors import ContextError, EngineError, RetryableError
from synthlab.lm.adapters import Unparsable
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.openai_sdk import OpenAIEngine
from synthlab.lm.session import Session

KEY = "sk-planted-0123456789abcdef"


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
    assert waits == [7.0]
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


@pytest.mark.parametrize("fault", ["server-error", "broken-json", "cut", "reset"])
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
    ],
)
def test_what_cannot_pass_is_not_tried_again(fault, says, faulty, writer, faults):
    session, url, _ = faulty(fault)
    assert says in fails_with(session, writer)
    assert faults.count(url) == 1


def test_a_context_overflow_is_a_context_error(faulty, writer):
    session, _, _ = faulty("context")
    assert "128 tokens" in fails_with(session, writer, ContextError)


def test_missing_usage_leaves_the_cost_unknown(faulty, writer):
    session, _, _ = faulty("no-usage")
    with session.scope() as scope:
        assert writer(label="football").text == "a fine answer"
    assert scope.usage.tokens == 0
    assert scope.usage.cost_usd is None


def test_cached_tokens_have_their_own_price(faulty, writer, sdk):
    session, _, _ = faulty("fine", price=Price(10.0, 20.0, cached_input=1.0))
    with session.scope() as scope:
        writer(label="football")
    assert (scope.usage.input_tokens, scope.usage.output_tokens) == (1000, 500)
    assert scope.usage.cost_usd == pytest.approx((600 * 10 + 400 * 1 + 500 * 20) / 1e6)


def test_a_key_that_the_server_echoes_is_not_shown(faulty, writer, monkeypatch, sdk):
    monkeypatch.setenv(f"{sdk.upper()}_API_KEY", KEY)
    session, _, _ = faulty("unauthorized")
    with pytest.raises(EngineError) as caught, session.scope():
        writer(label="football")
    assert f"{sdk.upper()}_API_KEY" in str(caught.value)
    shown = caught.getrepr(style="native", chain=True)
    assert KEY not in str(shown)
    assert KEY not in session.identity


@pytest.mark.parametrize("fault", ["server-error", "cut", "no-model", "page"])
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


def test_sampling_is_sent_as_the_protocol_names_it(faulty, writer, faults, sdk):
    session, url, _ = faulty(
        "fine", temperature=0.5, top_p=0.8, max_tokens=33, extra={"min_p": 0.1}
    )
    with session.scope(seed=9):
        writer(label="football", config={"stop": ["\n\n"]})
    body = faults.body(url)
    assert (body["temperature"], body["top_p"], body["min_p"]) == (0.5, 0.8, 0.1)
    assert body["max_tokens"] == 33
    assert body["stop" if sdk == "openai" else "stop_sequences"] == ["\n\n"]
    assert body.get("seed") == (9 if sdk == "openai" else None)


def test_a_schema_is_sent_as_the_protocol_names_it(faulty, writer, faults, sdk):
    session, url, _ = faulty("fine", adapter="auto")
    with pytest.raises(Unparsable, match="no JSON object"), session.scope():
        writer(label="football")
    body = faults.body(url)
    if sdk == "openai":
        form = body["response_format"]["json_schema"]
        assert form["strict"] is True
    else:
        form = body["output_config"]["format"]
    assert form["schema"]["required"] == ["text"]
    assert form["schema"]["additionalProperties"] is False


def test_openai_itself_gets_the_newer_name_of_the_limit(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = LMSettings("openai/gpt-5", max_tokens=50, temperature=None)
    engine = OpenAIEngine(settings)
    request = dspy.lm15.Request(
        model="openai/gpt-5",
        messages=(dspy.lm15.Message.user("hi"),),
        config=dspy.lm15.Config(max_tokens=50),
    )
    body = engine._body(request)
    engine.close()
    assert body["max_completion_tokens"] == 50
    assert "max_tokens" not in body
    assert KEY not in OpenAIEngine.check(replace(settings, temperature=1.0))
