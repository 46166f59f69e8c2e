"""The boundary of this room: what MLflow, a database or the disk raises becomes ``StorageError``.

Nothing is imported for it: an exception of MLflow's or SQLAlchemy's can only come from a module
that is loaded.
"""

from __future__ import annotations

import errno
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from synthlab.errors import StorageError, UnreachableError

HIDDEN = "***"
_BELOW = {
    "mlflow.exceptions": "MlflowException",
    "sqlalchemy.exc": "SQLAlchemyError",
    "filelock": "Timeout",
}
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
    except Exception as exc:
        if not isinstance(exc, _below()):
            raise
        raise _diagnosed(what, exc) from exc


def _below() -> tuple[type[Exception], ...]:
    loaded = (getattr(sys.modules.get(module), name, None) for module, name in _BELOW.items())
    return (sqlite3.Error, OSError, *(kind for kind in loaded if kind is not None))


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
