"""The one place where MLflow is imported, quiet and with its telemetry off.

The other modules of this room take MLflow's names from here, so that the settings below are always
in place before the import; what takes long to import is imported where it is used, after this
module. ``guarded`` is the boundary: nothing of MLflow's, SQLAlchemy's or the
operating system's exceptions leaves this room unwrapped.
"""

# ruff: noqa: E402
from __future__ import annotations

import errno
import logging
import os
import re
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
from filelock import Timeout
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
from sqlalchemy.exc import SQLAlchemyError

from synthlab.errors import StorageError, UnreachableError

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

HIDDEN = "***"
_BELOW = (MlflowException, SQLAlchemyError, sqlite3.Error, OSError, Timeout)
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


def shown(uri: str) -> str:
    """``uri``, or a text with it inside, as it may be printed and kept: without credentials.

    A database's user name alone is none; a server's may be a token.
    """
    plain = re.sub(r"(\w+)://([^/@\s]*)@", _hidden, uri)
    return re.sub(r"(?i)([?&](?:password|token)=)[^&\s\"']*", rf"\1{HIDDEN}", plain)


def _hidden(found: re.Match[str]) -> str:
    scheme, who = found.groups()
    kept = ":" not in who and not scheme.startswith("http")
    return found[0] if kept else f"{scheme}://{HIDDEN}@"


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Wrap what MLflow, the database or the disk raises inside the block.

    Args:
        what: what was being done and where, such as ``"cannot log run 'x' in mlruns"``.

    Raises:
        StorageError: with the cause as its ``__cause__``.
    """
    try:
        yield
    except _BELOW as exc:
        raise _diagnosed(what, exc) from exc


def _diagnosed(what: str, exc: BaseException) -> StorageError:
    text = shown(str(exc))
    if re.search(_GONE, text, re.IGNORECASE):
        return UnreachableError(
            f"{what}: the server does not answer", "start it, or check the address and the network"
        )
    for pattern, why, fix in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return StorageError(f"{what}: {why}", fix)
    number = _errno(exc)
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return StorageError(f"{what}: {_FULL[0]}", _FULL[1])
    if number in {errno.EEXIST, errno.ENOTDIR}:
        return StorageError(f"{what}: {_IN_THE_WAY[0]}", _IN_THE_WAY[1])
    if number in _READ_ONLY:
        return StorageError(f"{what}: {_DENIED[0]}", _DENIED[1])
    first = text.strip().splitlines()[0] if text.strip() else type(exc).__name__
    return StorageError(f"{what}: {first[:300]}", "run `synthlab doctor` to look at the store")


def _errno(exc: Any) -> int | None:
    while exc is not None:
        if isinstance(exc, OSError) and exc.errno:
            return exc.errno
        exc = exc.__cause__ or exc.__context__
    return None


_GONE = (
    r"max retries exceeded|connection refused|failed to establish|unreachable|connection reset"
    r"|connection aborted|server closed the connection|terminating connection"
    r"|is the server running|could not (translate host|receive data|connect)"
    r"|failed to resolve host|error code 50[234]|(connection|read|connect) timed? ?out"
    r"|connection timeout|name or service not known|the database system is "
)
_FULL = ("the disk is full", "free some space and run again, or put the store on another disk")
_DENIED = (
    "the folder cannot be written",
    "make it writable, or put the store into another folder",
)
_IN_THE_WAY = ("a file stands where a folder should be", "move the file away")
_CAUSES: list[tuple[str, str, str]] = [
    (r"disk is full|no space left", *_FULL),
    (r"readonly database|read-only file system|unable to open database", *_DENIED),
    (
        r"file is not a database|disk image is malformed|file is encrypted",
        "the file is not an MLflow database",
        "move the file away (a new store is then made), or bring back a copy of it",
    ),
    (
        r"out-of-date database schema|can't locate revision",
        "another version of MLflow wrote this store",
        "install the MLflow version that wrote it, or use another folder",
    ),
    (
        r"error code 401|authentication failed|no password supplied",
        "the server asks for a name and a password, or does not accept those that it got",
        "for an MLflow server set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
        "MLFLOW_TRACKING_TOKEN; for PostgreSQL PGUSER and PGPASSWORD, or ~/.pgpass",
    ),
    (
        r"error code 403|permission denied for",
        "this account may not do that",
        "ask for the right to write there, or use another account",
    ),
    (
        r"database is locked|file lock .* could not be acquired",
        "another process holds the store",
        "wait until it ends, or stop it, and run again",
    ),
]
