"""``mlflow models serve`` serves a promoted generator: a real server, asked over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = "sk-planted-0123456789abcdef"
PATIENCE_S = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer(port: int, path: str, body: object = None) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as exc:
        return exc.code, exc.read().decode()


def wait_for(port: int, server: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended"
        try:
            if answer(port, "/ping")[0] == 200:
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the server never answered")


@pytest.mark.slow
@pytest.mark.usefixtures("ready_stores")
@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_mlflow_serves_a_promoted_generator_and_no_key_is_in_it(workplace, synthlab):
    assert synthlab("run", "tickets.yaml").code == 0
    assert synthlab("promote", "tickets").code == 0
    port = free_port()
    bins = Path(sys.executable).parent
    command = [str(bins / "mlflow"), "models", "serve", "-m", "models:/tickets@champion"]
    command += ["--env-manager", "local", "-p", str(port)]
    env = {
        **os.environ,
        "PATH": f"{bins}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": f"sqlite:///{workplace}/mlruns/mlflow.db",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "OPENAI_API_KEY": PLANTED,
    }
    log = workplace / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, env=env, stdout=out, stderr=out, start_new_session=True, cwd=workplace
        )
    try:
        wait_for(port, server)
        orders = [
            {"label": "refund", "count": 2, "seed": 3},
            {"label": "account", "count": 1, "seed": 3},
        ]
        status, body = answer(port, "/invocations", {"inputs": orders})
        assert status == 200, body
        rows = json.loads(body)["predictions"]
        assert [row["label"] for row in rows] == ["refund", "refund", "account"]
        assert all(row["text"] for row in rows)
        assert answer(port, "/invocations", {"inputs": orders})[1] == body
        wrong = answer(port, "/invocations", {"inputs": [{"label": "x", "count": 1, "seed": 1}]})
        assert wrong[0] >= 400
        assert PLANTED not in body + wrong[1]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    holders = [path for path in workplace.rglob("*") if path.is_file()]
    assert not [path for path in holders if PLANTED.encode() in path.read_bytes()]
