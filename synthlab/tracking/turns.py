"""One promotion of a name at a time, over all machines that share a registry.

MLflow moves an alias without looking where it pointed, so who reads, compares and moves one must be
alone. Processes of one folder take a file lock. Beyond that, everyone who wants a turn puts a tag
of its own on the registered model, looks at the tags again, and goes on only if no other one is
there; else it takes its tag away and tries later. Two can never go on together: of two tags, the
second to be written is looked for by both (Lamport 1974 has the flags of his bakery this way). It
needs nothing of the store but that what was written is read, which SQLite, PostgreSQL and a server
give.

A process that died leaves its tag. Whoever has seen one unchanged for ``LEASE`` seconds of its own
clock takes it away; whoever holds a turn goes on for half of that and no longer. So clocks need
not agree.
"""

from __future__ import annotations

import getpass
import os
import random
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from synthlab.errors import StorageError
from synthlab.tracking.backend import MlflowException, guarded, shown
from synthlab.tracking.registry import alias_lock, ensure_model
from synthlab.tracking.store import Store

LEASE = 60.0
PATIENCE = 120.0
TAG = "synthlab.turn."


@dataclass(frozen=True)
class Turn:
    """The right to move the aliases of one name.

    Attributes:
        began: when it was asked for; seconds of this process's own clock.
    """

    name: str
    began: float

    def check(self) -> None:
        """Call before each alias that is moved.

        Raises:
            StorageError: it took so long that another process may have the turn by now.
        """
        if time.monotonic() - self.began > LEASE / 2:
            raise StorageError(
                f"promoting '{self.name}' took too long; its aliases stay where they are",
                "try again when the store is less busy",
            )


@contextmanager
def turn(store: Store, name: str) -> Iterator[Turn]:
    """Held while the aliases of ``name`` are read, compared and moved.

    The registered model is made if it is not there.

    Raises:
        StorageError: another process has it for minutes, or the store cannot be written.
    """
    with alias_lock(store):
        with guarded(f"cannot register '{name}' in {shown(store.uri)}"):
            ensure_model(store, name)
        mine = TAG + uuid.uuid4().hex[:12]
        try:
            yield Turn(name, _enter(store, name, mine))
        finally:
            _leave(store, name, mine)


def _enter(store: Store, name: str, mine: str) -> float:
    seen: dict[str, float] = {}
    pause = random.Random(mine)
    end = time.monotonic() + PATIENCE
    while True:
        others = _others(store, name, mine)
        now = time.monotonic()
        stale = {key for key in others if now - seen.setdefault(key, now) > LEASE}
        for key in stale:
            _leave(store, name, key)
        if not set(others) - stale:
            began = time.monotonic()
            with guarded(f"cannot lock '{name}' in {shown(store.uri)}"):
                store.client.set_registered_model_tag(name, mine, _owner())
            others = _others(store, name, mine)
            if not set(others) - stale:
                return began
            _leave(store, name, mine)
        if time.monotonic() > end:
            raise StorageError(
                f"'{name}' is being promoted by {', '.join(sorted(set(others.values())))}",
                "wait until that ends, and try again",
            )
        time.sleep(pause.uniform(0.05, 0.5))


def _others(store: Store, name: str, mine: str) -> dict[str, str]:
    with guarded(f"cannot read '{name}' in {shown(store.uri)}"):
        tags = store.client.get_registered_model(name).tags
    return {key: who for key, who in tags.items() if key.startswith(TAG) and key != mine}


def _leave(store: Store, name: str, key: str) -> None:
    try:
        store.client.delete_registered_model_tag(name, key)
    except MlflowException:
        return  # another one took it away, or the server went: then it is stale in a minute


def who() -> str:
    """The user of this process, as a version's tags name them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def _owner() -> str:
    return f"{who()} on {socket.gethostname()} (process {os.getpid()})"
