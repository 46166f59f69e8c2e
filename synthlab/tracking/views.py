"""The saved views with which MLflow's pages of an experiment open: two tables and the charts.

MLflow has no API for them: a view is an experiment tag in the format of its web page (MLflow 3.17).
Views are cosmetic, so a failure here is logged and never stops a run. A view that somebody changed
in the page is left as it is.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from synthlab.records import digest
from synthlab.tracking import charts, names

if TYPE_CHECKING:
    from synthlab.tracking.store import Store

CANDIDATES, CHARTS, RUNS = "candidates", "charts", "runs"
TITLES = {
    CANDIDATES: "Candidates: score, cost, rows",
    CHARTS: "Charts: score and cost, curves, classes",
    RUNS: "Runs: winner, test, money",
}
_SCORE = ("f1", "f1_low", "f1_high", "f1_aug")
_COST = ("cost_usd", "usd_per_1k", "tokens_out", "seconds")
_ROWS = ("rows", "dropped", "distinct2", "copied")
_RUN = ("test_f1", "test_low", "test_high", "dev_f1", "real_f1", "both_f1", "paid_usd", "rows")
COLUMNS = {
    CANDIDATES: (
        *(f"metrics.`{name}`" for name in (*_SCORE, *_COST[:2], *_ROWS, *_COST[2:])),
        *("params.`generator`", "params.`lm`", f"tags.`{names.ORIGIN}`"),
    ),
    RUNS: (
        f"tags.`{names.WINNER}`",
        *(f"metrics.`{name}`" for name in (*_RUN, "seconds")),
        *("params.`task`", "params.`search`", "params.`candidates`"),
    ),
}
COLUMNS[CHARTS] = COLUMNS[CANDIDATES]

_MADE = "made"  # of a view's tag: what synthlab wrote; MLflow's page leaves it out when it saves
_log = logging.getLogger(__name__)


def tag(key: str) -> str:
    """The experiment tag that holds a view."""
    return f"mlflow.sharedViewState.{key}"


def install(
    client: Any,
    experiment_id: str,
    class_metrics: Sequence[str] = (),
    swept: Sequence[str] = (),
    priced: bool = False,
) -> bool:
    """Write the views.

    Args:
        client: MLflow's, on the store.
        experiment_id: of the experiment.
        class_metrics: such as ``f1_sport``; they get a chart of their own.
        swept: parameters that differ between the candidates of a run; likewise.
        priced: whether a candidate of the experiment has cost money: then cost is an axis.

    Returns:
        Whether they are there.
    """
    try:
        tags = client.get_experiment(experiment_id).tags
        for key in TITLES:
            known = tags.get(tag(key))
            if known is None or (key == CHARTS and class_metrics and is_ours(known)):
                state = json.dumps(_state(key, class_metrics, swept, priced))
                if known is None or json.loads(known)["state"] != state:
                    client.set_experiment_tag(experiment_id, tag(key), _view(key, state))
    except Exception as exc:  # cosmetic: see the module's docstring
        _log.warning("the saved views were not written: %s", exc)
        return False
    return True


def priced(client: Any, experiment_id: str) -> bool:
    """Whether any candidate of an experiment has cost money; no, where that cannot be looked up."""
    try:
        return bool(client.search_runs([experiment_id], "metrics.cost_usd > 0", max_results=1))
    except Exception as exc:  # cosmetic: see the module's docstring
        _log.warning("whether rows cost money was not looked up: %s", exc)
        return False


def view_url(
    store: Store, experiment_id: str, key: str = CANDIDATES, base: str = "http://127.0.0.1:5000"
) -> str:
    """The page of a saved view.

    Args:
        store: where the runs are; a server's own address wins over ``base``.
        experiment_id: as ``Store.experiment`` gives it.
        key: ``candidates``, ``charts`` or ``runs``.
        base: where ``ui.serve`` serves.
    """
    root = store.uri.rstrip("/") if store.is_server else base.rstrip("/")
    mode = "&compareRunsMode=CHART" if key == CHARTS else ""
    # MLflow's menu for training runs; the other one is about traces and judges of chat apps.
    query = f"viewStateShareKey={key}&workflowType=machine_learning{mode}"
    return f"{root}/#/experiments/{quote(experiment_id)}/runs?{query}"


def _view(key: str, state: str) -> str:
    now = int(time.time() * 1000)
    about = {"name": TITLES[key], "createdAt": now, "updatedAt": now, _MADE: digest(state)}
    return json.dumps({**about, "state": state})


def is_ours(known: str) -> bool:
    """Whether the text of a view's tag is as synthlab wrote it, and nobody changed it since."""
    view = json.loads(known)
    return bool(view.get(_MADE) == digest(view["state"]))


def _state(
    key: str, class_metrics: Sequence[str], swept: Sequence[str], priced: bool
) -> Mapping[str, Any]:
    kind, order = ("run", "attributes.`Created`") if key == RUNS else ("candidate", "metrics.`f1`")
    return {
        "searchFilter": f"tags.`{names.KIND}` = '{kind}'",
        "orderByKey": order,
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": list(COLUMNS[key]),
        "columnOrder": list(COLUMNS[key]),
        "runsHiddenMode": "SHOW_ALL",
        "compareRunSections": charts.SECTIONS,
        "isAccordionReordered": True,  # else sections stand in the order of their names
        "compareRunCharts": charts.every(class_metrics, swept, priced),
    }
