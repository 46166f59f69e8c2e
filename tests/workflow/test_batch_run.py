"""A whole run through a provider's batch API."""

import json

import pytest
import yaml

from tests.lm.batch_server import BatchServer


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr("synthlab.lm.batch.watch.FIRST_S", 0.01)
    server = BatchServer()
    yield server
    server.close()


def batched(workplace, monkeypatch, server) -> dict:
    """The workplace's config, its rows asked for through the server's batches."""
    monkeypatch.setenv("BATCH_KEY", "sk-test")
    config = yaml.safe_load((workplace / "tickets.yaml").read_text(encoding="utf-8"))
    config["lm"] = {
        "model": "openai/m",
        "mode": "batch",
        "base_url": f"{server.url}/v1",
        "api_key_env": "BATCH_KEY",
        "adapter": "plain",
        "price": {"input": 1.0, "output": 2.0},
    }
    return config


@pytest.mark.parametrize(
    ("engine", "search", "batches"),
    [("openai", "grid", 2), ("anthropic", {"use": "grid", "with": {"at_once": 2}}, 1)],
    ids=["openai", "anthropic-side-by-side"],
)
def test_a_run_in_batch_mode_sends_nothing_live_at_half_the_price(
    workplace, synthlab, monkeypatch, server, engine, search, batches
):
    monkeypatch.setenv("BATCH_KEY", "sk-test")
    lm = {
        "model": f"{engine}/m",
        "mode": "batch",
        "base_url": f"{server.url}/v1" if engine == "openai" else server.url,
        "api_key_env": "BATCH_KEY",
        "adapter": "plain",
        "price": {"input": 1.0, "output": 2.0, "batch_input": 0.5, "batch_output": 1.0},
    }
    config = yaml.safe_load((workplace / "tickets.yaml").read_text(encoding="utf-8"))
    # The server's answer depends on the prompt alone: repeats must be let through.
    config |= {"lm": lm, "curation": [], "search": search}
    (workplace / "batch.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    said = synthlab("run", "batch.yaml", "--json")
    assert said.code == 0, said.err
    board = json.loads(said.out)
    assert [item["rows"] for item in board["candidates"]] == [18, 18]
    assert board["paid_calls"] == 36
    assert not server.live
    assert sum(server.executed.values()) == 36
    assert len(server.batches) == batches
    live = 36 * (40 * 1.0 + 60 * 2.0) / 1e6
    assert board["paid_usd"] <= live / 2 + 1e-12


def test_proposals_are_asked_for_live_while_rows_go_through_batches(
    workplace, synthlab, monkeypatch, server
):
    config = batched(workplace, monkeypatch, server)
    search = {"use": "copro", "with": {"breadth": 2, "depth": 1}}
    config |= {"curation": [], "search": search, "sweep": {}}
    (workplace / "batch.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    said = synthlab("run", "batch.yaml", "--json")
    assert said.code == 0, said.err
    assert sum(server.live.values()) == 1
    assert sum(server.executed.values()) == 36


def test_doubtful_rows_are_verified_in_a_batch_of_their_own(
    workplace, synthlab, monkeypatch, server
):
    config = batched(workplace, monkeypatch, server)
    step = {"use": "verify", "with": {"least": 0.99, "then": "downweight"}}
    config |= {"curation": [step], "sweep": {}}
    (workplace / "batch.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    said = synthlab("run", "batch.yaml", "--json")
    assert said.code == 0, said.err
    board = json.loads(said.out)
    asked = json.loads(synthlab("calls", "--by", "purpose", "--json").out)
    calls = {row["purpose"]: row["calls"] for row in asked}
    assert calls["verify"] > 0
    assert board["paid_calls"] == sum(calls.values())
    assert not server.live
    assert len(server.batches) == 2
