import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from synthlab.outcomes import Failure
from synthlab.records import Curated, Dropped, Usage
from synthlab.tracking import names
from synthlab.tracking.read import artifact_text, load_leaderboard
from synthlab.tracking.runs import RunLog
from tests.tracking import made

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def logged(store):
    """A finished run with two trials, and its result."""
    run = RunLog.start(store, "bbc", "bbc-news", "name: bbc-news\n", {"seed": 7}, {"who": "ci"})
    trials = []
    for name, cost in (("direct", None), ("attributes", 0.25)):
        log = run.start_trial(made.candidate(name), made.candidate(name).params)
        trial = made.trial(name, log.run_id, cost)
        log.finish(trial, {"confusion": PNG}, made.HOLDOUT)
        trials.append(trial)
    result = made.result(run.run_id, trials)
    run.finish(result, "Attributes win.", {"leaderboard": PNG})
    return store, result


def test_a_logged_run_comes_back_as_the_same_leaderboard(logged):
    store, result = logged
    board = load_leaderboard(store, result.run_id)
    assert [entry["name"] for entry in board["candidates"]] == ["attributes", "direct"]
    first, second = board["candidates"]
    assert first["f1"] == pytest.approx(0.79)
    assert first["rows"] == 200
    assert first["dropped"] == 14
    assert first["cost_usd"] == 0.25
    assert second["cost_usd"] is None
    assert first["per_class"]["sport"]["support"] == 80
    assert first["per_class"]["sport"]["rows"] == 40
    assert (first["short"], board["failed"]) == ({}, [])
    assert board["baselines"][1] == {
        "name": "5 real",
        "f1": 0.84,
        "sd": 0.03,
        "rows": 25,
        "draws": 5,
        "per_class": None,
    }
    assert board["winner"] == "attributes"
    assert board["finals"]["arms"][0]["estimate"]["value"] == 0.845
    assert board["digests"]["dev"] == made.HOLDOUT.digest
    assert board["status"] == "FINISHED"


def test_a_candidates_metrics_are_short_and_complete(logged):
    store, result = logged
    data = store.client.get_run(result.winner.run_id).data
    assert set(data.metrics) == {
        *("f1", "accuracy", "f1_aug", "rows", "dropped", "cost_usd", "tokens_in", "tokens_out"),
        *(
            "f1_low",
            "f1_high",
            "usd_per_1k",
            "calls",
            "seconds",
            "f1_business",
            "f1_entertain",
            "f1_politics",
            "f1_sport",
            "f1_tech",
        ),
    }
    assert max(map(len, data.metrics)) <= 12
    assert data.metrics["usd_per_1k"] == pytest.approx(1000 * 0.25 / 200)
    assert data.metrics["f1_low"] < 0.79 < data.metrics["f1_high"] or data.metrics["f1_high"] == 1
    assert data.params["generator"] == "attributes"
    assert data.params["axes.length"] == '["short", "long"]'
    assert data.tags["mlflow.parentRunId"] == result.run_id
    assert data.tags["synthlab.candidate"] == result.winner.candidate.digest


def test_an_unknown_cost_is_left_out_rather_than_zero(logged):
    store, result = logged
    assert "cost_usd" not in store.client.get_run(result.trials[1].run_id).data.metrics
    assert "cost_usd" not in store.client.get_run(result.run_id).data.metrics


def test_kept_and_dropped_rows_are_parquet_files_with_their_lineage(logged, tmp_path):
    store, result = logged
    local = store.client.download_artifacts(result.winner.run_id, "rows", str(tmp_path))
    kept = pd.read_parquet(Path(local, "kept.parquet"))
    dropped = pd.read_parquet(Path(local, "dropped.parquet"))
    lineage = ["attributes", "shown", "call", "lm", "candidate", "cost_usd", "tokens"]
    assert list(kept.columns) == ["id", "label", "text", *lineage]
    assert len(kept) == 200
    assert kept.text[0] == "business article 0"
    assert json.loads(kept.attributes[0]) == {"subtopic": "cricket"}
    assert json.loads(kept.shown[0]) == ["real-3"]
    assert kept.tokens[0] == 130
    assert list(dropped.columns[:4]) == ["id", "label", "reason", "detail"]
    assert dropped.detail[13] == "detail 13"
    assert dropped.reason.value_counts().to_dict() == {
        "near duplicate": 9,
        "too short": 4,
        "refusal": 1,
    }


def test_prompts_program_config_and_figures_are_readable_artifacts(logged):
    store, result = logged
    run_id = result.winner.run_id
    assert "attributes news article" in artifact_text(store, run_id, "prompts/write.txt")
    assert json.loads(artifact_text(store, run_id, "program.json")) == {"write": {"demos": []}}
    assert artifact_text(store, result.run_id, "config.yaml") == "name: bbc-news\n"
    figures = [item.path for item in store.client.list_artifacts(run_id, "figures")]
    assert figures == ["figures/confusion.png"]


def test_the_parent_says_who_won_and_on_what_rows(logged):
    store, result = logged
    run = store.client.get_run(result.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["test_f1"] == 0.845
    assert run.data.metrics["rows"] == 400
    assert run.data.tags["synthlab.winner"] == "attributes"
    assert run.data.tags["synthlab.winner_run"] == result.winner.run_id
    assert run.data.tags["synthlab.digest.test"] == "9a8b7c6d5e4f3021"
    assert run.data.tags["mlflow.note.content"].startswith("Attributes win.")
    assert "| **attributes**&emsp; | 0.790&emsp; |" in run.data.tags["mlflow.note.content"]


def test_the_description_of_a_candidate_says_score_cost_rows_and_reasons(logged):
    store, result = logged
    note = store.client.get_run(result.winner.run_id).data.tags["mlflow.note.content"]
    assert "macro-F1 **0.790** on 400 real rows" in note
    assert "14 dropped (9 near duplicate, 4 too short, 1 refusal)" in note
    assert "0.25 USD" in note


def test_both_data_sets_are_inputs_that_can_be_searched_by_digest(logged):
    store, result = logged
    run = store.client.get_run(result.winner.run_id)
    contexts = {item.tags[0].value: item.dataset for item in run.inputs.dataset_inputs}
    assert set(contexts) == {"synthetic", "holdout"}
    assert contexts["holdout"].digest == made.HOLDOUT.digest
    source = mlflow.data.get_source(contexts["synthetic"])
    assert len(pd.read_parquet(source.load())) == 200
    query = f"datasets.digest = '{made.HOLDOUT.digest}'"
    same = store.client.search_runs([run.info.experiment_id], query)
    assert {item.info.run_id for item in same} == {trial.run_id for trial in result.trials}


def test_the_holdout_is_known_by_digest_and_size_only(logged):
    store, result = logged
    inputs = store.client.get_run(result.winner.run_id).inputs.dataset_inputs
    real = next(item.dataset for item in inputs if item.tags[0].value == "holdout")
    assert json.loads(real.source) == {"tags": {"rows": "400", "digest": made.HOLDOUT.digest}}
    assert json.loads(real.profile) == {"num_rows": 400}
    assert real.schema is None


def test_every_artifact_is_accounted_for(logged):
    store, _ = logged
    home = store.root / "artifacts" / "bbc"
    files = {path.name for path in home.rglob("*") if path.is_file()}
    assert files == {
        *("config.yaml", "leaderboard.json", "leaderboard.png", "confusion.png", "program.json"),
        *("per_class.json", "write.txt", "kept.parquet", "dropped.parquet", "dev.parquet"),
        "feedback.json",
    }


def test_a_run_that_was_stopped_half_way_keeps_its_finished_candidates(store):
    run = RunLog.start(store, "stopped", "half", "name: half\n", {}, {"synthlab.digest.dev": "d1"})
    done = run.start_trial(made.candidate("direct"), {})
    done.finish(made.trial("direct", done.run_id), {}, made.HOLDOUT)
    cut = run.start_trial(made.candidate("attributes"), {})
    cut.stop(Curated(), [made.row(n) for n in range(7)], "KILLED", "interrupted with Ctrl-C")
    never = run.start_trial(made.candidate("few_shot"), {})
    run.stop("KILLED", "interrupted with Ctrl-C")
    board = load_leaderboard(store, run.run_id)
    assert board["status"] == "KILLED"
    assert [entry["name"] for entry in board["candidates"]] == ["direct"]
    assert board["candidates"][0]["tokens"] == made.trial("direct").usage.tokens
    assert board["candidates"][0]["per_class"]["tech"]["f1"] == 0.61
    assert board["failed"] == []
    assert board["digests"] == {"dev": "d1"}
    for log in (cut, never):
        assert store.client.get_run(log.run_id).info.status == "KILLED"
    assert store.client.get_run(cut.run_id).data.tags["synthlab.stopped"].startswith("interrupted")


def test_the_rows_of_a_stopped_candidate_are_saved_as_what_they_are(store, tmp_path):
    run = RunLog.start(store, "stopped", "rows", "", {}, {})
    log = run.start_trial(made.candidate("direct"), {})
    bad = Dropped(made.row(8), "no text in the answer", "no JSON object")
    curated = Curated((made.row(0), made.row(1)), (bad,))
    log.stop(curated, [made.row(n) for n in range(2, 7)], "FAILED", "the server went away")
    local = store.client.download_artifacts(log.run_id, "rows", str(tmp_path))
    read = {path.stem: pd.read_parquet(path) for path in Path(local).iterdir()}
    assert {name: len(rows) for name, rows in read.items()} == {
        "kept": 2,
        "dropped": 1,
        "unjudged": 5,
    }
    assert list(read["kept"].text) == ["sport article 0", "sport article 1"]
    assert read["dropped"].loc[0, ["reason", "detail"]].tolist() == [bad.reason, bad.detail]
    data = store.client.get_run(log.run_id).data
    assert (data.metrics["tokens_in"], data.metrics["calls"]) == (8 * 60, 8)
    note = data.tags["mlflow.note.content"]
    assert "2 kept, 1 dropped (1 no text in the answer), 5 not judged" in note
    run.stop("FAILED", "the server went away")
    (failed,) = load_leaderboard(store, run.run_id)["failed"]
    assert (failed["name"], failed["reason"]) == ("direct", "the server went away")
    assert (failed["run_id"], failed["tokens"]) == (log.run_id, 8 * 130)


def test_a_candidate_short_of_rows_stands_after_complete_ones_and_says_so(store):
    run = RunLog.start(store, "short", "short", "", {}, {})
    trials = []
    for name, missing in (("direct", 0), ("few_shot", 9)):
        log = run.start_trial(made.candidate(name), {"rows_per_class": 40})
        trials.append(made.trial(name, log.run_id, missing=missing))
        log.finish(trials[-1], {}, made.HOLDOUT)
    tags = store.client.get_run(trials[1].run_id).data.tags
    assert tags["synthlab.short"] == "tech 31 of 40"
    assert "**Short**: tech 31 of 40 rows" in tags["mlflow.note.content"]
    assert "synthlab.short" not in store.client.get_run(trials[0].run_id).data.tags
    unfinished = load_leaderboard(store, run.run_id)
    run.finish(made.result(run.run_id, trials), "Said.", {})
    finished = load_leaderboard(store, run.run_id)
    for board in (unfinished, finished):
        first, second = board["candidates"]
        assert (first["name"], first["short"]) == ("direct", {})
        assert (second["name"], second["short"]) == ("few_shot", {"tech": 9})
        assert first["f1"] < second["f1"]
    note = store.client.get_run(run.run_id).data.tags["mlflow.note.content"]
    assert "**few_shot** (short: tech 31 of 40)" in note


def test_a_failed_candidate_is_on_the_leaderboard_and_its_cost_in_the_total(store):
    run = RunLog.start(store, "failed", "failed", "", {}, {})
    log = run.start_trial(made.candidate("direct"), {})
    trial = made.trial("direct", log.run_id, cost=0.25)
    log.finish(trial, {}, made.HOLDOUT)
    failure = Failure("attributes", "no row of tech was kept", "f00", Usage(3, 30, 40, 0.5))
    result = replace(made.result(run.run_id, [trial]), failed=[failure])
    run.finish(result, "Said.", {})
    assert load_leaderboard(store, run.run_id)["failed"] == [
        {
            "name": "attributes",
            "reason": "no row of tech was kept",
            "run_id": "f00",
            "cost_usd": 0.5,
            "tokens": 70,
        }
    ]
    data = store.client.get_run(run.run_id).data
    assert data.metrics["cost_usd"] == 0.75
    assert data.metrics["calls"] == trial.usage.calls + 3
    assert "attributes is out: no row of tech was kept" in data.tags["mlflow.note.content"]


def test_trials_may_be_logged_from_several_threads(store):
    run = RunLog.start(store, "threads", "threads", "", {}, {})

    def one(number):
        what = replace(made.candidate("direct"), name=f"direct-{number}", digest=f"d{number}")
        log = run.start_trial(what, {})
        log.finish(replace(made.trial("direct", log.run_id), candidate=what), {}, made.HOLDOUT)
        return log.run_id

    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(one, range(8)))
    board = load_leaderboard(store, run.run_id)
    assert {entry["run_id"] for entry in board["candidates"]} == set(ids)


def test_odd_rows_and_values_can_be_written(store, tmp_path):
    rows = [
        replace(made.row(0), values={"text": "half a pair \ud83d", "id": 1, "tags": ["a"]}),
        replace(made.row(1), values={"text": None, "id": "x", "tags": []}, lineage=None),
    ]
    run = RunLog.start(store, "odd", "odd", "", {"long": "x" * 9000, "a:b$": None}, {})
    log = run.start_trial(made.candidate("direct"), {f"p{n}": n for n in range(250)})
    log.stop(Curated(tuple(rows)), [], "FAILED", "because\nof | this")
    local = store.client.download_artifacts(log.run_id, "rows/kept.parquet", str(tmp_path))
    frame = pd.read_parquet(local)
    assert frame["text"][0] == "half a pair ?"
    assert list(frame["field.id"]) == ["1", '"x"']
    assert len(store.client.get_run(log.run_id).data.params) == 252
    assert len(store.client.get_run(run.run_id).data.params["long"]) == 500


def test_class_metrics_stay_apart_when_their_short_names_collide():
    labels = ["card_payment_fee", "card_payment_wrong", "Aug", "Ärger", "!!", "??"]
    found = names.class_metrics(labels)
    assert len(set(found.values())) == len(labels)
    assert found["card_payment_fee"] == "f1_card_paym"
    assert found["card_payment_wrong"] == "f1_card_payment_wrong"
    assert "f1_aug" not in found.values()
    assert found["Ärger"] == "f1_ärger"


def test_weights_of_attribute_values_are_one_parameter_for_each_class():
    axes = {"topic": {"sport": {"a, b": 0.25, "c, d": 1}, "arts": {"e, f": 1}}, "tone": ["dry"]}
    flat = names.flat_params({"with": {"axes": axes, "shots": 2}})
    assert flat == {
        "with.axes.topic.sport": '{"a, b": 0.25, "c, d": 1}',
        "with.axes.topic.arts": '{"e, f": 1}',
        "with.axes.tone": '["dry"]',
        "with.shots": "2",
    }
