"""The local database: made once and whole, and refused when another MLflow version wrote it.

MLflow would change an older database without asking, and several processes that make a new one at
the same time break it for good. So callers hold the store's lock, a new database is made beside
its place and then moved in, and the schema is read before MLflow opens the file.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from synthlab.errors import StorageError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

MARK = "store.json"


def prepare(db: Path, artifacts: Path) -> None:
    """Make the database ``db``, or check that this MLflow version may open it.

    Raises:
        StorageError: another MLflow version wrote it.
        OSError, sqlite3.Error: the disk, or a file that is not a database.
    """
    if not db.exists() or db.stat().st_size == 0:
        _make(db, artifacts)
        _mark(db, _revision(db))
        return
    found = _revision(db)
    if _marked(db) == {"mlflow": _version(), "schema": found}:
        return
    scripts = _scripts()
    if found == scripts.get_current_head():
        _mark(db, found)
    else:
        raise _other_version(db, found, known=_knows(scripts, found))


def _version() -> str:
    return metadata.version("mlflow")


def _make(db: Path, artifacts: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    from synthlab.tracking import backend  # noqa: F401 - MLflow's settings before MLflow

    draft = db.with_name(f".{db.name}.{os.getpid()}")
    try:
        store = SqlAlchemyStore(f"sqlite:///{draft}", str(artifacts))
        store.engine.dispose()
        with closing(sqlite3.connect(draft)) as connection:
            # Readers (the UI) and a writer (a run) then do not wait for each other.
            connection.execute("PRAGMA journal_mode=WAL")
        draft.replace(db)
    finally:
        for rest in db.parent.glob(f".{db.name}.*"):  # also what a killed process left
            rest.unlink(missing_ok=True)


def _revision(db: Path) -> str | None:
    with closing(sqlite3.connect(f"{db.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            return None
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as exc:
            if "no such table" not in str(exc):
                raise
            return None
    return str(row[0]) if row else None


def _scripts() -> ScriptDirectory:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from synthlab.tracking.backend import mlflow

    folder = Path(mlflow.__file__).parent / "store" / "db_migrations"
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _knows(scripts: ScriptDirectory, revision: str | None) -> bool:
    return any(script.revision == revision for script in scripts.walk_revisions())


def _mark(db: Path, revision: str | None) -> None:
    text = json.dumps({"mlflow": _version(), "schema": revision})
    db.with_name(MARK).write_text(text + "\n", encoding="utf-8")


def _marked(db: Path) -> dict[str, str]:
    try:
        mark = json.loads(db.with_name(MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return mark if isinstance(mark, dict) else {}


def _other_version(db: Path, found: str | None, known: bool) -> StorageError:
    mark = _marked(db)
    age = "an older" if known else "a newer (or an unknown)"
    who = f"MLflow {mark['mlflow']}" if mark.get("schema") == found and found else f"{age} MLflow"
    ours = f"this is MLflow {_version()}"
    if found is None:
        return StorageError(
            f"{db}: a SQLite database, but not an MLflow store",
            "move the file away (a new store is then made), or use another folder",
        )
    fix = "install the MLflow version that wrote it, or use another folder"
    if known:
        upgrade = f"python -m mlflow db upgrade sqlite:///{db}"
        fix = f"copy the file, then bring it up to date with `{upgrade}`; or use another folder"
    return StorageError(f"{db}: {who} wrote this store (schema {found}), and {ours}", fix)
