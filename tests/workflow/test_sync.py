"""Runs for a tracking server that is not there, goes away, comes back, or asks for a password."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthlab.tracking import read
from synthlab.tracking.query import search
from synthlab.tracking.registry import champion
from synthlab.tracking.store import Store
from synthlab.tracking.ui import serve
from synthlab.workflow.lab import run_file
from synthlab.workflow.progress import Quiet
from synthlab.workflow.sync import sync
from tests.conftest import copied_stores, set_out
from tests.front import Front

UNREACHED = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def behind(blank_store, tmp_path_factory):
    """A real MLflow server that all tests here share."""
    with copied_stores(blank_store):
        store = Store.open(tmp_path_factory.mktemp("server") / "mlruns")
    page = serve(store, Front.free_port())
    yield page.url
    page.stop()


@pytest.fixture
def front(behind):
    door = Front(behind)
    yield door
    door.shut()


@pytest.fixture
def config(workplace):
    """The small config under a name of the test's own, since all share the server."""
    name = re.sub(r"[^a-z0-9]+", "-", workplace.name.lower()).strip("-")
    path = workplace / "tickets.yaml"
    text = path.read_text(encoding="utf-8").replace("name: tickets", f"name: {name}")
    path.write_text(text, encoding="utf-8")
    return name


def far(front, tmp_path):
    return Store.open(tmp_path / "elsewhere", front.uri)


def plain(board, skip=("run_id", "unsent", "skipped")):
    """A leaderboard without ids and places."""
    text = json.dumps({key: value for key, value in board.items() if key not in skip})
    return re.sub(r"[0-9a-f]{32}", "ID", text)


def to(uri):
    return ("--set", f"tracking.uri={uri}")


def test_a_run_without_its_server_goes_on_here_and_says_so(config, synthlab):
    said = synthlab("run", "tickets.yaml", *to(UNREACHED), "--json")
    assert said.code == 0, said.err
    assert "does not answer" in said.err
    assert "the run goes on in" in said.err
    assert said.err.rstrip().endswith("try: synthlab sync")
    board = json.loads(said.out)
    assert board["unsent"].startswith(f"not sent to {UNREACHED}: ")
    assert json.loads(synthlab("list", "--json").out)[0]["unsent"] == UNREACHED
    later = synthlab("sync")
    assert later.code == 2
    assert "does not answer" in later.out


def test_what_a_server_missed_is_sent_later_once(config, synthlab, front, tmp_path):
    front.shut()
    here = json.loads(synthlab("run", "tickets.yaml", *to(front.uri), "--json").out)
    front.open()
    said = synthlab("sync", "--json")
    assert said.code == 0, said.err
    (sent,) = json.loads(said.out)
    assert (sent["state"], sent["run_id"], sent["runs"]) == ("sent", here["run_id"], 3)
    there = json.loads(synthlab("compare", config, "--store", front.uri, "--json").out)
    assert there["run_id"] == sent["copy_id"]
    mine = json.loads(synthlab("compare", config, "--json").out)
    assert plain(there) == plain(mine)
    assert json.loads(synthlab("sync", "--json").out) == []
    assert "nothing to send" in synthlab("sync").out
    again = json.loads(synthlab("sync", config, "--store", front.uri, "--json").out)
    assert [item["state"] for item in again] == ["already there"]
    assert len(read.list_runs(far(front, tmp_path))) == len(runs_of(front, tmp_path)) >= 1
    assert len([run for run in runs_of(front, tmp_path) if run["experiment"] == config]) == 1


def runs_of(front, tmp_path):
    return read.list_runs(far(front, tmp_path))


class Listening(Quiet):
    """Calls ``hear`` when a candidate has ended."""

    def __init__(self, hear):
        self.hear = hear
        self.notes = []

    def end(self, trial):
        self.hear(trial)

    def note(self, text):
        self.notes.append(text)


def test_a_run_with_its_server_is_read_there(config, front, tmp_path):
    result, board = run_file(Path("tickets.yaml"), [f"tracking.uri={front.uri}"])
    assert (result.unsent, board["unsent"], result.store) == ("", "", front.uri)
    (there,) = [run for run in runs_of(front, tmp_path) if run["experiment"] == config]
    assert there["run_id"] == result.run_id == board["run_id"]
    ids = {item["run_id"] for item in board["candidates"]}
    assert ids == {trial.run_id for trial in result.trials}
    store = far(front, tmp_path)
    assert all(read.artifact_text(store, run_id, "program.json") for run_id in ids)
    assert sync(Path("mlruns")) == []


def test_a_server_that_goes_away_during_a_run_loses_nothing(config, front, tmp_path, synthlab):
    listener = Listening(lambda trial: (time.sleep(1.5), front.shut()))
    result, board = run_file(Path("tickets.yaml"), [f"tracking.uri={front.uri}"], listener)
    assert result.unsent
    assert any("synthlab sync" in note for note in listener.notes)
    front.open()
    early = [run for run in runs_of(front, tmp_path) if run["experiment"] == config]
    assert [run["status"] for run in early] == ["RUNNING"]  # what arrived before
    (sent,) = sync(Path("mlruns"))
    assert sent.copy_id == early[0]["run_id"]
    there = json.loads(synthlab("compare", config, "--store", front.uri, "--json").out)
    assert plain(there) == plain(board)


def test_a_server_that_comes_back_during_a_run_has_all_of_it_at_the_end(config, front):
    front.shut()
    listener = Listening(lambda trial: None if front._server else front.open())
    result, board = run_file(Path("tickets.yaml"), [f"tracking.uri={front.uri}"], listener)
    assert (result.unsent, result.store) == ("", front.uri)
    assert len(board["candidates"]) == 2


@pytest.mark.slow
def test_a_connection_that_breaks_anywhere_leaves_one_whole_copy(config, front, tmp_path):
    front.shut()
    _, board = run_file(Path("tickets.yaml"), [f"tracking.uri={front.uri}"])
    for number, lose in ((5, True), (12, False), (17, True), (30, True)):
        front.open()
        front.left, front.lose = number, lose
        (sent,) = sync(Path("mlruns"))
        assert sent.state == "not sent", number
        front.left = None
        front.shut()
    front.open()
    (sent,) = sync(Path("mlruns"))
    assert sent.state == "sent"
    (there,) = [run for run in runs_of(front, tmp_path) if run["experiment"] == config]
    store = far(front, tmp_path)
    assert plain(read.load_leaderboard(store, there["run_id"])) == plain(board)
    query = "tags.`synthlab.local_run` LIKE '%'"
    experiment = store.client.get_experiment_by_name(config).experiment_id
    assert len(search(store, [experiment], query)) == 3


DYING = """
import os, signal, sys
from pathlib import Path
from synthlab.tracking.outbox import Outbox
from synthlab.tracking.runs import RunLog
from synthlab.tracking.spool import Spool
from synthlab.tracking.store import Store
from tests.tracking import made
box = Outbox(Store.open(Path("mlruns")), sys.argv[1])
run = RunLog.start(box.store, sys.argv[2], sys.argv[2], "a: 1", {}, {})
done = run.start_trial(made.candidate("direct"), {})
done.finish(made.trial("direct", done.run_id), {}, made.HOLDOUT)
log = run.start_trial(made.candidate("attributes"), {})
spool = Spool.at(box.store.root, log.run_id, log.candidate.digest)
for number in range(3):
    spool.add(made.row(number))
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_run_that_was_killed_is_sent_with_what_it_had_paid_for(config, front, tmp_path):
    front.shut()
    command = [sys.executable, "-c", DYING, front.uri, config]
    env = {"PYTHONPATH": ":".join(path for path in sys.path if path), "PATH": ""}
    process = subprocess.Popen(command, stdin=-1, stdout=-1, env=env)
    assert process.stdout.readline() == b"ready\n"
    front.open()
    (sent,) = sync(Path("mlruns"))
    assert (sent.state, sent.why) == ("still running", "its own process sends it")
    process.send_signal(signal.SIGKILL)
    process.wait()
    (sent,) = sync(Path("mlruns"))
    assert (sent.state, sent.runs) == ("sent", 3), sent
    store = far(front, tmp_path)
    board = read.load_leaderboard(store, sent.copy_id)
    assert (board["status"], [item["name"] for item in board["candidates"]]) == (
        "KILLED",
        ["direct"],
    )
    experiment = store.client.get_run(sent.copy_id).info.experiment_id
    (dead,) = search(store, [experiment], "tags.`synthlab.name` = 'attributes'")
    assert dead.info.status == "KILLED"
    files = store.client.list_artifacts(dead.info.run_id, "rows")
    assert "rows/unjudged.parquet" in [item.path for item in files]
    assert list(Path("mlruns/spool").iterdir()) == []


@pytest.mark.slow
def test_two_folders_share_one_server(config, front, tmp_path, synthlab, monkeypatch):
    assert synthlab("run", "tickets.yaml", *to(front.uri)).code == 0
    said = synthlab("promote", config, "--store", front.uri)
    assert said.code == 0, said.err
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    made = synthlab("generate", f"{config}@champion", "-n", "6", "--store", front.uri)
    assert made.code == 0, made.err
    assert Path("out/README.md").is_file()


def test_a_promotion_made_offline_stays_here_and_the_way_to_make_it_there_is_told(
    config, front, synthlab
):
    front.shut()
    assert synthlab("run", "tickets.yaml", *to(front.uri)).code == 0
    assert synthlab("promote", config).code == 0
    front.open()
    said = synthlab("sync")
    assert "the gate there decides" in said.out
    command = shlex.split(re.search(r"try: synthlab (promote .*)", said.out)[1])
    assert synthlab("generate", f"{config}@champion", "--store", front.uri).code == 2
    assert synthlab(*command).code == 0
    assert synthlab("generate", f"{config}@champion", "-n", "3", "--store", front.uri).code == 0


def test_the_way_to_promote_there_names_the_candidate_and_the_reason_of_a_force(
    config, front, synthlab
):
    front.shut()
    only = ("--set", "promotion.usd_per_1000=0", "--set", "promotion.replicates=5")
    assert synthlab("run", "tickets.yaml", *to(front.uri), *only).code == 0
    loser = json.loads(synthlab("compare", config, "--json").out)["candidates"][1]["name"]
    why = "it's shorter & cheaper"
    done = synthlab("promote", config, "--candidate", loser, "--force", why)
    assert done.code == 0, done
    front.open()
    (sent,) = json.loads(synthlab("sync", "--json").out)
    assert sent["promoted"] == f"{config}@champion"
    words = shlex.split(sent["promote"])
    assert words[:3] == ["synthlab", "promote", config]
    flags = dict(zip(words[3::2], words[4::2], strict=True))
    assert flags == {
        "--run": sent["copy_id"][:8],
        "--candidate": loser,
        "--force": why,
        "--store": front.uri,
    }
    assert synthlab(*words[1:]).code == 0
    there = champion(Store.open(Path("elsewhere"), front.uri), config)
    assert (there.tags["candidate"], there.tags["forced_because"]) == (loser, why)


def test_a_local_run_is_sent_when_it_is_named(config, front, synthlab):
    assert synthlab("run", "tickets.yaml").code == 0
    assert "nothing to send" in synthlab("sync", "--store", front.uri).out
    homeless = synthlab("sync", config)
    assert homeless.code == 2
    assert "give one with --store" in homeless.err
    said = synthlab("sync", config, "--store", front.uri, "--json")
    assert json.loads(said.out)[0]["state"] == "sent"
    unknown = synthlab("sync", "nothing-such", "--store", front.uri)
    assert unknown.code == 2
    assert config in unknown.err


USER, PASSWORD = "ada", "pw-planted-0123456789abcdef"


def test_a_server_that_wants_a_password_is_told_before_a_call_is_paid(
    config, front, synthlab, monkeypatch, tmp_path
):
    front.login = (USER, PASSWORD)
    for command in ("validate", "run"):
        said = synthlab(command, "tickets.yaml", *to(front.uri))
        assert said.code == 2
        assert "MLFLOW_TRACKING_USERNAME" in said.err
    assert not Path("mlruns/calls.db").exists()
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", USER)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    assert synthlab("validate", "tickets.yaml", *to(front.uri)).code == 0
    said = [
        synthlab("run", "tickets.yaml", *to(front.uri)),
        synthlab("promote", config, "--store", front.uri),
        synthlab("generate", f"{config}@champion", "-n", "3", "--store", front.uri),
        synthlab("list", "--store", front.uri),
    ]
    assert [one.code for one in said] == [0, 0, 0, 0], said
    assert not any(PASSWORD in one.out + one.err for one in said)
    assert left_behind(tmp_path.parent) == []


def left_behind(folder):
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and PASSWORD.encode() in path.read_bytes()
    ]


def test_a_password_in_the_address_is_refused_in_a_config_and_kept_nowhere(
    config, front, synthlab, tmp_path
):
    front.login = (USER, PASSWORD)
    uri = front.uri.replace("://", f"://{USER}:{PASSWORD}@")
    refused = synthlab("run", "tickets.yaml", *to(uri))
    assert refused.code == 2
    assert "holds a password" in refused.err
    said = [
        synthlab("run", "tickets.yaml"),
        synthlab("sync", config, "--store", uri),
        synthlab("promote", config, "--store", uri),
        synthlab("list", "--store", uri),
    ]
    assert [one.code for one in said] == [0, 0, 0, 0], said
    assert "http://***@" in said[1].out
    assert not any(PASSWORD in one.out + one.err for one in (*said, refused))
    assert left_behind(tmp_path.parent) == []


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("http://", "has no host"),
        ("somewhere", "is no tracking address"),
        ("delphi://x/y", "no driver"),
        ("postgresql+nodriver://x/y", "no driver"),
    ],
)
def test_what_cannot_be_an_address_is_a_mistake_in_the_config(config, synthlab, uri, said):
    found = synthlab("validate", "tickets.yaml", *to(uri))
    assert found.code == 2
    assert said in found.err
    assert "tracking.uri" in found.err


def test_validate_tells_that_the_server_is_not_there_now(config, synthlab):
    said = synthlab("validate", "tickets.yaml", *to(UNREACHED))
    assert said.code == 0
    assert "does not answer" in said.err
    assert json.loads(synthlab("validate", "tickets.yaml", *to(UNREACHED), "--json").out)["note"]


@pytest.mark.slow
def test_runs_of_other_folders_count_as_reads_of_test(config, front, tmp_path, monkeypatch):
    counts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        set_out(tmp_path / name)
        monkeypatch.chdir(tmp_path / name)
        given = [f"tracking.uri={front.uri}", f"name={config}"]
        counts.append(run_file(Path("tickets.yaml"), given)[0].finals.reads)
    assert counts[1] == counts[0] + 1
