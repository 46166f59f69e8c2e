"""Where runs are kept: a local folder, or the address of an MLflow server or database.

``Store.open`` gives a store that works, or says why not. What is written into it is the business
of ``runs`` and ``registry``, what is read of ``read``.
"""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthlab.errors import StorageError
from synthlab.tracking import schema, views
from synthlab.tracking.boundary import guarded, shown
from synthlab.tracking.reach import WEB, alone, is_far, ping
from synthlab.tracking.reading import Client, Reading
from synthlab.tracking.tables import Tables

LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Store:
    """An open store.

    Attributes:
        client: MLflow's client on this store; tracking and registry have the same address.
        uri: ``sqlite:///...``, another database's URI, or a server's address.
        root: the local folder, for artifacts, locks and the spool; absolute.
        artifacts: where a database's artifacts go, a folder or an address such as s3://...; empty:
            into the local folder. A server has its own place.
        far: for a local store that is sent on: gives the store that it is sent to.
        tables: reads the database without MLflow, where it can be.
    """

    client: Any
    uri: str
    root: Path
    artifacts: str = ""
    far: Callable[[], Store] | None = None
    tables: Tables | None = None

    @classmethod
    def open(
        cls, root: Path = Path("mlruns"), uri: str | None = None, artifacts: str | None = None
    ) -> Store:
        """The store in ``root``, made if it is not there; or the one at ``uri``.

        Raises:
            UnreachableError: a server that does not answer.
            StorageError: read-only, full, not a database, of another MLflow version, or a server
                that wants a password.
        """
        from filelock import FileLock

        from synthlab.tracking.backend import MlflowClient

        root = root.absolute()
        with guarded(f"cannot open the store {shown(uri or str(root))}"):
            root.mkdir(parents=True, exist_ok=True)
            if uri is None:
                uri = _local(root)
                with FileLock(root / ".lock", timeout=LOCK_SECONDS):
                    schema.prepare(root / "mlflow.db", root / "artifacts")
            elif is_far(uri):
                ping(uri)
            with alone(uri):
                client = MlflowClient(tracking_uri=uri, registry_uri=uri)
                client.search_experiments(max_results=1)
        return cls(client, uri, root, _absolute(artifacts))

    @classmethod
    def look(cls, root: Path = Path("mlruns"), uri: str | None = None) -> Store:
        """The same store for those who read before they write, if they write at all.

        MLflow, which takes two seconds to load, is loaded when it is needed: at the first write, or
        at once where the store can only be read through it.

        Raises:
            UnreachableError, StorageError: as ``open``.
        """
        root = root.absolute()
        place = uri or _local(root)
        if is_far(uri):
            with guarded(f"cannot open the store {shown(place)}"):
                ping(place)
        tables = Tables.at(place)
        if tables is None:
            return cls.open(root, uri)
        return cls(Late(lambda: cls.open(root, uri).client), place, root, tables=tables)

    @property
    def reading(self) -> Reading:
        """Who answers what is asked of it."""
        return self.tables or Client(self.client)

    @property
    def is_server(self) -> bool:
        """Whether an MLflow server, not this process, writes the database and the artifacts."""
        return self.uri.startswith(WEB)

    @property
    def given(self) -> str:
        """What ``--store`` takes to open it again, without a password; empty for ``./mlruns``."""
        return "" if self.uri == _local(Path("mlruns").absolute()) else shown(self.uri)

    @property
    def flag(self) -> str:
        """``given`` as the end of a command line."""
        return f" --store {shlex.quote(self.given)}" if self.given else ""

    def experiment(self, name: str) -> str:
        """The id of the experiment ``name``, made if it is not there.

        Raises:
            StorageError: the store cannot be written, or the experiment was deleted.
        """
        with guarded(f"cannot open the experiment '{name}' in {shown(self.uri)}"):
            found = self.client.get_experiment_by_name(name)
            if found is None:
                found = self._create(name)
            if found.lifecycle_stage != "active":
                raise StorageError(
                    f"the experiment '{name}' was deleted in the MLflow UI",
                    "restore it there, or give the run another name",
                )
        views.install(self.client, found.experiment_id)
        return str(found.experiment_id)

    def _create(self, name: str) -> Any:
        place = None
        if not self.is_server:
            # Absolute, since MLflow would otherwise resolve it against each reader's folder.
            slug = re.sub(r"[^\w.-]+", "-", name)
            place = f"{self.artifacts or self.root / 'artifacts'}/{slug}"
        tags = {"mlflow.experimentKind": "custom_model_development"}
        try:
            self.client.create_experiment(name, artifact_location=place, tags=tags)
        except Exception as exc:
            if "exists" not in str(exc):  # else another process made it a moment ago
                raise
        return self.client.get_experiment_by_name(name)


class Late:
    """MLflow's client, made when it is first asked for something."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)


def _absolute(artifacts: str | None) -> str:
    if not artifacts or "://" in artifacts:
        return (artifacts or "").rstrip("/")
    return str(Path(artifacts).expanduser().absolute())


def _local(root: Path) -> str:
    return f"sqlite:///{root}/mlflow.db"
