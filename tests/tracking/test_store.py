import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from synthlab.errors import StorageError
from synthlab.tracking.runs import RunLog
from synthlab.tracking.spool import Spool
from synthlab.tracking.store import Store
from tests.tracking import made

OPEN = "import sys, pathlib; from synthlab.tracking.store import Store; "
OPEN += "Store.open(pathlib.Path(sys.argv[1])).experiment('x')"


@contextmanager
def tmpfs(path, options):
    """A real small or read-only disk, where this machine lets us mount one."""
    path.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs needs root")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def fill(path):
    """Leave no free byte on the disk of ``path``."""
    with (path / "filler").open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def test_a_store_is_made_once_and_opens_again(store):
    assert store.root.is_absolute()
    again = Store.open(store.root)
    assert again.uri == store.uri == f"sqlite:///{store.root}/mlflow.db"
    assert again.experiment("again") == store.experiment("again")
    with sqlite3.connect(store.root / "mlflow.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    left = {path.name for path in store.root.iterdir()}
    assert {name for name in left if name.startswith(".mlflow.db.")} == set()


def test_an_experiment_keeps_its_artifacts_in_the_store_wherever_it_is_opened_from(store, tmp_path):
    experiment = store.client.get_experiment(store.experiment("my name/with: signs"))
    assert experiment.artifact_location == str(store.root / "artifacts" / "my-name-with-signs")
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    default = store.client.get_experiment("0")
    assert default.artifact_location.endswith(f"{store.root}/artifacts/0")


def test_four_processes_that_open_a_fresh_store_at_once_all_succeed(tmp_path):
    root = tmp_path / "fresh"
    started = [
        subprocess.Popen([sys.executable, "-c", OPEN, str(root)], env=repo_env()) for _ in range(4)
    ]
    assert [process.wait(120) for process in started] == [0, 0, 0, 0]
    assert Store.open(root).client.get_experiment_by_name("x") is not None


def test_nothing_lands_in_the_folder_that_a_store_is_opened_from(store, elsewhere):
    store.experiment("tidy")
    assert list(elsewhere.iterdir()) == []


def test_importing_the_room_starts_no_telemetry(tmp_path):
    code = OPEN + (
        "; import os, threading; from mlflow.telemetry.client import get_telemetry_client as get"
        "; print(get(), os.environ['MLFLOW_DISABLE_TELEMETRY'], os.environ['DO_NOT_TRACK'],"
        " os.environ['LITELLM_LOCAL_MODEL_COST_MAP'], threading.active_count())"
    )
    env = repo_env()
    for name in ("CI", "PYTEST_CURRENT_TEST", "GITHUB_ACTIONS"):  # MLflow is silent under these
        env.pop(name, None)
    command = [sys.executable, "-c", code, str(tmp_path / "runs")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "true", "true", "True", "1"]
    assert done.stderr == ""


def test_a_read_only_disk_is_said_so(tmp_path):
    with tmpfs(tmp_path / "disk", "size=2m,ro") as disk:
        with pytest.raises(StorageError, match="cannot be written") as caught:
            Store.open(disk / "mlruns")
        assert caught.value.exit_code == 2
        assert str(disk) in str(caught.value)
        assert isinstance(caught.value.__cause__, OSError)


def test_a_disk_that_is_full_from_the_start_leaves_no_half_made_store(tmp_path):
    with tmpfs(tmp_path / "disk", "size=600k") as disk:
        with pytest.raises(StorageError, match="disk is full"):
            Store.open(disk)
        assert not [path for path in disk.iterdir() if "mlflow.db" in path.name]


def test_a_disk_that_fills_up_during_a_run_is_said_so_and_the_run_goes_on_after(tmp_path):
    with tmpfs(tmp_path / "disk", "size=8m") as disk:
        store = Store.open(disk)
        run = RunLog.start(store, "full", "full", "", {}, {})
        log = run.start_trial(made.candidate("direct"), {})
        fill(disk)
        with pytest.raises(StorageError, match="disk is full"):
            log.finish(made.trial("direct", log.run_id), {"big": b"x" * 3_000_000}, made.HOLDOUT)
        (disk / "filler").unlink()
        log.finish(made.trial("direct", log.run_id), {}, made.HOLDOUT)
        assert store.client.get_run(log.run_id).info.status == "FINISHED"


def test_rows_outlive_a_disk_that_fills_up(tmp_path, monkeypatch):
    rescue = tmp_path / "rescue"
    rescue.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(rescue))
    with tmpfs(tmp_path / "disk", "size=1m") as disk:
        spool = Spool(disk / "spool" / "rows.jsonl")
        spool.add(made.row(0))
        fill(disk)
        with pytest.raises(StorageError, match="No space left") as caught:
            add_all(spool, 99)
        saved = list(rescue.iterdir())
        assert len(saved) == 1
        assert str(saved[0]) in caught.value.fix
        with pytest.raises(StorageError, match="No space left"):
            spool.add(made.row(100))
        assert list(rescue.iterdir()) == saved
        assert Spool(saved[0]).rows() == spool.rows()
        spool.close(delete=False)


def test_a_spool_that_broke_takes_no_row_any_more_but_loses_none(tmp_path, monkeypatch):
    rescue = tmp_path / "rescue"
    rescue.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(rescue))
    with tmpfs(tmp_path / "disk", "size=1m") as disk:
        spool = Spool(disk / "rows.jsonl")
        fill(disk)
        with pytest.raises(StorageError):
            add_all(spool, 99)
        (disk / "filler").unlink()  # room again, but the file ends in half a line
        with pytest.raises(StorageError, match="No space left"):
            spool.add(made.row(100))
        assert spool.place in rescue.iterdir()
        assert Spool(spool.place).rows() == spool.rows()
        shutil.rmtree(rescue)
        monkeypatch.setattr("tempfile.tempdir", "/dev/null/nowhere")
        monkeypatch.chdir(disk)
        fill(disk)
        with pytest.raises(StorageError, match="No space left") as caught:
            spool.add(made.row(101))
        assert "no other folder could hold" in caught.value.fix
        assert spool.place is None
        monkeypatch.undo()
        spool.close(delete=False)


def test_a_file_in_the_place_of_the_store_is_said_so(tmp_path):
    (tmp_path / "mlruns").write_text("my notes")
    with pytest.raises(StorageError, match="a file stands where a folder should be") as caught:
        Store.open(tmp_path / "mlruns")
    assert str(tmp_path / "mlruns") in caught.value.what
    assert (tmp_path / "mlruns").read_text() == "my notes"


def test_only_a_store_elsewhere_needs_a_flag_and_no_password_is_in_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Store.open().flag == ""
    uri = f"sqlite:///{tmp_path}/my runs.db"
    assert Store.open(uri=uri).flag == f" --store '{uri}'"
    far = Store(None, "postgresql://me:hunter2@host/runs", tmp_path)
    assert far.flag == " --store 'postgresql://***@host/runs'"
    assert Store(None, "postgresql://me@host/runs", tmp_path).flag.endswith("//me@host/runs")
    asked = Store(None, "postgresql://me@host/runs?password=hunter2", tmp_path)
    assert "hunter2" not in asked.flag


def test_a_file_that_is_not_a_database_is_refused_and_kept(tmp_path):
    (tmp_path / "mlflow.db").write_text("these are my notes\n" * 300)
    with pytest.raises(StorageError, match="not an MLflow database"):
        Store.open(tmp_path)
    assert (tmp_path / "mlflow.db").read_text().startswith("these are my notes")


def test_a_database_of_something_else_is_refused_and_kept(tmp_path):
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    with pytest.raises(StorageError, match="not an MLflow store"):
        Store.open(tmp_path)
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert names == [("songs",)]


@pytest.fixture
def foreign(store, tmp_path):
    """A copy of a real store, whose schema a caller may change."""

    def make(revision, mark=None):
        with sqlite3.connect(store.root / "mlflow.db") as source:
            target = sqlite3.connect(tmp_path / "mlflow.db")
            source.backup(target)
        target.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        target.commit()
        target.close()
        if mark:
            (tmp_path / "store.json").write_text(json.dumps(mark))
        return tmp_path

    return make


def test_a_store_of_a_newer_mlflow_is_refused(foreign):
    with pytest.raises(StorageError, match=r"a newer .* MLflow wrote this store") as caught:
        Store.open(foreign("f4a9ffffffff"))
    assert "another folder" in caught.value.fix


def test_the_refusal_names_the_version_that_wrote_the_store_when_it_is_known(foreign):
    root = foreign("f4a9ffffffff", {"mlflow": "3.18.0", "schema": "f4a9ffffffff"})
    with pytest.raises(StorageError, match=r"MLflow 3\.18\.0 wrote this store"):
        Store.open(root)


def test_a_store_of_an_older_mlflow_is_refused_with_the_command_and_not_changed(foreign):
    root = foreign("451aebb31d03")  # a revision of MLflow 1.0
    with pytest.raises(StorageError, match="an older MLflow wrote this store") as caught:
        Store.open(root)
    assert "mlflow db upgrade" in caught.value.fix
    with sqlite3.connect(root / "mlflow.db") as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert found == ("451aebb31d03",)


def test_a_database_address_of_another_mlflow_version_is_refused_too(foreign, tmp_path):
    root = foreign("f4a9ffffffff")
    with pytest.raises(StorageError, match="another version of MLflow"):
        Store.open(tmp_path / "side", uri=f"sqlite:///{root}/mlflow.db")


def test_a_server_that_is_not_there_is_reported_within_seconds(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(StorageError, match="does not answer") as caught:
        Store.open(tmp_path, uri=f"http://me:hunter2@127.0.0.1:{port}")
    assert time.monotonic() - started < 10
    assert "hunter2" not in str(caught.value)


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("synthlab.tracking.reach.PING_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(StorageError, match="does not answer"):
            Store.open(tmp_path, uri=f"http://127.0.0.1:{port}")


def add_all(spool, count):
    for number in range(count):
        spool.add(made.row(number))


def repo_env():
    paths = [path for path in sys.path if path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
