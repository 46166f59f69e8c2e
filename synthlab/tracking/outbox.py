"""A run on its way to a far store: written here first, and sent by a thread of its own.

The local store has everything from the start, so a server that is slow, gone or back again changes
only what has been sent so far. What is not sent carries the far address in a tag; ``synthlab sync``
finds it by that. While the outbox is open it holds a lock of each of its runs: a run without a lock
that says it is running belongs to a process that died.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from synthlab.errors import StorageError, UnreachableError
from synthlab.tracking import names
from synthlab.tracking.backend import guarded, shown
from synthlab.tracking.names import PLACE, UNSENT
from synthlab.tracking.sending import Sending
from synthlab.tracking.store import Store

PAUSE_SECONDS = 0.5  # what is logged in a row is sent together
INTERRUPTED_SECONDS = 10


class Outbox:
    """Runs that are logged to ``store`` go to the far address too.

    Attributes:
        store: the local one; what is logged through it is sent.
        why: why the last try to send failed; empty when it did not.
        copies: ids of the copies of runs that are sent whole, by the local run's id.
    """

    def __init__(self, local: Store, address: str, artifacts: str = "") -> None:
        """Look whether the far store answers.

        Raises:
            StorageError: it answers, and will not take runs: no credentials, another version.
        """
        self.address = address
        self.why = ""
        self.copies: dict[str, str] = {}
        self._local = local
        self._artifacts = artifacts
        self._far: Store | None = None
        self._roots: dict[str, Sending | None] = {}
        self._locks: list[FileLock] = []
        self._changed: dict[str, str] = {}
        self._wake = threading.Event()
        self._closing = threading.Event()
        client = _Watched(local.client, self)
        self.store = Store(client, local.uri, local.root, far=self.far)
        with suppress(UnreachableError):
            self.far()
        self._thread = threading.Thread(target=self._work, name="synthlab-send", daemon=True)
        self._thread.start()

    def far(self) -> Store:
        """The far store, opened when it is first there.

        Raises:
            UnreachableError: it is not there.
            StorageError: it does not take runs.
        """
        if self._far is None:
            try:
                self._far = Store.open(self._local.root, self.address, self._artifacts)
            except StorageError as exc:
                self.why = exc.what
                raise
        return self._far

    def began(self, run_id: str, root_id: str) -> None:
        """A run was made; ``root_id`` is its parent's id, or its own."""
        if run_id == root_id:
            lock = run_lock(self._local.root, run_id)
            lock.acquire(timeout=0)
            self._locks.append(lock)
            self._roots[run_id] = None
        self.changed(run_id, root_id)

    def changed(self, run_id: str, root_id: str) -> None:
        """Something of a run may be sent."""
        self._changed[run_id] = root_id
        self._wake.set()

    def close(self, patience: float | None = None) -> None:
        """Send what is left, once, and end; ``patience`` is in seconds, None is without end."""
        self._closing.set()
        self._wake.set()
        self._thread.join(patience)
        if not self._thread.is_alive():  # else the locks end with this process
            for lock in self._locks:
                _free(lock)

    @property
    def left(self) -> list[str]:
        """Ids of local runs that are not sent, or not whole."""
        return [root_id for root_id in self._roots if root_id not in self.copies]

    def _work(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            self._closing.wait(PAUSE_SECONDS)
            self._wake.clear()
            if not self._closing.is_set():
                self._parts()
        for root_id in self._roots:
            with self._tried():
                sending = self._sending(root_id)
                sending.whole()
                self.copies |= sending.ids

    def _parts(self) -> None:
        while self._changed:
            run_id, root_id = next(iter(self._changed.items()))
            del self._changed[run_id]
            with self._tried():
                self._sending(root_id).part(run_id)
            if self.why:
                self._changed.clear()  # all of it goes at the end, or with ``synthlab sync``

    @contextmanager
    def _tried(self) -> Iterator[None]:
        try:
            yield
            self.why = ""
        except StorageError as exc:
            self.why = exc.what
        except Exception as exc:  # of whatever kind: the run goes on, and the reason is told
            self.why = f"{type(exc).__name__}: {exc}"

    def _sending(self, root_id: str) -> Sending:
        known = self._roots[root_id] or Sending(self._local, self.far(), root_id)
        self._roots[root_id] = known
        return known

    @property
    def tags(self) -> dict[str, str]:
        """What marks a local run that is not sent."""
        place = {PLACE: shown(self._artifacts)} if self._artifacts else {}
        return {UNSENT: shown(self.address), **place}


class _Watched:
    """MLflow's client of the local store; the outbox hears of runs that begin and end."""

    def __init__(self, client: Any, outbox: Outbox) -> None:
        self._client = client
        self._outbox = outbox
        self._root_of: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def create_run(self, experiment_id: str, **about: Any) -> Any:
        tags = dict(about.pop("tags", None) or {})
        root = tags.get(names.PARENT)
        tags |= {} if root else self._outbox.tags
        run = self._client.create_run(experiment_id, tags=tags, **about)
        run_id = run.info.run_id
        self._root_of[run_id] = root or run_id
        self._outbox.began(run_id, root or run_id)
        return run

    def set_terminated(self, run_id: str, *args: Any, **rest: Any) -> None:
        self._client.set_terminated(run_id, *args, **rest)
        if run_id in self._root_of:
            self._outbox.changed(run_id, self._root_of[run_id])


def run_lock(root: Path, run_id: str) -> FileLock:
    """Held by the process that writes or sends a run."""
    folder = root / "sending"
    with guarded(f"cannot lock run {run_id[:8]} in {root}"):
        folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{run_id}.lock", thread_local=False)


@contextmanager
def locked(root: Path, run_id: str) -> Iterator[bool]:
    """Whether no other process writes or sends the run; none does inside the block."""
    lock = run_lock(root, run_id)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        _free(lock)


def _free(lock: FileLock) -> None:
    with suppress(OSError):  # while it is held, so that the next one makes a file of its own
        Path(lock.lock_file).unlink()
    lock.release()
