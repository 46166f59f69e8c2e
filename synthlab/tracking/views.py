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
    """The page of the saved view: the runs table, or its charts."""
    root = store.uri.rstrip("/") if store.is_server else base.rstrip("/")
    mode = "&compareRunsMode=CHART" if chart else ""
    return f"{root}/#/experiments/{quote(experiment_id)}/runs?viewStateShareKey={KEY}{mode}"


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
        "compareRunSections": [
            {"uuid": "synthlab", "name": "Candidates", "display": True, "isReordered": False}
        ],
        "compareRunCharts": _charts(class_metrics),
    }


def _charts(class_metrics: Sequence[str]) -> list[dict[str, Any]]:
    charts = [
        _chart("BAR", "f1", runsCountToCompare=20, metricKey="f1"),
        _chart("BAR", "f1-aug", runsCountToCompare=20, metricKey="f1_aug"),
        _chart("SCATTER", "cost", runsCountToCompare=100, **_axes("cost_usd", "f1")),
        _chart("SCATTER", "tokens", runsCountToCompare=100, **_axes("tokens_out", "f1")),
    ]
    if class_metrics:
        charts.append(
            _chart(
                "PARALLEL",
                "classes",
                runsCountToCompare=20,
                selectedParams=[],
                selectedMetrics=[*class_metrics, "f1"],
                showAllRuns=True,
            )
        )
    return charts


def _chart(kind: str, uuid: str, **rest: Any) -> dict[str, Any]:
    base = {"metricSectionId": "synthlab", "deleted": False, "isGenerated": False}
    return {"uuid": f"synthlab-{uuid}", "type": kind, **base, **rest}


def _axes(x: str, y: str) -> dict[str, Any]:
    return {"xaxis": {"key": x, "type": "METRIC"}, "yaxis": {"key": y, "type": "METRIC"}}
