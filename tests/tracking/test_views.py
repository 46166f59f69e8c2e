import json
import logging

from synthlab.tracking import views
from synthlab.tracking.runs import RunLog
from tests.tracking import made


def state(store, experiment_id):
    view = json.loads(store.client.get_experiment(experiment_id).tags[views.TAG])
    return view["name"], json.loads(view["state"])


def test_an_experiment_opens_with_score_cost_and_generator_columns(store):
    name, view = state(store, store.experiment("viewed"))
    assert name == "Candidates: score, cost, rows"
    assert view["searchFilter"] == "tags.`synthlab.kind` = 'candidate'"
    assert view["selectedColumns"][0] == "metrics.`f1`"
    assert "params.`generator`" in view["selectedColumns"]
    assert view["orderByKey"] == "metrics.`f1`"


def test_the_first_scored_candidate_adds_a_chart_of_its_classes(store):
    run = RunLog.start(store, "charted", "charted", "", {}, {})
    log = run.start_trial(made.candidate("direct"), {})
    log.finish(made.trial("direct", log.run_id), {}, made.HOLDOUT)
    store.experiment("charted")
    charts = state(store, run.experiment_id)[1]["compareRunCharts"]
    parallel = next(chart for chart in charts if chart["type"] == "PARALLEL")
    logged = store.client.get_run(log.run_id).data.metrics
    assert set(parallel["selectedMetrics"]) <= set(logged)


def test_a_view_that_cannot_be_written_stops_nothing(store, caplog):
    with caplog.at_level(logging.WARNING):
        assert views.install(store.client, "987654") is False
    assert "the saved view was not written" in caplog.text


def test_the_address_of_the_view_leads_to_the_table_or_the_charts(store):
    table = views.view_url(store, "3")
    assert table.startswith("http://127.0.0.1:5000/#/experiments/3/runs?viewStateShareKey=cand")
    assert "compareRunsMode" not in table
    chart = views.view_url(store, "3", chart=True, base="http://127.0.0.1:8080/")
    assert chart.startswith("http://127.0.0.1:8080/#/experiments/3/runs?")
    assert chart.endswith("&compareRunsMode=CHART")
