"""Backends for the tests of ``lm/``: the fake, the embedded model, real servers on loopback."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import dspy
import pytest
from sqlalchemy import create_engine

from synthlab.lm.base import LMSettings, Price
from synthlab.lm.journal.tables import METADATA
from synthlab.lm.session import Session
from tests.lm.fault_server import FaultServer

CONTEXT = 256
SLOTS = 4
PRICE = Price(input=1.0, output=2.0)
SMOL = "embedded/smollm2-135m-instruct"


@pytest.fixture(autouse=True)
def only_the_keys_of_the_test(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "ANTHROPIC_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty journal's address, in either database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/calls.db"
    address = request.getfixturevalue("postgres_url")
    with create_engine(address).begin() as connection:
        METADATA.drop_all(connection)
    return address


@pytest.fixture(scope="session")
def llama_url():
    """The address of llama.cpp's server, without /v1."""
    script = Path(__file__).parent / "llama_server.py"
    command = [sys.executable, str(script), str(CONTEXT), str(SLOTS)]
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()
        process.wait(20)


@pytest.fixture(scope="session")
def faults():
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture(params=["fake", "embedded", "openai", "anthropic"])
def backend(request):
    """Settings of one working backend: small context, short answers."""
    shared = LMSettings("fake/words", max_tokens=12, concurrency=SLOTS, context=CONTEXT)
    if request.param == "fake":
        return shared
    if request.param == "embedded":
        return replace(shared, model=SMOL)
    url = request.getfixturevalue("llama_url")
    url = f"{url}/v1" if request.param == "openai" else url
    model = f"{request.param}/smol"
    return replace(shared, model=model, base_url=url, price=PRICE, adapter="plain")


@pytest.fixture(params=["openai", "anthropic"])
def sdk(request):
    return request.param


@pytest.fixture
def faulty(faults, sdk):
    """Open a session whose server has a fault: (session, base address, list of waits)."""
    opened = []

    def build(fault, **settings):
        url = faults.url(fault)
        waits = []
        chosen = {"price": PRICE, "adapter": "plain", "retries": 3, "timeout_s": 5, **settings}
        base_url = f"{url}/v1" if sdk == "openai" else url
        session = Session(LMSettings(f"{sdk}/m", base_url=base_url, **chosen), sleep=waits.append)
        opened.append(session)
        return session, url, waits

    yield build
    for session in opened:
        session.close()


@pytest.fixture
def writer():
    """A one-field program."""
    return dspy.Predict(dspy.Signature("label -> text", "Write one sentence about {label}."))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Clocks wait for real seconds: on the second database only where there is time."""
    for item in items:
        if "test_clock.py" in item.nodeid and "postgresql" in item.nodeid:
            item.add_marker(pytest.mark.slow)
