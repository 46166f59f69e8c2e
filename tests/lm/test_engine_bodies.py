"""What both SDK engines send, by protocol and by address."""

import dspy
import pytest

from synthlab.errors import EngineError
from synthlab.generators.few_shot import FewShot
from synthlab.lm.adapters import Unparsable
from synthlab.lm.anthropic_sdk import AnthropicEngine
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.openai_sdk import OpenAIEngine
from synthlab.lm.session import Session
from synthlab.lm.starts import KNOWN, Starts
from synthlab.records import Brief, Row
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


def marked(text):
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}


def test_anthropic_keeps_a_long_system_prompt_once_it_comes_again(home):
    engine = home(AnthropicEngine)
    users = ("one", "two", "three")
    bodies = [engine.body(asking(system=LONG, user=user)) for user in users]
    assert [body["system"] for body in bodies] == [LONG, [marked(LONG)], [marked(LONG)]]
    assert [body["messages"][0]["content"] for body in bodies] == list(users)
    assert engine.body(asking(system="!" + LONG))["system"] == "!" + LONG


class Topics(FewShot):
    """Rows on a topic each, after real ones."""

    def prepare(self, shots):
        super().prepare(shots)
        self.write = dspy.Predict(self.signature("row", ["document", "label", "examples", "topic"]))

    def inputs(self, request):
        return {**super().inputs(request), "topic": f"topic {request.index}"}


@pytest.mark.parametrize(("rows", "end"), [(1, "about sport.\n"), (5, "from all others.\n")])
def test_what_each_prompt_of_a_program_begins_with_is_kept_by_anthropic(
    faults, monkeypatch, rows, end
):
    url = faults.url("fine")
    monkeypatch.setattr(AnthropicEngine, "home", url)  # nothing is marked for other servers
    monkeypatch.setenv(AnthropicEngine.key, KEY)
    told = "the team won the cup again. " * 12
    program = Topics(
        Topics.Params(shots=16, pool=16),
        Brief("news article", ("sport",), {"sport": "sport"}),
        [Row(f"{n}", {"text": f"Story {n}: {told}"}, "sport") for n in range(16)],
        texts={"row": "{examples}\n\nWrite another {document} about {label}.\n{topic}"},
        rows=rows,
    )
    sent = []
    settings = LMSettings("anthropic/m", adapter="plain", price=Price(1.0, 2.0), max_tokens=9)
    with Session(settings) as session:
        for order in program.orders("sport", 0, 3 * rows):
            with session.scope(seed=order[0].seed):
                program.fulfil(order)
            sent.append(faults.body(url)["messages"][0]["content"])
    whole, *later = sent
    assert isinstance(whole, str)  # it may be the only one of its kind
    for start, rest in later:
        assert start == marked(start["text"])
        assert start["text"].startswith("Story 0")
        assert start["text"].endswith(end)
        assert rest.keys() == {"type", "text"}
        assert "topic" in rest["text"]


def test_a_start_that_goes_on_in_several_ways_is_kept_as_far_as_all_share_it():
    starts = Starts(15)
    prompt = "Twenty letters and more.\nWrite about {}".format
    assert starts.again(prompt("cricket")) == 0
    assert starts.again(prompt("tennis")) == 25
    assert starts.again(prompt("cricket, tennis and golf")) == 25
    assert starts.again("Twenty letters and more or less") == 19
    assert starts.again(prompt("golf")) == 19
    assert starts.again("short") == 0
    assert starts.again("quite another start, of more than twenty letters") == 0


def test_a_prompt_that_comes_again_whole_is_kept_whole():
    starts = Starts(20)
    assert [starts.again("Write a news article about sport") for _ in range(3)] == [0, 32, 32]


def test_only_so_many_starts_are_remembered():
    starts = Starts(4)
    for number in range(1000):
        starts.again(f"{number:04d}, and so on")
    assert len(starts._known) == KNOWN


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
