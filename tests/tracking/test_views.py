import json
import logging
from dataclasses import replace

from synthlab.tracking import names, views
from synthlab.tracking.runs import RunLog
from tests.tracking import made


def state(store, experiment_id, key=views.CANDIDATES):
    view = json.loads(store.client.get_experiment(experiment_id).tags[views.tag(key)])
    return view["name"], json.loads(view["state"])


def charts(store, experiment_id):
    return state(store, experiment_id, views.CHARTS)[1]["compareRunCharts"]


def test_an_experiment_opens_with_score_cost_and_generator_columns(store):
    name, view = state(store, store.experiment("viewed"))
    assert name == "Candidates: score, cost, rows"
    assert view["searchFilter"] == "tags.`synthlab.kind` = 'candidate'"
    assert view["selectedColumns"][0] == "metrics.`f1`"
    assert "params.`generator`" in view["selectedColumns"]
    assert view["orderByKey"] == "metrics.`f1`"


def test_the_columns_of_candidates_are_metrics_that_candidates_have(store):
    run = RunLog.start(store, "columns", "columns", "", {}, {})
    log = run.start_trial(made.candidate("direct"), {})
    log.finish(made.trial("direct", log.run_id), {}, made.HOLDOUT)
    data = store.client.get_run(log.run_id).data
    known = {*(f"metrics.`{name}`" for name in data.metrics), "params.`generator`", "params.`lm`"}
    quality = {"metrics.`distinct2`", "metrics.`copied`"}
    assert set(views.COLUMNS[views.CANDIDATES]) - known - quality == {"tags.`synthlab.origin`"}


def test_the_runs_view_lists_parents(store):
    name, view = state(store, store.experiment("parents"), views.RUNS)
    assert name == "Runs: winner, test, money"
    assert view["searchFilter"] == "tags.`synthlab.kind` = 'run'"
    assert view["selectedColumns"][0] == "tags.`synthlab.winner`"


def test_the_first_scored_candidate_adds_charts_of_classes_and_of_swept_parameters(store):
    run = RunLog.start(store, "charted", "charted", "", {}, {})
    swept = replace(made.candidate("direct"), choices={"lm.temperature": 0, "generator": 1})
    log = run.start_trial(swept, {"temperature": 0.7, "seed": 7})
    log.finish(made.trial("direct", log.run_id), {}, made.HOLDOUT)
    store.experiment("charted")
    parallel = [chart for chart in charts(store, run.experiment_id) if chart["type"] == "PARALLEL"]
    data = store.client.get_run(log.run_id).data
    assert set(parallel[0]["selectedMetrics"]) == {"f1", *names.class_metrics(made.LABELS).values()}
    assert set(parallel[0]["selectedMetrics"]) <= set(data.metrics)
    assert parallel[1]["selectedParams"] == ["generator", "temperature"]
    assert set(parallel[1]["selectedParams"]) <= set(data.params)


def test_a_view_that_somebody_changed_in_the_page_stays_as_it_is(store):
    run = RunLog.start(store, "changed", "changed", "", {}, {})
    mine = json.dumps({"name": "mine", "state": json.dumps({"compareRunCharts": []})})
    store.client.set_experiment_tag(run.experiment_id, views.tag(views.CHARTS), mine)
    log = run.start_trial(made.candidate("direct"), {})
    log.finish(made.trial("direct", log.run_id), {}, made.HOLDOUT)
    assert charts(store, run.experiment_id) == []


def test_a_view_that_cannot_be_written_stops_nothing(store, caplog):
    with caplog.at_level(logging.WARNING):
        assert views.install(store.client, "987654") is False
    assert "the saved views were not written" in caplog.text


def test_the_address_of_the_view_leads_to_the_table_or_the_charts(store):
    table = views.view_url(store, "3")
    assert table.startswith("http://127.0.0.1:5000/#/experiments/3/runs?viewStateShareKey=cand")
    assert "compareRunsMode" not in table
    chart = views.view_url(store, "3", views.CHARTS, base="http://127.0.0.1:8080/")
    assert chart.startswith("http://127.0.0.1:8080/#/experiments/3/runs?viewStateShareKey=charts")
    assert chart.endswith("&compareRunsMode=CHART")


def scatters(store, experiment_id):
    return [
        chart["xaxis"]["key"]
        for chart in charts(store, experiment_id)
        if chart["type"] == "SCATTER"
    ]


def scored(run, name, cost):
    log = run.start_trial(made.candidate(name), {})
    log.finish(made.trial(name, log.run_id, cost), {}, made.HOLDOUT)


def test_score_is_drawn_against_cost_only_where_rows_cost_money(store):
    run = RunLog.start(store, "free", "free", "", {}, {})
    scored(run, "direct", 0.0)
    assert scatters(store, run.experiment_id) == ["tokens_out", "seconds"]
    scored(run, "attributes", None)
    assert scatters(store, run.experiment_id) == ["tokens_out", "seconds"]
    scored(run, "direct", 0.02)
    assert scatters(store, run.experiment_id) == ["tokens_out", "usd_per_1k"]
    # A later run that is free leaves the costs of the earlier one to be seen.
    scored(RunLog.start(store, "free", "free", "", {}, {}), "direct", 0.0)
    assert scatters(store, run.experiment_id) == ["tokens_out", "usd_per_1k"]


def test_the_names_of_child_runs_tell_the_runs_of_an_experiment_apart(store):
    runs = [RunLog.start(store, "twice", "twice", "", {}, {}) for _ in range(2)]
    children = [(run, run.start_trial(made.candidate("direct"), {})) for run in runs]
    shown = [store.client.get_run(log.run_id).info.run_name for _, log in children]
    assert shown == [f"direct · {run.run_id[:4]}" for run in runs]
    final = runs[0].start_trial(made.candidate("direct"), {}, "final")
    fresh = store.client.get_run(final.run_id)
    assert fresh.info.run_name == f"direct, fresh · {runs[0].run_id[:4]}"
    assert fresh.data.tags[names.NAME] == "direct"
