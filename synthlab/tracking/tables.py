"""Runs read from the tables that MLflow keeps in a database, without MLflow.

MLflow takes two seconds to load, and a few queries take none. Only tables of a schema that is
listed here are read; everything else goes through MLflow (``reading.Client``), which gives the
same. Nothing is ever written.
"""

from __future__ import annotations

import math
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from synthlab.errors import StorageError
from synthlab.tracking.boundary import guarded, shown
from synthlab.tracking.logged import Logged

SCHEMAS = {"dc11669786a5"}
"""Versions of MLflow's schema (of ``alembic_version``) whose tables are as they are read here."""

SQLITE = "sqlite:///"
MANY = 500
"""Runs that are asked for at once: SQLite takes 32,766 values in a query, older ones 999."""

Ask = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]
"""A query with ``:names``, and the values of these -> rows."""

_VERSION = "SELECT version_num FROM alembic_version"
_EXPERIMENTS = """
SELECT experiment_id, name FROM experiments WHERE lifecycle_stage IN ('active', :stage)
ORDER BY creation_time DESC, experiment_id ASC"""
_COLUMNS = """
SELECT runs.run_uuid, runs.name, runs.experiment_id, runs.status, runs.start_time, runs.end_time,
runs.artifact_uri FROM runs"""
_HAS = """
JOIN tags AS t{0} ON t{0}.run_uuid = runs.run_uuid AND t{0}.key = :k{0} AND t{0}.value = :v{0}"""
_WHERE = " WHERE runs.lifecycle_stage IN ('active', :stage) AND runs.experiment_id IN ({})"
_NEWEST = " ORDER BY runs.start_time IS NULL, runs.start_time DESC, runs.run_uuid"
_ABOUT = {
    "tags": "SELECT run_uuid, key, value FROM tags WHERE run_uuid IN ({}) ORDER BY key",
    "params": "SELECT run_uuid, key, value FROM params WHERE run_uuid IN ({}) ORDER BY key",
    "metrics": (
        "SELECT run_uuid, key, value, is_nan FROM latest_metrics WHERE run_uuid IN ({})"
        " ORDER BY key"
    ),
}


class Tables:
    """Reads the tables of one database; see ``reading.Reading``."""

    def __init__(self, asking: Callable[[], Any]) -> None:
        self._asking = asking

    @classmethod
    def at(cls, uri: str) -> Tables | None:
        """Of the database at ``uri``; None where MLflow has to read it, or to say what is wrong."""
        if os.environ.get("MLFLOW_ENABLE_WORKSPACES", "").lower() in ("true", "1"):
            return None  # which experiments there are then depends on who asks
        asking = _sqlite(uri) if uri.startswith(SQLITE) else _server(uri)
        if asking is None:
            return None
        try:
            with guarded(f"cannot read {shown(uri)}"), asking() as ask:
                found = [str(row[0]) for row in ask(_VERSION, {})]
        except StorageError:
            return None
        return cls(asking) if len(found) == 1 and found[0] in SCHEMAS else None

    def experiments(self, deleted: bool = False) -> dict[str, str]:
        with self._asking() as ask:
            return {str(number): name for number, name in ask(_EXPERIMENTS, _stage(deleted))}

    def runs(
        self, experiments: list[str], tags: Mapping[str, str], deleted: bool = False
    ) -> list[Logged]:
        if not experiments:
            return []
        values: dict[str, Any] = _stage(deleted)
        for place, (key, value) in enumerate(tags.items()):
            values |= {f"k{place}": key, f"v{place}": value}
        # Ids are numbers; one that is none is of no experiment of a database.
        places = ", ".join(str(int(number)) for number in experiments if number.isdigit())
        having = "".join(_HAS.format(place) for place in range(len(tags)))
        with self._asking() as ask:
            found = ask(f"{_COLUMNS}{having}{_WHERE.format(places or 'NULL')}{_NEWEST}", values)
            return _whole(ask, found)

    def run(self, run_id: str) -> Logged | None:
        with self._asking() as ask:
            found = ask(f"{_COLUMNS} WHERE runs.run_uuid = :run_id", {"run_id": run_id})
            return next(iter(_whole(ask, found)), None)


def _stage(deleted: bool) -> dict[str, Any]:
    return {"stage": "deleted" if deleted else "active"}


def _whole(ask: Ask, found: Sequence[Sequence[Any]]) -> list[Logged]:
    """Runs with their tags, parameters and metrics."""
    about = {name: defaultdict[str, dict[str, Any]](dict) for name in _ABOUT}
    for start in range(0, len(found), MANY):
        ids = {f"r{place}": row[0] for place, row in enumerate(found[start : start + MANY])}
        every = ", ".join(f":{place}" for place in ids)
        for name, query in _ABOUT.items():
            for run_id, key, value, *is_nan in ask(query.format(every), ids):
                about[name][run_id][key] = math.nan if is_nan and is_nan[0] else value
    return [
        Logged(
            run_id=run_id,
            title=title or about["tags"][run_id].get("mlflow.runName", ""),
            experiment=str(experiment),
            status=status,
            started=started / 1000,
            ended=ended / 1000 if ended else None,
            params=about["params"][run_id],
            tags=about["tags"][run_id],
            metrics=about["metrics"][run_id],
            artifacts=artifacts.removeprefix("file://"),
        )
        for run_id, title, experiment, status, started, ended, artifacts in found
    ]


def _sqlite(uri: str) -> Callable[[], Any] | None:
    """Asks a file; None where there is none, or where the address says more than its path."""
    path = Path(uri.removeprefix(SQLITE))
    if "?" in uri or not path.is_file() or not path.stat().st_size:
        return None
    address = f"{path.absolute().as_uri()}?mode=ro"

    @contextmanager
    def asking() -> Iterator[Ask]:
        with closing(sqlite3.connect(address, uri=True, timeout=20)) as connection:
            connection.execute("BEGIN")  # all that is asked here is of one moment
            yield lambda query, values: connection.execute(query, values).fetchall()

    return asking


def _server(uri: str) -> Callable[[], Any] | None:
    """Asks a database server through SQLAlchemy; None for what is none."""
    if not uri.startswith("postgresql"):
        return None
    from sqlalchemy import create_engine, text

    engine = create_engine(uri, pool_pre_ping=True, connect_args={"connect_timeout": 5})

    @contextmanager
    def asking() -> Iterator[Ask]:
        with engine.connect() as connection:
            yield lambda query, values: connection.execute(text(query), values).fetchall()

    return asking
