"""The saved view with which MLflow's runs table and charts of an experiment open.

MLflow has no API for it: the view is an experiment tag in the format of its web page (MLflow 3.17).
A view is cosmetic, so a failure here is logged and never stops a run.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from synthlab.tracking.store import Store

KEY = "candidates"
TAG = f"mlflow.sharedViewState.{KEY}"
TITLE = "Candidates: score, cost, rows"
METRICS = ("f1", "f1_aug", "cost_usd", "rows", "tokens_out", "seconds")
COLUMNS = (*(f"metrics.`{name}`" for name in METRICS), "params.`generator`", "params.`lm`")

_SECTION = {"uuid": "synthlab", "name": "Candidates", "display": True, "isReordered": False}

_log = logging.getLogger(__name__)


def install(client: Any, experiment_id: str, class_metrics: Sequence[str] = ()) -> bool:
    """Write the view; ``class_metrics`` (such as ``f1_sport``) get a chart of their own.

    Returns:
        Whether it was written.
    """
    try:
        tags = client.get_experiment(experiment_id).tags
        if TAG in tags and not class_metrics:
            return True
        now = int(time.time() * 1000)
        view = {"name": TITLE, "createdAt": now, "updatedAt": now}
        state = json.dumps(_state(class_metrics))
        client.set_experiment_tag(experiment_id, TAG, json.dumps({**view, "state": state}))
    except Exception as exc:  # cosmetic: see the module's docstring
        _log.warning("the saved view was not written: %s", exc)
        return False
    return True


def view_url(
    store: Store, experiment_id: str, chart: bool = False, base: str = "http://127.0.0.1:5000"
) -> str:
    """The page of the saved view: the runs table, or its charts.

    Args:
        store: where the runs are; a server's own address wins over ``base``.
        experiment_id: as ``Store.experiment`` gives it.
        chart: the charts in place of the table.
        base: where ``ui.serve`` serves.
    """
    root = store.uri.rstrip("/") if store.is_server else base.rstrip("/")
    mode = "&compareRunsMode=CHART" if chart else ""
    # MLflow's menu for training runs; the other one is about traces and judges of chat apps.
    query = f"viewStateShareKey={KEY}&workflowType=machine_learning{mode}"
    return f"{root}/#/experiments/{quote(experiment_id)}/runs?{query}"


def _state(class_metrics: Sequence[str]) -> dict[str, Any]:
    return {
        "searchFilter": "tags.`synthlab.kind` = 'candidate'",
        "orderByKey": "metrics.`f1`",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": list(COLUMNS),
        "columnOrder": list(COLUMNS),
        "runsHiddenMode": "SHOW_ALL",
        "compareRunSections": [{**_SECTION, "columns": 2, "cardHeight": 320}],
        "compareRunCharts": _charts(class_metrics),
    }


def _charts(class_metrics: Sequence[str]) -> list[dict[str, Any]]:
    bar, scatter = {"runsCountToCompare": 20}, {"runsCountToCompare": 100}
    charts = [
        _chart("BAR", "f1", **bar, metricKey="f1"),
        _chart("BAR", "f1-aug", **bar, metricKey="f1_aug"),
        _chart("SCATTER", "f1-by-tokens", **scatter, **_axes("tokens_out", "f1")),
        _chart("SCATTER", "f1-by-cost", **scatter, **_axes("cost_usd", "f1")),
    ]
    if class_metrics:
        lines = {"selectedParams": [], "selectedMetrics": [*class_metrics, "f1"]}
        classes = _chart("PARALLEL", "f1-by-class", **bar, **lines, showAllRuns=True)
        charts.insert(2, classes)
    return charts


def _chart(kind: str, name: str, **rest: Any) -> dict[str, Any]:
    place = {"metricSectionId": _SECTION["uuid"], "deleted": False, "isGenerated": False}
    return {"uuid": name, "type": kind, **place, **rest}


def _axes(x: str, y: str) -> dict[str, Any]:
    return {"xaxis": {"key": x, "type": "METRIC"}, "yaxis": {"key": y, "type": "METRIC"}}
