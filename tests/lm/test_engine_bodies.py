"""What both SDK engines send, by protocol and by address."""

import pytest

from synthlab.errors import EngineError
from synthlab.lm.adapters import Unparsable
from synthlab.lm.anthropic_sdk import AnthropicEngine
from synthlab.lm.base import LMSettings
from synthlab.lm.openai_sdk import OpenAIEngine
from tests.lm.asking import HI, asking

KEY = "sk-planted-0123456789abcdef"
LONG = "Write about sport, in British English. " * 120


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


@pytest.fixture
def home(monkeypatch):
    """Open an engine on its provider's own address; nothing is sent."""
    opened = []

    def build(kind, **settings):
        monkeypatch.setenv(kind.key, KEY)
        opened.append(kind(LMSettings("engine/m", **settings)))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


def test_openai_itself_gets_the_newer_name_of_the_limit(home):
    body = home(OpenAIEngine).body(HI)
    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body
    assert home(OpenAIEngine, base_url="http://127.0.0.1:9/v1").body(HI)["max_tokens"] == 9


def test_openai_is_told_which_long_prompts_begin_alike(home):
    engine = home(OpenAIEngine)
    keys = [
        engine.body(asking(system=LONG, user="one")).get("prompt_cache_key"),
        engine.body(asking(system=LONG, user="two")).get("prompt_cache_key"),
        engine.body(asking(user=LONG)).get("prompt_cache_key"),
        engine.body(asking(system="Be short.")).get("prompt_cache_key"),
    ]
    assert keys[0] == keys[1]
    assert len({keys[0], keys[2], None}) == 3
    assert keys[3] is None


def test_other_servers_get_no_cache_key(home):
    engine = home(OpenAIEngine, base_url="http://127.0.0.1:9/v1")
    assert "prompt_cache_key" not in engine.body(asking(system=LONG))


def test_anthropic_keeps_a_long_system_prompt_once_it_comes_again(home):
    engine = home(AnthropicEngine)
    first, second, third = [engine.body(asking(system=LONG))["system"] for _ in range(3)]
    assert first == LONG
    marked = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
    assert second == third == marked
    assert engine.body(asking(system=LONG + "!"))["system"] == LONG + "!"


@pytest.mark.parametrize(("system", "url"), [("Be short.", None), (LONG, "http://127.0.0.1:9")])
def test_short_prompts_and_other_servers_are_not_marked(home, system, url):
    engine = home(AnthropicEngine, base_url=url)
    assert [engine.body(asking(system=system))["system"] for _ in range(3)] == [system] * 3


def test_what_the_user_sends_extra_comes_last(home):
    for kind in (OpenAIEngine, AnthropicEngine):
        assert (
            home(kind, extra={"temperature": 0.0, "min_p": 0.1})
            .body(asking(temperature=0.9))
            .items()
            >= {"temperature": 0.0, "min_p": 0.1}.items()
        )


def test_the_identity_of_a_backend_holds_no_key(home):
    for kind in (OpenAIEngine, AnthropicEngine):
        engine = home(kind)
        assert KEY not in kind.check(engine.settings)


def test_without_its_key_a_provider_is_not_asked(monkeypatch):
    for kind in (OpenAIEngine, AnthropicEngine):
        monkeypatch.delenv(kind.key, raising=False)
        with pytest.raises(EngineError, match=kind.key):
            kind(LMSettings("engine/m"))
