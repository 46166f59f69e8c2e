"""What a run leaves in MLflow beside scores, seen as its web page sees it."""

import json
import sqlite3
from collections import Counter

import pytest

from synthlab.tracking.store import Store

KEY = "sk-planted-0123456789abcdef"


@pytest.fixture
def run(workplace, synthlab, ready_stores, monkeypatch):
    """Runs the config with overrides; gives the store and the candidates' runs by name."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("MY_KEY", KEY)

    def go(*overrides):
        flags = [part for text in overrides for part in ("--set", text)]
        said = synthlab("run", "tickets.yaml", "--set", "lm.api_key_env=MY_KEY", *flags)
        assert said.code == 0, said.err
        store = Store.open(workplace / "mlruns")
        runs = store.client.search_runs(["1"], "tags.`synthlab.kind` = 'candidate'")
        return store, {item.data.tags["synthlab.name"]: item for item in runs}

    return go


def traces(store, run):
    place = store.client.search_traces(locations=["1"], run_id=run.info.run_id, max_results=500)
    return list(place)


def test_each_candidate_has_its_prompt_traces_and_classifier_and_no_key_is_anywhere(run, workplace):
    store, runs = run("tracking.classifiers=all")
    prompts = {name: json.loads(r.data.tags["mlflow.linkedPrompts"]) for name, r in runs.items()}
    assert prompts["direct"] == [{"name": "tickets.Direct.row", "version": "1"}]
    assert prompts["attributes"] == [{"name": "tickets.Attributes.row", "version": "1"}]
    (version,) = store.client.search_prompt_versions("tickets.Attributes.row")
    assert version.template.startswith("Write a {{document}} about {{topic}}.\n\n```yaml\naxes:")
    assert "with.axes.topic.refund" in runs["attributes"].data.params
    assert not [key for key in runs["direct"].data.params if key.startswith("with")]
    found = traces(store, runs["attributes"])
    assert len(found) == 18
    root, sent = found[0].data.spans
    assert root.inputs["topic"] in sent.inputs
    assert root.outputs["text"] == sent.outputs
    assert sum(item.info.token_usage["total_tokens"] for item in found) == (
        runs["attributes"].data.metrics["tokens_in"] + runs["attributes"].data.metrics["tokens_out"]
    )
    for item in runs.values():
        (output,) = item.outputs.model_outputs
        assert store.client.get_logged_model(output.model_id).status == "READY"
    files = [path for path in (workplace / "mlruns").rglob("*") if path.is_file()]
    assert len(files) > 20
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


def test_the_winners_classifier_alone_is_logged_and_no_trace_where_these_are_off(run):
    store, runs = run("tracking.traces=off")
    assert [len(traces(store, item)) for item in runs.values()] == [0, 0]
    models = {
        name: bool(item.outputs and item.outputs.model_outputs) for name, item in runs.items()
    }
    assert models == {"direct": False, "attributes": True}


def test_a_run_that_is_repeated_adds_no_version_and_says_that_nothing_was_sent(run, synthlab):
    run()
    store, _ = run("tracking.classifiers=off")
    versions = store.client.search_prompt_versions("tickets.Direct.row")
    assert len(versions) == 1
    every = store.client.search_traces(locations=["1"], max_results=500)
    replayed = Counter("replayed" in item.info.tags for item in every)
    assert replayed == {True: 36, False: 36}


def test_a_learning_curve_is_a_metric_by_rows_a_class(run):
    store, runs = run("tracking.traces=off", "tracking.classifiers=off")
    history = store.client.get_metric_history(runs["direct"].info.run_id, "curve_f1")
    assert [point.step for point in history] == [1, 3, 6]


def test_system_metrics_stop_with_the_run(run, workplace, monkeypatch):
    monkeypatch.setattr("synthlab.tracking.machine.SECONDS", 0.05)
    run("tracking.traces=off", "tracking.classifiers=off")
    with sqlite3.connect(workplace / "mlruns" / "mlflow.db") as database:
        query = "select distinct r.name from metrics join runs r using (run_uuid) where key like ?"
        assert database.execute(query, ["system/cpu%"]).fetchall() == [("tickets",)]
