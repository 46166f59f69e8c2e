"""One promotion at a time: processes that race, and what those that died leave behind."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from synthlab.errors import StorageError
from synthlab.tracking import registry, turns
from synthlab.tracking.store import Store
from synthlab.tracking.turns import TAG, turn
from synthlab.tracking.ui import serve
from tests.tracking.test_ui import free_port

ROOT = Path(__file__).parents[2]


def race(tmp_path, uri, name, processes=3, times=3):
    """Processes that do not share a folder count up a tag, each in its turn."""
    worker = [sys.executable, "-m", "tests.tracking.turns_worker"]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [*worker, str(tmp_path / f"machine-{n}"), uri, name, str(times)],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for n in range(processes)
        ]
        for one in started:
            assert one.stdout.readline() == "ready\n", one.stderr.read()
        for one in started:
            one.stdin.write("go\n")
            one.stdin.flush()
        for one in started:
            _, said = one.communicate(timeout=180)
            assert one.returncode == 0, said
    return processes * times


def test_processes_of_several_machines_take_turns_on_one_database(store, tmp_path):
    wanted = race(tmp_path, store.uri, "raced", processes=2, times=4)
    tags = store.client.get_registered_model("raced").tags
    assert tags == {"count": str(wanted)}


@pytest.mark.slow
def test_processes_of_several_machines_take_turns_on_one_server(store, tmp_path):
    server = serve(store, free_port())
    try:
        wanted = race(tmp_path, server.url, "raced-on-a-server")
    finally:
        server.stop()
    tags = store.client.get_registered_model("raced-on-a-server").tags
    assert tags == {"count": str(wanted)}


@pytest.mark.slow
def test_processes_of_several_machines_take_turns_on_postgresql(postgres_url, tmp_path):
    store = Store.open(tmp_path / "first", postgres_url)
    wanted = race(tmp_path, postgres_url, "raced-on-postgresql")
    tags = store.client.get_registered_model("raced-on-postgresql").tags
    assert tags == {"count": str(wanted)}


def test_a_turn_leaves_no_tag_even_when_it_fails(store):
    with turn(store, "tidy"):
        (tag,) = store.client.get_registered_model("tidy").tags.values()
        assert "process" in tag
    with pytest.raises(RuntimeError), turn(store, "tidy"):
        raise RuntimeError("in the middle")
    assert store.client.get_registered_model("tidy").tags == {}


def test_what_a_dead_process_left_is_taken_away_after_the_lease(store, monkeypatch):
    registry.ensure_model(store, "left")
    store.client.set_registered_model_tag("left", f"{TAG}gone", "ana on laptop (process 1)")
    monkeypatch.setattr(turns, "LEASE", 0.3)
    with turn(store, "left"):
        assert f"{TAG}gone" not in store.client.get_registered_model("left").tags


def test_someone_who_is_still_promoting_is_named(store, monkeypatch):
    registry.ensure_model(store, "busy")
    store.client.set_registered_model_tag("busy", f"{TAG}other", "ana on laptop (process 1)")
    monkeypatch.setattr(turns, "PATIENCE", 0.3)
    with (
        pytest.raises(StorageError, match="is being promoted by ana on laptop"),
        turn(store, "busy"),
    ):
        pass
    assert store.client.get_registered_model("busy").tags == {
        f"{TAG}other": "ana on laptop (process 1)"
    }


def test_who_took_longer_than_half_the_lease_moves_no_alias(store, monkeypatch):
    with turn(store, "slow") as held:
        held.check()
        monkeypatch.setattr(turns, "LEASE", 0.0)
        with pytest.raises(StorageError, match="took too long"):
            held.check()


def test_a_prompts_name_gets_no_turn(store):
    store.client.create_prompt("a-prompt", description="a prompt")
    with pytest.raises(StorageError, match="already the name of a prompt"), turn(store, "a-prompt"):
        pass
