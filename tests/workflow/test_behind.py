"""Candidates are logged behind the work: in order, and what fails there ends the run as ever."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from synthlab.errors import StorageError
from synthlab.tracking import names
from synthlab.tracking.read import list_runs
from synthlab.tracking.trials import TrialLog
from synthlab.workflow.behind import Behind
from synthlab.workflow.fresh import Maker
from synthlab.workflow.lab import open_store, run_file
from synthlab.workflow.progress import Quiet

FULL = StorageError("cannot log 'x': the disk is full", "free some space")


def fail() -> None:
    raise FULL


def test_jobs_run_in_their_order_in_one_other_thread_and_one_waits_for_the_other():
    behind, did = Behind(), []

    def job(number: int) -> None:
        time.sleep(0.02 * (3 - number))
        did.append((number, threading.current_thread()))

    for number in range(3):
        behind.put(lambda number=number: job(number))
        assert [n for n, _ in did] == list(range(number))
    behind.settle()
    assert [n for n, _ in did] == [0, 1, 2]
    threads = {thread for _, thread in did}
    assert len(threads) == 1
    assert threading.current_thread() not in threads


def test_an_error_comes_to_whoever_gives_the_next_job_which_is_not_done():
    behind, did = Behind(), []
    behind.put(fail)
    with pytest.raises(StorageError, match="disk is full"):
        behind.put(lambda: did.append(1))
    behind.settle()
    assert did == []


def test_an_error_outlives_waiting_and_is_raised_once():
    behind = Behind()
    behind.put(fail)
    behind.wait()
    with pytest.raises(StorageError, match="disk is full"):
        behind.settle()
    behind.settle()


def test_it_is_busy_until_a_job_has_ended():
    behind, go_on = Behind(), threading.Event()
    assert not behind.busy
    behind.put(go_on.wait)
    assert behind.busy
    go_on.set()
    behind.wait()
    assert not behind.busy


def test_its_thread_ends_with_the_last_job():
    behind, did = Behind(), []
    behind.put(lambda: did.append(threading.current_thread()))
    behind.close()
    behind.settle()
    did[0].join(5)
    assert not did[0].is_alive()


@pytest.fixture
def lab(workplace, ready_stores):
    """Runs the config, in a folder of its own; gives the runs that are in the store then."""

    def go(*overrides, raises=None, progress=None):
        if raises is None:
            run_file(Path("tickets.yaml"), overrides)
        else:
            with pytest.raises(raises):
                run_file(Path("tickets.yaml"), overrides, progress)
        store = open_store()
        experiments = list(store.reading.experiments())
        return store, {f"{run.kind} {run.name}": run for run in store.reading.runs(experiments, {})}

    return go


class Told(Quiet):
    """Keeps the notes."""

    def __init__(self, notes):
        self.note = notes.append


def breaking(monkeypatch, method, name):
    """The store takes nothing of one candidate when it ends with a score."""
    whole = getattr(TrialLog, method)

    def finish(log, *args, **given):
        if log.candidate.name == name:
            raise FULL
        return whole(log, *args, **given)

    monkeypatch.setattr(TrialLog, method, finish)


@pytest.mark.parametrize("name", ["direct", "attributes"])
def test_a_candidate_that_cannot_be_logged_ends_the_run_before_test_and_keeps_its_rows(
    lab, monkeypatch, workplace, name
):
    breaking(monkeypatch, "finish", name)
    _, runs = lab(raises=StorageError)
    assert runs["run tickets"].status == "FAILED"
    assert runs["run tickets"].tags[names.TEST_READS] == "0"
    assert runs[f"candidate {name}"].status == "FAILED"
    assert Path(runs[f"candidate {name}"].artifacts, "rows", "kept.parquet").exists()
    assert not [run for run in runs.values() if run.status == "RUNNING"]
    assert list((workplace / "mlruns" / "spool").glob("*")) == []


def test_fresh_generations_that_cannot_be_logged_end_it_likewise(lab, monkeypatch, workplace):
    breaking(monkeypatch, "finish_final", "attributes")
    _, runs = lab("finals.replicates=2", raises=StorageError)
    assert runs["run tickets"].tags[names.TEST_READS] == "0"
    final = runs["final attributes"]
    assert final.status == "FAILED"
    assert Path(final.artifacts, "rows", "kept.parquet").exists()
    assert (runs["candidate direct"].status, runs["candidate attributes"].status) == (
        "FINISHED",
        "FINISHED",
    )
    assert list((workplace / "mlruns" / "spool").glob("*")) == []


def test_a_candidate_that_is_being_logged_when_the_run_is_interrupted_is_logged_whole(
    lab, monkeypatch, workplace
):
    whole = TrialLog.finish

    def slow(log, *args, **given):
        time.sleep(0.3)
        return whole(log, *args, **given)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(TrialLog, "finish", slow)
    monkeypatch.setattr(Maker, "make", interrupted)
    said = []
    store, runs = lab(raises=KeyboardInterrupt, progress=Told(said))
    assert "a candidate is being measured and logged: that ends first" in said
    assert runs["run tickets"].status == "KILLED"
    assert (runs["candidate direct"].status, runs["candidate attributes"].status) == (
        "FINISHED",
        "FINISHED",
    )
    assert [item["candidates"] for item in list_runs(store)] == [2]
    assert list((workplace / "mlruns" / "spool").glob("*")) == []
