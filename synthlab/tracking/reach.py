"""Whether an address can be a store's, and whether something answers there within seconds.

MLflow's own first request, and its first connection to a database, try again for many minutes.
SQLAlchemy takes half a second to load, and a store in a file does without it.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthlab.errors import StorageError, UnreachableError
from synthlab.tracking.boundary import shown

PING_SECONDS = 5
MAKING = 0x73796E7468  # of the advisory lock: any number that others do not take
WEB = ("http://", "https://")
WRITE = "write http://HOST:5000, or postgresql+psycopg://NAME@HOST/DATABASE"
DRIVER = "pip install 'synthlab-framework[postgres]', and write postgresql+psycopg://"


def is_far(uri: str | None) -> bool:
    """Whether ``uri`` names a server or a database server, which may be gone or be shared."""
    return uri is not None and not uri.startswith("sqlite:")


def check_address(uri: str) -> None:
    """Whether ``uri`` can be a store's address, as far as no server has to say so.

    Raises:
        StorageError: it is no address, or its driver is not installed.
    """
    if uri.startswith(WEB):
        host = uri.split("://", 1)[1].split("/", 1)[0].rpartition("@")[2]
        if not host or host.startswith(":"):
            raise StorageError(f"the tracking address {shown(uri)} has no host", WRITE)
        return
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        make_url(uri).get_dialect().import_dbapi()
    except (NoSuchModuleError, ImportError) as exc:  # the first is an ArgumentError
        raise StorageError(
            f"no driver for the tracking address {shown(uri)}: {exc}", DRIVER
        ) from exc
    except (ArgumentError, ValueError) as exc:
        raise StorageError(f"'{shown(uri)}' is no tracking address", WRITE) from exc


def ping(uri: str) -> None:
    """Whether something answers at ``uri``; tables and rights are not looked at.

    Raises:
        UnreachableError: nothing does.
        SQLAlchemyError: a database that answers, and says no.
    """
    if uri.startswith(WEB):
        _ping_web(uri)
    if uri.startswith((*WEB, "sqlite:")):
        return
    check_address(uri)
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    limit = {"connect_timeout": PING_SECONDS} if uri.startswith("postgresql") else {}
    engine = create_engine(uri, connect_args=limit, poolclass=NullPool)
    engine.connect().close()


@contextmanager
def alone(uri: str) -> Iterator[None]:
    """On PostgreSQL, no two processes are inside at once, on whatever machine.

    MLflow makes its tables when it first opens a database; two that do so break it for good.
    """
    if not uri.startswith("postgresql"):
        yield
        return
    from sqlalchemy import create_engine, text
    from sqlalchemy.pool import NullPool

    engine = create_engine(uri, poolclass=NullPool)
    with engine.connect() as connection:  # its end frees the lock
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MAKING})
        yield


def _ping_web(uri: str) -> None:
    try:
        with urllib.request.urlopen(f"{_bare(uri)}/health", timeout=PING_SECONDS):
            return
    except urllib.error.HTTPError as exc:
        if exc.code not in {502, 503, 504}:  # a gateway whose server is gone
            return  # it answers; what it says to MLflow's own requests counts
        cause: Exception = exc
    except urllib.error.URLError as exc:
        cause = exc.reason if isinstance(exc.reason, Exception) else exc
    except (OSError, ValueError) as exc:
        cause = exc
    raise UnreachableError(
        f"the MLflow server {shown(uri)} does not answer: {cause}",
        "start it, check the address, or leave the address out to use the local store",
    ) from cause


def _bare(uri: str) -> str:
    """Without a name and a password, which urllib would take for a part of the host."""
    scheme, _, rest = uri.rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def on_disk(uri: str) -> Path | None:
    """The folder of a run's files, if its address ``uri`` is that of a folder.

    Files that are there are read where they are: MLflow's client copies each one, which costs as
    much as twenty queries.
    """
    local = uri.removeprefix("file://")
    return None if "://" in local or local.startswith("mlflow-artifacts:") else Path(local)


def refuse_elsewhere(run_id: str, place: str) -> None:
    """A database is shared by its address, a folder is not.

    Args:
        run_id: a run whose files were not found.
        place: where MLflow says that they are.

    Raises:
        StorageError: in a folder that this machine does not have.
    """
    local = on_disk(place)
    if local is not None and not local.exists():
        raise StorageError(
            f"the files of run {run_id} are in {local}, which this machine does not have",
            "give tracking.artifacts a folder that all machines see, or s3://..., and send the run "
            "again; or put an MLflow server in front of the database",
        )
