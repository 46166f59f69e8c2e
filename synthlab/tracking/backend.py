"""The one place where MLflow is imported, quiet and with its telemetry off.

The other modules of this room take MLflow's names from here, so that the settings below are always
in place before the import; what takes long to import is imported where it is used, after this
module. What only reads a database does without it: see ``reading`` and ``tables``.
"""

# ruff: noqa: E402
from __future__ import annotations

import logging
import os
import warnings

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"  # stdout is for results
# A server that went away is reported in seconds; MLflow's own default tries for many minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")

# The rest of MLflow logs what is then raised, with a traceback; the message reaches the user once.
for _name, _level in {
    "alembic": logging.WARNING,
    "mlflow": logging.WARNING,
    "mlflow.store.db.utils": logging.CRITICAL,
    "mlflow.pyfunc": logging.ERROR,
    "mlflow.models": logging.ERROR,
    "mlflow.utils.requirements_utils": logging.ERROR,
}.items():
    logging.getLogger(_name).setLevel(_level)
warnings.filterwarnings("ignore", module=r"mlflow(\.|$)")

import mlflow
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException
from mlflow.tracing.client import TracingClient
from mlflow.tracing.constant import SpanAttributeKey as SpanKey

from synthlab.tracking.boundary import HIDDEN, guarded, shown

logging.getLogger("mlflow").setLevel(logging.WARNING)  # MLflow sets its own level when imported

__all__ = [
    "HIDDEN",
    "Dataset",
    "DatasetInput",
    "InputTag",
    "LoggedModelOutput",
    "Metric",
    "MlflowClient",
    "MlflowException",
    "Param",
    "RunTag",
    "SpanKey",
    "TracingClient",
    "ViewType",
    "guarded",
    "mlflow",
    "shown",
]
