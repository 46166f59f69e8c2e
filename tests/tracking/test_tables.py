"""What is read from MLflow's tables and what MLflow's client reads must be the same, all of it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from synthlab.errors import StorageError
from synthlab.tracking import names
from synthlab.tracking.read import find_run, list_runs, load_leaderboard, reads_of_test
from synthlab.tracking.reading import Client
from synthlab.tracking.runs import RunLog
from synthlab.tracking.store import Store
from synthlab.tracking.tables import SCHEMAS, Tables
from synthlab.workflow.compare import compare
from synthlab.workflow.looking import board
from synthlab.workflow.reporting import report
from tests.tracking import made

DIGEST = f"{names.DIGEST}test"
SEEN = "9a8b7c6d5e4f3021"  # the test split of ``made.result``


def fill(store):
    """Runs of three experiments in every state, some of them deleted; ids by what they are."""
    ids = {"whole": _whole(store, "whole"), "again": _whole(store, "whole", cost=None)}
    stopped = RunLog.start(store, "stopped", "stopped", "", {}, {f"{names.DIGEST}dev": "ab"})
    for name in ("direct", "few_shot", "attributes"):
        log = stopped.start_trial(made.candidate(name), {"rows_per_class": 50})
        ids[name] = log.run_id
        if name != "attributes":
            log.finish(made.trial(name, log.run_id, missing=3), {}, made.HOLDOUT)
    stopped.stop("FAILED", "no server")
    ids["stopped"] = stopped.run_id
    ids["at work"] = RunLog.start(store, "stopped", "at work", "", {}, {}).run_id
    ids["deleted"] = _whole(store, "whole")
    store.client.delete_run(ids["deleted"])
    ids["of a deleted experiment"] = _whole(store, "gone")
    gone = store.client.get_experiment_by_name("gone")
    store.client.delete_experiment(gone.experiment_id)
    _odd(store, ids)
    return ids


def _whole(store, experiment, cost=0.0):
    run = RunLog.start(store, experiment, experiment, "a: 1\n", {"seed": "1"}, {})
    trials = []
    for name in ("direct", "attributes"):
        log = run.start_trial(made.candidate(name), {"model": "tfidf-logreg", "seed": "1"})
        trials.append(made.trial(name, log.run_id, cost))
        log.finish(trials[-1], {}, made.HOLDOUT)
        trials[-1] = replace(trials[-1], run_id=log.run_id)
    run.tag({names.TEST_READS: "1"})
    run.finish(made.result(run.run_id, trials), "", {})
    return run.run_id


def _odd(store, ids):
    """Runs of others: without any tag of ours, of the same millisecond, without a number."""
    place = store.experiment("stopped")
    for number in range(3):
        tags = {names.KIND: "run", "emoji": "naïve 猫 ' \" %"}
        run = store.client.create_run(place, start_time=1_700_000_000_000, tags=tags)
        ids[f"odd {number}"] = run.info.run_id
    store.client.log_metric(run.info.run_id, "f1", float("nan"))
    store.client.log_metric(run.info.run_id, "cost_usd", float("inf"))
    for step, value in enumerate((0.25, 0.75)):
        store.client.log_metric(run.info.run_id, "rows", value, step=step)
    ids["bare"] = store.client.create_run(place, run_name="bare").info.run_id
    store.client.delete_tag(ids["bare"], "mlflow.runName")
    renamed = ids["whole"]
    store.client.update_run(renamed, name="renamed in the UI")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    store = Store.open(tmp_path_factory.mktemp("tables") / "mlruns")
    return store, fill(store)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def both(request, tmp_path_factory):
    """One store, read by MLflow and read from its tables; and the ids of its runs."""
    if request.param == "sqlite":
        store, ids = request.getfixturevalue("filled")
    else:
        url = request.getfixturevalue("postgres_url")
        store = Store.open(tmp_path_factory.mktemp("far") / "mlruns", url)
        ids = fill(store)
    quick = Store.look(store.root, store.uri)
    assert quick.tables is not None
    return store, quick, ids


def same(ours, theirs):
    """Equal as texts, in which a NaN is one too."""
    assert ours == theirs or repr(ours) == repr(theirs)


def as_plain(run):
    return {
        **vars(run),
        **{key: sorted(getattr(run, key).items()) for key in ("tags", "params", "metrics")},
    }


def test_every_run_is_read_alike_field_by_field(both):
    store, quick, ids = both
    mlflow, tables = Client(store.client), quick.tables
    for run_id in [*ids.values(), "0" * 32]:
        ours, theirs = tables.run(run_id), mlflow.run(run_id)
        same(ours and as_plain(ours), theirs and as_plain(theirs))


def test_experiments_and_queries_give_the_same_in_the_same_order(both):
    store, quick, ids = both
    mlflow, tables = Client(store.client), quick.tables
    for deleted in (False, True):
        every = mlflow.experiments(deleted)
        assert list(tables.experiments(deleted).items()) == list(every.items())
        for tags in (
            {},
            {names.KIND: "run"},
            {names.KIND: "candidate", names.PARENT: ids["whole"]},
            {names.KIND: "run", DIGEST: SEEN},
            {names.KIND: "RUN"},
            {"no such tag": "x"},
        ):
            ours = [as_plain(run) for run in tables.runs(list(every), tags, deleted)]
            same(ours, [as_plain(run) for run in mlflow.runs(list(every), tags, deleted)])
    assert "gone" not in tables.experiments().values()
    assert tables.runs([], {}) == mlflow.runs([], {}) == []


def test_a_list_of_runs_is_the_same(both):
    store, quick, ids = both
    ours = list_runs(quick)
    same(ours, list_runs(store))
    listed = {item["run_id"]: item for item in ours}
    assert ids["deleted"] not in listed
    assert ids["of a deleted experiment"] not in listed
    assert listed[ids["stopped"]]["candidates"] == 2
    assert listed[ids["whole"]]["name"] == "renamed in the UI"


@pytest.mark.parametrize("what", ["whole", "again", "stopped", "at work", "deleted", "odd 0"])
def test_a_leaderboard_is_the_same_with_its_panels(both, what):
    store, quick, ids = both
    found = load_leaderboard(quick, ids[what])
    same(json.dumps(found), json.dumps(load_leaderboard(store, ids[what])))
    if what in ("whole", "again", "stopped"):
        ref = ids[what]
        same(json.dumps(board(quick, ref, panels=None)), json.dumps(board(store, ref, panels=None)))


@pytest.mark.parametrize("ref", ["whole", "stopped", "gone", "nothing of that name"])
def test_a_name_finds_the_same_run_or_is_refused_alike(both, ref):
    store, quick, _ = both
    assert outcome(find_run, quick, ref) == outcome(find_run, store, ref)


def outcome(call, *args):
    try:
        return call(*args)
    except Exception as exc:
        return str(exc).replace("--store", "")


def test_two_candidates_are_compared_alike(both):
    store, quick, ids = both
    for a, b in ((f"{ids['whole']}:direct", ":attributes"), (ids["whole"], ids["again"])):
        assert compare(quick, a, b) == compare(store, a, b)


def test_a_report_is_the_same_page(both):
    store, quick, ids = both
    for what in ("whole", "stopped"):
        assert report(quick, ids[what]) == report(store, ids[what])


def test_test_rows_that_a_deleted_run_has_seen_count_both_ways(both):
    store, quick, _ = both
    assert reads_of_test(quick, SEEN) == reads_of_test(store, SEEN) == 4


def test_the_schema_of_the_mlflow_that_is_installed_is_known(filled):
    with closing(sqlite3.connect(filled[0].root / "mlflow.db")) as connection:
        (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert {found} == SCHEMAS


def test_another_schema_is_left_to_mlflow_which_refuses_it(filled, tmp_path):
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as target:
        with closing(sqlite3.connect(filled[0].root / "mlflow.db")) as source:
            source.backup(target)
        target.execute("UPDATE alembic_version SET version_num = 'f4a9ffffffff'")
        target.commit()
    assert Tables.at(f"sqlite:///{tmp_path}/mlflow.db") is None
    with pytest.raises(StorageError, match=r"a newer .* MLflow wrote this store"):
        Store.look(tmp_path)


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1:5000", "sqlite:///no/such/file.db", "sqlite://", "mysql://host/runs"],
)
def test_what_has_no_tables_to_read_is_left_to_mlflow(uri):
    assert Tables.at(uri) is None


def test_workspaces_are_left_to_mlflow(filled, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", "true")
    assert Tables.at(filled[0].uri) is None


def test_a_folder_without_a_store_gets_one(tmp_path):
    store = Store.look(tmp_path / "mlruns")
    assert list_runs(store) == []
    assert Store.look(tmp_path / "mlruns").tables is not None


def test_a_store_that_was_only_looked_at_can_be_written(filled):
    quick = Store.look(filled[0].root)
    run = RunLog.start(quick, "later", "later", "", {}, {})
    run.stop("KILLED", "enough")
    assert [item["status"] for item in list_runs(quick) if item["name"] == "later"] == ["KILLED"]


def test_commands_that_look_load_no_mlflow(filled, tmp_path):
    store, ids = filled
    report_file = str(tmp_path / "r.html")
    for args in (
        ["list"],
        ["compare", ids["whole"], "--panel"],
        ["compare", ids["stopped"]],
        ["compare", f"{ids['whole']}:direct", ":attributes"],
        ["report", ids["whole"], "-o", report_file],
    ):
        code = (
            "import sys, synthlab.cli\n"
            f"synthlab.cli.app({[*args, '--store', store.uri]!r}, standalone_mode=False)\n"
            "print('LOADED', [m for m in ('mlflow', 'sqlalchemy', 'pandas') if m in sys.modules])"
        )
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "LOADED []", args
