"""The charts of an experiment's page, in the format of MLflow's web page (3.17)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_SCORES, _CURVES, _PARTS = "synthlab-scores", "synthlab-curves", "synthlab-parts"


def _section(key: str, name: str, columns: int) -> dict[str, Any]:
    shape = {"columns": columns, "cardHeight": 340, "display": True, "isReordered": False}
    return {"uuid": key, "name": name, **shape}


SECTIONS = [
    _section(_SCORES, "Score and cost", 2),
    _section(_CURVES, "Learning curves", 1),
    _section(_PARTS, "Classes and parameters", 1),
]

MOST = 100
"""Candidates in a scatter plot; MLflow draws no more."""


def every(
    class_metrics: Sequence[str], swept: Sequence[str], priced: bool = False
) -> list[dict[str, Any]]:
    """All charts; those of classes and parameters only where there are some.

    Args:
        class_metrics: such as ``f1_sport``.
        swept: names of parameters.
        priced: whether rows cost money; else seconds stand for it, as 0 USD each is a vertical
            line.
    """
    cost = "usd_per_1k" if priced else "seconds"
    found = [_bar("f1"), _bar("f1_aug"), _scatter("tokens_out"), _scatter(cost)]
    found.append(_line("curve_f1"))
    if class_metrics:
        found.append(_parallel("f1-by-class", [], [*class_metrics, "f1"]))
    if swept:
        found.append(_parallel("f1-by-parameter", swept, ["f1"]))
    return found


def _chart(kind: str, key: str, section: str, **rest: Any) -> dict[str, Any]:
    place = {"metricSectionId": section, "deleted": False, "isGenerated": False}
    return {"uuid": key, "type": kind, **place, **rest}


def _bar(metric: str) -> dict[str, Any]:
    about = {"runsCountToCompare": 20, "metricKey": metric, "selectedMetricKeys": [metric]}
    return _chart("BAR", metric.replace("_", "-"), _SCORES, **about)


def _scatter(metric: str) -> dict[str, Any]:
    axes = {"xaxis": {"key": metric, "type": "METRIC"}, "yaxis": {"key": "f1", "type": "METRIC"}}
    key = f"f1-by-{metric.replace('_', '-')}"
    return _chart("SCATTER", key, _SCORES, runsCountToCompare=MOST, **axes)


def _line(metric: str) -> dict[str, Any]:
    own = {"useGlobalXaxisKey": False, "useGlobalLineSmoothing": False, "displayPoints": True}
    axes = {"xAxisKey": "step", "xAxisScaleType": "linear", "scaleType": "linear", "range": {}}
    more = {"yAxisKey": "metric", "yAxisExpressions": [], "ignoreOutliers": False}
    about = {"runsCountToCompare": 20, "lineSmoothness": 0, **own, **axes, **more}
    keys = {"metricKey": metric, "selectedMetricKeys": [metric], "selectedXAxisMetricKey": ""}
    return _chart("LINE", metric.replace("_", "-"), _CURVES, **keys, **about)


def _parallel(key: str, params: Sequence[str], metrics: Sequence[str]) -> dict[str, Any]:
    shown = {"selectedParams": list(params), "selectedMetrics": list(metrics)}
    return _chart("PARALLEL", key, _PARTS, runsCountToCompare=MOST, showAllRuns=True, **shown)
