"""Where runs are kept: a local folder, or the address of an MLflow server or database.

``Store.open`` gives a store that works, or says why not. What is written into it is the business
of ``runs`` and ``registry``, what is read of ``read``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from synthlab.errors import StorageError
from synthlab.tracking import schema, views
from synthlab.tracking.backend import MlflowClient, MlflowException, guarded, shown
from synthlab.tracking.reach import WEB, alone, is_far, ping

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
    """

    client: Any
    uri: str
    root: Path
    artifacts: str = ""
    far: Callable[[], Store] | None = None

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
        except MlflowException as exc:
            if "exists" not in str(exc):  # else another process made it a moment ago
                raise
        return self.client.get_experiment_by_name(name)


def _absolute(artifacts: str | None) -> str:
    if not artifacts or "://" in artifacts:
        return (artifacts or "").rstrip("/")
    return str(Path(artifacts).expanduser().absolute())


def _local(root: Path) -> str:
    return f"sqlite:///{root}/mlflow.db"
