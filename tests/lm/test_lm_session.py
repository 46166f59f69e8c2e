"""Sessions, scopes and the ledger, on the fake engine."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import dspy
import pytest

from synthlab.errors import ConfigError, EngineError
from synthlab.lm.adapters import Unparsable
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session


def fake(name, **settings):
    return Session(LMSettings(f"fake/{name}", **settings))


def fails(name, program, kind=EngineError, **settings):
    """Run the program on a fake that lets it fail: the error and the scope."""
    with fake(name, **settings) as session:
        with pytest.raises(kind) as caught, session.scope() as scope:
            program(label="x")
        return str(caught.value), scope


def test_the_engines_own_error_comes_out(writer):
    assert "scripted failure" in fails("error", writer)[0]


def test_a_program_that_swallows_a_failure_does_not_hide_it(writer):
    class Swallows(dspy.Module):
        def forward(self, label):
            try:
                return writer(label=label)
            except Exception:
                return dspy.Prediction(text="all is well")

    assert "scripted failure" in fails("error", Swallows())[0]


def test_a_program_may_try_again_after_a_failure(writer):
    with fake("words", context=8) as session, session.scope() as scope:
        try:
            writer(label="much too long " * 9)
        except dspy.LMError:
            assert writer(label="short").text
        assert scope.usage.calls == 1


def test_an_empty_answer_is_a_reason_not_a_broken_run(writer):
    reason, scope = fails("empty", writer, Unparsable)
    assert reason == "empty completion"
    assert scope.usage.calls == 1


def test_every_attempt_is_counted(writer):
    with fake("flaky") as session, session.scope() as scope:
        assert writer(label="x").text
    assert scope.calls[0].attempts == 2


def test_a_retry_never_exceeds_the_setting(writer):
    assert "gave up after 1 attempt" in fails("flaky", writer, retries=1)[0]


def test_the_server_may_go_away(writer):
    with fake("stop-after-2") as session:
        for seed in range(2):
            with session.scope(seed=seed):
                writer(label="x")
        with pytest.raises(EngineError, match="server went away"), session.scope():
            writer(label="x")
        assert session.ledger.total().calls == 2


def waits_after(writer):
    writer(label="x")
    time.sleep(1)


def test_an_interrupt_reaches_the_main_thread_once(writer):
    with fake("interrupt-after-1") as session:
        with session.scope():
            writer(label="x")
        with pytest.raises(KeyboardInterrupt), session.scope():
            waits_after(writer)
        with session.scope():
            assert writer(label="x").text


def test_no_more_requests_than_the_setting_are_under_way(writer, monkeypatch):
    from synthlab.lm.fake import FakeEngine

    busy, most, lock = 0, 0, threading.Lock()
    complete = FakeEngine.complete

    def slow(self, request):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.02)
        with lock:
            busy -= 1
        return complete(self, request)

    monkeypatch.setattr(FakeEngine, "complete", slow)

    def one(seed):
        with session.scope(seed=seed):
            writer(label="x")

    with fake("words", concurrency=3) as session, ThreadPoolExecutor(12) as pool:
        list(pool.map(one, range(24)))
    assert most == 3


def test_a_closed_session_answers_no_more(writer):
    session = fake("words")
    session.close()
    with pytest.raises(EngineError, match="closed"), session.scope():
        writer(label="x")


def test_the_fake_answers_with_the_prompts_own_words():
    program = dspy.Predict(dspy.Signature("label -> text", "Tell of {label}."))
    with fake("words") as session:
        counts = {}
        for label in ("cricket", "parliament"):
            for seed in range(5):
                with session.scope(seed=seed):
                    text = program(label=label).text
                assert 12 <= len(text.split()) <= 30
                counts[label] = counts.get(label, 0) + text.split().count(label)
    assert min(counts.values()) > 10


def test_the_call_key_tells_prompts_seeds_and_sampling_apart(writer):
    keys = []
    for temperature, label, seed in [
        (0.9, "a", 1),
        (0.9, "a", 1),
        (0.9, "b", 1),
        (0.9, "a", 2),
        (0.1, "a", 1),
    ]:
        with fake("words", temperature=temperature) as session, session.scope(seed=seed) as scope:
            writer(label=label)
        keys.append(scope.calls[0].key)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    ("model", "fix"),
    [
        ("gpt-4o-mini", "openai/gpt-4o-mini"),
        ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("smollm2-135m-instruct", "embedded/smollm2"),
        ("opnai/gpt-4o", "openai/gpt-4o"),
        ("ollama/llama3", "ENGINE/NAME"),
        ("openai/", "ENGINE/NAME"),
        ("/models/x.gguf", "embedded//models/x.gguf"),
        ("fake/wrods", "fake/words"),
    ],
)
def test_a_model_without_a_known_engine_gets_a_suggestion(model, fix):
    with pytest.raises(EngineError) as caught:
        Session(LMSettings(model))
    assert fix in str(caught.value)


def test_an_unknown_adapter_is_refused():
    with pytest.raises(ConfigError, match=r"lm\.adapter"):
        fake("words", adapter="xml")


QUIET = """
import dspy
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
program = dspy.Predict(dspy.Signature("label -> text", "Write about {label}."))
settings = LMSettings("embedded/smollm2-135m-instruct", max_tokens=3, concurrency=1, context=256)
with Session(settings) as session, session.scope() as scope:
    program(label="football")
assert scope.calls[0].finish_reason == "length"
"""


def test_a_run_prints_nothing_and_leaves_nothing_in_the_home_folder(tmp_path):
    env = {"HOME": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", QUIET], env=env, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_settings_can_be_read_without_the_heavy_libraries():
    code = (
        "import sys, synthlab.lm.base, synthlab.lm.ledger, synthlab.lm.prices\n"
        "print({'dspy', 'openai', 'anthropic', 'xllamacpp', 'genai_prices'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "set()", done.stderr
