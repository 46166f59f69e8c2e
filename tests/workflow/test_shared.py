"""Two machines, a PostgreSQL: through an MLflow server, and by the database's address alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from synthlab.tracking import read
from synthlab.tracking.store import Store
from tests.conftest import set_out
from tests.front import Front
from tests.postgres import server

pytestmark = pytest.mark.slow


def synthlab(folder: Path, *args: str, code: int = 0) -> str:
    """The command in a process and a folder of its own, as on another machine."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "synthlab.cli", *args]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    return done.stdout


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database's address, on a server of its own."""
    with server() as url:
        yield url


class Tracking:
    """``mlflow server`` on a database; it hands files through, and can be killed."""

    def __init__(self, database: str, folder: Path) -> None:
        self.port = Front.free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
        self.command += ["--backend-store-uri", database, "--port", str(self.port)]
        self.command += ["--artifacts-destination", str(folder / "files")]
        self.start()

    def start(self) -> None:
        settings = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "DO_NOT_TRACK": "true"}
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.uri}/health", timeout=2).close()
                return
            except OSError:
                assert self.process.poll() is None
                time.sleep(0.2)
        raise AssertionError("no server")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def tracking(database, tmp_path) -> Iterator[Tracking]:
    started = Tracking(database, tmp_path)
    yield started
    started.kill()


@pytest.fixture
def machines(tmp_path) -> tuple[Path, Path]:
    folders = (tmp_path / "one", tmp_path / "two")
    for folder in folders:
        folder.mkdir()
        set_out(folder)
    return folders


def test_one_machine_runs_and_promotes_and_the_other_generates(machines, tracking):
    one, two = machines
    flag = ("--store", tracking.uri)
    synthlab(one, "run", "tickets.yaml", "--set", f"tracking.uri={tracking.uri}")
    assert "promoted" in synthlab(one, "promote", "tickets", *flag)
    made = json.loads(
        synthlab(two, "generate", "tickets@champion", "-n", "9", *flag, "--json", "-o", "rows")
    )
    assert (made["version"], sum(made["rows"].values())) == ("1", 9)
    assert (two / "rows" / "README.md").is_file()
    again = synthlab(two, "run", "tickets.yaml", "--set", f"tracking.uri={tracking.uri}", "--json")
    assert json.loads(again)["finals"]["reads"] == 2
    assert len(json.loads(synthlab(one, "list", *flag, "--json"))) == 2


def test_a_server_killed_in_the_middle_gets_the_rest_from_sync(machines, tracking, database):
    one, two = machines
    began = subprocess.Popen(
        [sys.executable, "-c", KILLS, "tickets.yaml", tracking.uri, str(tracking.process.pid)],
        cwd=one,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    _, err = began.communicate(timeout=300)
    assert began.returncode == 0, err
    assert "synthlab sync" in err
    tracking.process.wait()
    tracking.start()
    (sent,) = json.loads(synthlab(one, "sync", "--json"))
    assert sent["state"] == "sent"
    assert json.loads(synthlab(one, "sync", "--json")) == []
    here = json.loads(synthlab(one, "compare", "tickets", "--json"))
    there = json.loads(synthlab(two, "compare", "tickets", "--store", tracking.uri, "--json"))
    assert apart_from_ids(here) == apart_from_ids(there)
    runs = json.loads(synthlab(two, "list", "--store", tracking.uri, "--json"))
    assert [run["status"] for run in runs] == ["FINISHED"]


KILLS = """
import os, signal, sys, time
from pathlib import Path
from synthlab.report.progress import Lines
from synthlab.workflow.lab import run_file
class Killing(Lines):
    def end(self, trial):
        time.sleep(3)
        try:
            os.killpg(int(sys.argv[3]), signal.SIGKILL)
        except ProcessLookupError:
            pass
        super().end(trial)
with Killing() as live:
    result, board = run_file(Path(sys.argv[1]), [f"tracking.uri={sys.argv[2]}"], live)
assert result.unsent and board["unsent"], "it was sent"
"""


def apart_from_ids(value):
    if isinstance(value, dict):
        own = {"run_id", "unsent", "skipped", "winner_run"}
        return {key: apart_from_ids(item) for key, item in value.items() if key not in own}
    return [apart_from_ids(item) for item in value] if isinstance(value, list) else value


def test_a_database_alone_is_shared_when_its_files_are(machines, database, tmp_path):
    one, two = machines
    files = tmp_path / "files"
    given = ("--set", f"tracking.uri={database}", "--set", f"tracking.artifacts={files}")
    synthlab(one, "run", "tickets.yaml", *given)
    synthlab(one, "promote", "tickets", "--store", database)
    shutil.rmtree(one / "mlruns" / "artifacts")  # what stayed on that machine
    made = synthlab(two, "generate", "tickets@champion", "-n", "6", "--store", database, "--json")
    assert sum(json.loads(made)["rows"].values()) == 6
    here = json.loads(synthlab(two, "compare", "tickets", "--store", database, "--json"))
    assert [item["name"] for item in here["candidates"]] == ["attributes", "direct"]


OPENS = "import sys; from pathlib import Path; from synthlab.tracking.store import Store; "
OPENS += "Store.open(Path(sys.argv[1]), sys.argv[2]).experiment('x')"


def test_machines_that_open_an_empty_database_at_once_all_succeed(database, tmp_path):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    started = [
        subprocess.Popen([sys.executable, "-c", OPENS, str(tmp_path / str(n)), database], env=env)
        for n in range(4)
    ]
    assert [process.wait(300) for process in started] == [0, 0, 0, 0]


def test_files_that_another_machine_kept_to_itself_are_told(machines, database):
    one, two = machines
    synthlab(one, "run", "tickets.yaml", "--set", f"tracking.uri={database}")
    assert json.loads(synthlab(one, "compare", "tickets", "--store", database, "--json"))
    (one / "mlruns").rename(one / "gone")
    store = Store.open(two / "mlruns", database)
    with pytest.raises(Exception, match="which this machine does not have") as caught:
        read.load_leaderboard(store, read.find_run(store, "tickets")[0])
    assert "tracking.artifacts" in caught.value.fix


def test_a_database_that_wants_a_password_takes_it_from_the_environment_only(
    machines, database, tmp_path, monkeypatch
):
    one, _ = machines
    password = "pw-planted-0123456789abcdef"
    with sa.create_engine(database).begin() as connection:
        connection.execute(sa.text(f"ALTER USER postgres PASSWORD '{password}'"))
        rules = connection.scalar(sa.text("SHOW hba_file"))
        Path(rules).write_text("local all all scram-sha-256\n")
        connection.execute(sa.text("SELECT pg_reload_conf()"))
    time.sleep(1)
    given = ("tickets.yaml", "--set", f"tracking.uri={database}")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "synthlab.cli", "run", *given]
    refused = subprocess.run(command, cwd=one, env=env, capture_output=True, text=True, timeout=300)
    assert refused.returncode == 2
    assert "PGPASSWORD" in refused.stderr
    monkeypatch.setenv("PGPASSWORD", password)
    synthlab(one, "run", *given)
    found = [path for path in one.rglob("*") if path.is_file()]
    assert not [path for path in found if password.encode() in path.read_bytes()]
