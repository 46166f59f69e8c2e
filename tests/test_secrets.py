"""Keys are planted, a run is made, and everything that it leaves is searched for them."""

import random
import re

import mlflow
import pytest
import yaml

from tests.lm.fault_server import FaultServer
from tests.lm.stub_server import StubServer

pytestmark = pytest.mark.usefixtures("ready_stores")

PLANTED = "sk-planted-0123456789abcdef"
LM = "lm: {model: fake/words, max_tokens: 60, concurrency: 4}"
WORDS = ["money", "parcel", "password", "courier", "invoice", "login", "refund", "address"]


def words(prompt, seed):
    draw = random.Random(f"{prompt}{seed}")
    own = re.findall(r"[a-z]{4,}", prompt.lower())
    return " ".join(draw.choice(own + WORDS) for _ in range(20))


@pytest.fixture
def stub():
    server = StubServer(write=words)
    yield server
    server.close()


@pytest.fixture
def faults():
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture
def keyed(workplace, monkeypatch):
    """Point the small config at a server, with a key in a variable of the test's own."""
    monkeypatch.setenv("PLANTED_KEY", PLANTED)
    monkeypatch.setenv("OPENAI_API_KEY", PLANTED)

    def point(url):
        lm = {
            "model": "openai/stub",
            "base_url": url,
            "api_key_env": "PLANTED_KEY",
            "adapter": "plain",
            "max_tokens": 60,
            "retries": 1,
            "price": {"input": 1.0, "output": 2.0},
        }
        path = workplace / "tickets.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(LM, yaml.safe_dump({"lm": lm})), encoding="utf-8")
        return workplace

    return point


def left_behind(folder):
    """Files below ``folder`` that hold the key."""
    return [
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and PLANTED.encode() in path.read_bytes()
    ]


def test_a_run_with_a_key_leaves_it_nowhere(keyed, stub, synthlab):
    folder = keyed(stub.url)
    said = [
        synthlab("run", "tickets.yaml"),
        synthlab("promote", "tickets"),
        synthlab("generate", "tickets@champion", "-n", "6", "-o", "out", "--format", "jsonl"),
        synthlab("compare", "tickets", "--json"),
    ]
    assert [one.code for one in said] == [0, 0, 0, 0], said
    assert any(PLANTED.encode() in head for head in stub.headers)
    assert left_behind(folder) == []
    assert not any(PLANTED in one.out + one.err for one in said)


def test_promoting_needs_no_key_calls_no_lm_and_leaves_no_pickle(
    keyed, stub, synthlab, monkeypatch
):
    folder = keyed(stub.url)
    assert synthlab("run", "tickets.yaml").code == 0
    asked = len(stub.headers)
    for name in ("PLANTED_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name)
    said = synthlab("promote", "tickets", "--json")
    assert said.code == 0, said.err
    model = mlflow.pyfunc.load_model(str(next(folder.rglob("MLmodel")).parent))
    assert len(stub.headers) == asked
    assert left_behind(folder) == []
    assert not list(folder.rglob("*.pkl"))
    # Only a call needs the key, of whoever calls.
    monkeypatch.setenv("PLANTED_KEY", PLANTED)
    rows = model.predict([{"label": "refund", "count": 1, "seed": 5}])
    assert list(rows["label"]) == ["refund"]
    assert len(stub.headers) > asked


@pytest.mark.parametrize("fault", ["unauthorized", "bad-request", "server-error", "page"])
def test_a_run_that_fails_leaves_it_nowhere_either(keyed, faults, synthlab, fault):
    folder = keyed(f"{faults.url(fault)}/v1")
    said = synthlab("run", "tickets.yaml")
    assert said.code == 2
    assert left_behind(folder) == []
    assert PLANTED not in said.out + said.err
