"""The journal's tables and how its database is opened: SQLite by default, PostgreSQL by URL.

Every write is one short transaction that holds the database's write lock from its start, so that
what was read in it still holds when it ends, in SQLite (``BEGIN IMMEDIATE``) as in PostgreSQL (an
advisory lock). What the columns mean is said here; who writes them is in ``book.py``.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError

from synthlab.errors import StorageError

# Of PostgreSQL's advisory lock: any number that no one else uses on that database.
LOCK = 0x53594E54
PATIENCE_S = 60

KINDS = ("sqlite", "postgresql")  # of others, nobody knows how to lock them for a writer
WRITE = "write sqlite:///path/calls.db or postgresql+psycopg://user@host/database"

METADATA = MetaData()

CALLS = Table(
    "synthlab_calls",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("state", String(8), nullable=False),  # queued, reserved, batched, done or failed
    Column("owner", String(32), nullable=False),  # the process that reserved it last
    Column("budget", String(64), nullable=False),
    Column("run", String(64), nullable=False),  # the run that paid for it
    Column("model", Text, nullable=False),
    Column("backend", Text, nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("answer", Text),
    Column("finish_reason", String(16)),
    Column("error", Text),
    Column("batch", String(128)),  # its id at the provider, or the mark of a submission
    Column("attempts", Integer, nullable=False),  # requests sent
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cached_tokens", Integer),
    Column("cache_write_tokens", Integer),
    Column("reasoning_tokens", Integer),
    Column("cost_usd", Float),  # null: the price is not known
    Column("seconds", Float),
    Column("assumed", Boolean),  # no usage was reported: the reservation stands in for it
    Column("held_tokens", Integer, nullable=False),  # reserved for the attempt under way
    Column("held_usd", Float, nullable=False),
    Column("lost_tokens", Integer, nullable=False),  # attempts without an answer, maybe paid
    Column("lost_usd", Float, nullable=False),
    Column("created", Float, nullable=False),  # seconds since 1970
    Column("updated", Float, nullable=False),
    Index("synthlab_calls_by_owner", "owner", "state"),
    Index("synthlab_calls_by_run", "run"),
    Index(
        "synthlab_calls_by_batch",
        "batch",
        sqlite_where=text("batch IS NOT NULL"),
        postgresql_where=text("batch IS NOT NULL"),
    ),
)

BUDGETS = Table(
    "synthlab_budgets",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("calls", Integer, nullable=False),  # requests sent
    Column("tokens", Integer, nullable=False),  # settled
    Column("usd", Float, nullable=False),
    Column("held_tokens", Integer, nullable=False),  # reserved by requests under way
    Column("held_usd", Float, nullable=False),
)

OWNERS = Table(
    "synthlab_owners",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beat", Float, nullable=False),
)

STRETCHES = Table(
    "synthlab_stretches",
    METADATA,
    Column("owner", String(32), primary_key=True),  # it may have ended: see ``clock.py``
    Column("budget", String(64), nullable=False, index=True),
    Column("began", Float, nullable=False),  # seconds since 1970
    Column("ended", Float, nullable=False),  # or was last heard of
)


def shown(url: str) -> str:
    """The address without user, password and options, which may be secrets."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return "the journal's address"
    host = f"{parts.host}:{parts.port}" if parts.port else parts.host or ""
    return f"{parts.drivername}://{host.rpartition('@')[2]}/{parts.database or ''}"


def check_url(url: str) -> None:
    """Whether ``url`` can be a journal's address, as far as no file or server has to say so.

    Raises:
        StorageError: not an address, another kind of database, no driver, or no such folder.
    """
    made = _built(url)
    file = made.url.database
    if made.dialect.name == "sqlite" and file and not Path(file).absolute().parent.is_dir():
        raise StorageError(
            f"no folder for the journal {shown(url)}", f"make the folder of {file}, or name another"
        )


def open_database(url: str) -> Engine:
    """An engine on ``url``, with the tables in place.

    Raises:
        StorageError: not an address, no driver, no server, or a disk that cannot be written.
    """
    engine = _built(url)
    try:
        _prepare(url, engine)
    except SQLAlchemyError as exc:
        raise failure(url, exc) from exc
    return engine


def _built(url: str) -> Engine:
    """An engine that has opened nothing yet."""
    try:
        address = make_url(url)
        if address.get_backend_name() in KINDS:
            return _engine(address)
    except (NoSuchModuleError, ImportError) as exc:  # the first is an ArgumentError
        raise StorageError(
            f"no driver for the journal {shown(url)}: {exc}",
            "pip install 'synthlab-framework[postgres]', and write postgresql+psycopg://",
        ) from exc
    except (ArgumentError, ValueError) as exc:  # a port that is no number, say
        raise StorageError("the journal's address is not a database URL", WRITE) from exc
    raise StorageError(f"a journal cannot be kept in {address.get_backend_name()}", WRITE)


def _prepare(url: str, engine: Engine) -> None:
    try:
        with engine.connect() as connection, writing(connection):
            METADATA.create_all(connection)
    except driver_errors(engine) as exc:
        raise failure(url, exc) from exc


def driver_errors(engine: Engine) -> tuple[type[Exception], ...]:
    """What the database's driver raises where SQLAlchemy does not stand between."""
    errors: Any = engine.dialect.loaded_dbapi.Error
    return (errors,)


def failure(url: str, exc: Exception) -> StorageError:
    """What a database error means for the user."""
    said = str(exc.orig) if isinstance(exc, DatabaseError) else str(exc)
    for secret in _secrets(url):
        said = said.replace(secret, "***")
    return StorageError(
        f"cannot use the journal of LM calls {shown(url)}: {' '.join(said.split())[:300]}",
        "check the disk and the server, or name another journal in tracking.journal",
    )


def _secrets(url: str) -> list[str]:
    """What of an address may not be printed; the driver repeats parts of it."""
    parts = make_url(url)
    named = [str(value) for key, value in parts.query.items() if "pass" in key.lower()]
    # A password with an @ in it is taken for a part of the host.
    found = [str(parts.password or ""), *named, *(parts.host or "").split("@")[:-1]]
    return sorted(filter(None, found), key=len, reverse=True)


@contextmanager
def writing(connection: Connection) -> Iterator[None]:
    """A transaction that no other writer of this database can be inside of."""
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        yield


def _engine(address: URL) -> Engine:
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_size=2, pool_pre_ping=True)
    # Autocommit of the driver: it would else begin a read transaction that cannot be upgraded.
    options = {"check_same_thread": False, "timeout": PATIENCE_S, "isolation_level": None}
    engine = create_engine(address, connect_args=options)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # In WAL mode, NORMAL survives a killed process; only a power cut can take the last commits.
    _into_wal(connection)
    connection.execute("PRAGMA synchronous=NORMAL")


def _into_wal(connection: Any) -> None:
    """Two processes may turn a new database over at once; SQLite does not wait for the other one.

    Raises:
        sqlite3.OperationalError: the other one has not let go in time.
    """
    given_up = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc) or time.monotonic() > given_up:
                raise
            time.sleep(0.02)


def _begin_immediate(connection: Connection) -> None:
    connection.connection.cursor().execute("BEGIN IMMEDIATE")
