"""Which processes are at work on a journal: a reservation of a dead one may be taken over.

A process is dead when its host says so, or when it has not been heard of for a minute.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, update

from synthlab.lm.journal.tables import OWNERS

BEAT_S = 10.0
SILENT_S = 60.0


class Owner:
    """This process, as the journal knows it.

    Attributes:
        id: unique, also among processes that get the same number again.
    """

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self._beat = 0.0

    def register(self, connection: Connection) -> None:
        """Enter this process."""
        self._beat = time.time()
        entry = {"id": self.id, "host": _host(), "pid": os.getpid(), "beat": self._beat}
        connection.execute(insert(OWNERS), entry)

    def beat(self, connection: Connection) -> None:
        """Say that this process is alive, if it was not said lately."""
        now = time.time()
        if now - self._beat >= BEAT_S:
            said = update(OWNERS).where(OWNERS.c.id == self.id).values(beat=now)
            if connection.execute(said).rowcount == 0:
                self.register(connection)  # it was taken for dead: a machine that slept, say
            self._beat = now

    def forget(self, connection: Connection, ids: Iterable[str]) -> None:
        """Take processes out; what they had reserved must have been freed."""
        connection.execute(delete(OWNERS).where(OWNERS.c.id.in_(list(ids))))

    def known(self, connection: Connection) -> tuple[list[str], list[str]]:
        """All processes that may hold something, and those of them that are alive."""
        rows = connection.execute(select(OWNERS)).all()
        alive = [row.id for row in rows if row.id == self.id or not _is_dead(row)]
        return [row.id for row in rows], alive

    def dead(self, connection: Connection, ids: Iterable[str] | None = None) -> list[str]:
        """Those of ``ids`` (all known processes when None) that will never answer."""
        known = {row.id: row for row in connection.execute(select(OWNERS))}
        asked = list(known) if ids is None else list(ids)
        return [one for one in asked if one != self.id and _is_dead(known.get(one))]


def _host() -> str:
    return socket.gethostname()


def _is_dead(row: object) -> bool:
    if row is None or time.time() - row.beat > SILENT_S:  # type: ignore[attr-defined]
        return True
    return row.host == _host() and not _runs(row.pid)  # type: ignore[attr-defined]


def _runs(pid: int) -> bool:
    if os.name != "posix":  # there, signal 0 would end the process: silence alone must tell
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
