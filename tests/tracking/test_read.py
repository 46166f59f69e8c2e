import pytest

from synthlab.errors import NotFoundError
from synthlab.tracking.read import (
    artifact_text,
    find_run,
    latest_run,
    list_runs,
    load_leaderboard,
)
from synthlab.tracking.runs import RunLog
from tests.tracking import made


@pytest.fixture(scope="module")
def two_runs(store):
    first = RunLog.start(store, "reading", "first", "a: 1\n", {}, {})
    log = first.start_trial(made.candidate("direct"), {})
    trial = made.trial("direct", log.run_id)
    log.finish(trial, {}, made.HOLDOUT)
    first.finish(made.result(first.run_id, [trial]), "One candidate.", {})
    second = RunLog.start(store, "reading", "second", "", {}, {})
    second.stop("FAILED", "no server")
    return first.run_id, second.run_id


def test_the_latest_run_is_the_newest_in_whatever_state(store, two_runs):
    assert latest_run(store, "reading") == two_runs[1]


def test_the_run_of_an_experiment_is_the_latest_with_a_score_and_newer_ones_are_named(
    store, two_runs
):
    scored, failed = two_runs
    found, skipped = find_run(store, "reading")
    assert found == scored
    assert skipped.endswith(f"the newer run {failed[:8]} (failed)")
    assert find_run(store, failed) == (failed, "")
    assert find_run(store, scored[:8]) == (scored, "")


def test_an_experiment_in_which_nothing_was_scored_gives_its_newest_run(store):
    failed = RunLog.start(store, "failing", "only", "", {}, {})
    failed.stop("FAILED", "no server")
    assert find_run(store, "failing") == (failed.run_id, "")


def test_an_unknown_experiment_gets_the_close_names(store, two_runs):
    with pytest.raises(NotFoundError, match="no experiment 'raeding'") as caught:
        latest_run(store, "raeding")
    assert "'reading'" in caught.value.fix


def test_an_unknown_run_gets_the_close_ids(store, two_runs):
    with pytest.raises(NotFoundError) as caught:
        load_leaderboard(store, f"{two_runs[0][:-1]}g")
    assert two_runs[0] in caught.value.fix


def test_an_experiment_without_runs_says_how_to_start_one(store):
    store.experiment("nothing")
    with pytest.raises(NotFoundError, match="no run in the experiment 'nothing'"):
        latest_run(store, "nothing")


def test_the_list_of_runs_says_how_each_ended(store, two_runs):
    found = {item["run_id"]: item for item in list_runs(store) if item["experiment"] == "reading"}
    first, second = (found[run_id] for run_id in two_runs)
    assert (first["name"], first["status"], first["winner"]) == ("first", "FINISHED", "direct")
    assert (first["candidates"], first["cost_usd"]) == (1, 0.0)
    assert first["f1"] == pytest.approx(0.63)
    assert (second["status"], second["winner"], second["candidates"]) == ("FAILED", None, 0)
    assert second["started"] >= first["started"]


def test_an_unknown_artifact_gets_the_close_names(store, two_runs):
    with pytest.raises(NotFoundError, match=r"no artifact 'config\.yml'") as caught:
        artifact_text(store, two_runs[0], "config.yml")
    assert "config.yaml" in caught.value.fix
    with pytest.raises(NotFoundError, match="no artifact"):
        artifact_text(store, two_runs[0], "no/such/file.txt")


def test_a_stopped_run_gives_an_empty_leaderboard(store, two_runs):
    board = load_leaderboard(store, two_runs[1])
    assert (board["status"], board["candidates"], board["baselines"]) == ("FAILED", [], [])


def test_the_scored_candidates_of_a_run_that_is_running_are_counted(store):
    run = RunLog.start(store, "at work", "at work", "", {}, {})
    for name in ("direct", "attributes"):
        log = run.start_trial(made.candidate(name), {})
    log.finish(made.trial("attributes", log.run_id), {}, made.HOLDOUT)
    (found,) = [item for item in list_runs(store) if item["run_id"] == run.run_id]
    assert (found["status"], found["candidates"]) == ("RUNNING", 1)
    assert find_run(store, "at work") == (run.run_id, "")
