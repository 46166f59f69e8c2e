import os
import socket
import urllib.request

import pytest

from synthlab.errors import StorageError
from synthlab.tracking import registry
from synthlab.tracking.read import load_leaderboard
from synthlab.tracking.runs import RunLog
from synthlab.tracking.store import Store
from synthlab.tracking.ui import serve
from tests.tracking import made


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(store):
    page = serve(store, free_port())
    yield page
    page.stop()
    with pytest.raises(ProcessLookupError):  # neither the server nor a worker of it is left
        os.killpg(page.process.pid, 0)


def test_the_page_answers_at_its_address(server):
    with urllib.request.urlopen(server.url, timeout=10) as page:
        assert b"MLflow" in page.read()


def test_a_run_can_be_logged_and_promoted_through_a_server(server, tmp_path):
    far = Store.open(tmp_path, uri=server.url)
    run = RunLog.start(far, "served", "served", "name: served\n", {}, {})
    log = run.start_trial(made.candidate("direct"), {})
    trial = made.trial("direct", log.run_id)
    log.finish(trial, {}, made.HOLDOUT)
    run.finish(made.result(run.run_id, [trial]), "Over HTTP.", {})
    assert load_leaderboard(far, run.run_id)["candidates"][0]["name"] == "direct"
    version = registry.register(far, "far", {"a": 1}, "module:function", log.run_id, {})
    registry.set_alias(far, "far", "champion", version.version)
    assert registry.load_program(far, "far")[1] == {"a": 1}


def test_a_server_needs_no_second_server(server, tmp_path):
    far = Store.open(tmp_path, uri=server.url)
    page = serve(far, free_port())
    assert (page.url, page.process, page.wait()) == (server.url, None, 0)


def test_a_taken_port_is_said_so(server, store):
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(StorageError, match=f"cannot serve on 127.0.0.1:{port}") as caught:
        serve(store, port)
    assert "--port" in caught.value.fix
