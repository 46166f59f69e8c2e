"""The clock of a budget: how long its processes, all together, have been at work.

Each process notes from when to when it works. A moment at which several work counts once, and the
time between two of them, when nobody works, does not count. What a process notes of itself is as
old as its last sign of life: of one that is killed, up to a second is lost while it makes calls,
and up to ``owners.BEAT_S`` while it makes none.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlalchemy import Connection, insert, select, update

from synthlab.lm.journal.owners import Owner
from synthlab.lm.journal.tables import STRETCHES

NOTE_S = 1.0


class Clock:
    """The clock as one process reads it. Without the name of a budget, it is this process's own."""

    def __init__(self, owner: Owner, budget: str) -> None:
        self._owner, self._budget = owner, budget
        self._began, self._from = time.time(), time.monotonic()
        self._before = self._noted = 0.0

    @property
    def seconds(self) -> float:
        """Seconds at work so far: those before this process, and its own.

        What others do meanwhile adds nothing, so that nothing has to be read to know it.
        """
        return self._before + self._own

    def start(self, connection: Connection) -> None:
        """Look up what was before, and enter this process."""
        if not self._budget:
            return
        c = STRETCHES.c
        rows = connection.execute(select(STRETCHES).where(c.budget == self._budget)).all()
        alive = self._owner.known(connection)[1]
        self._began, self._from = time.time(), time.monotonic()
        spans = [(r.began, self._began if r.owner in alive else r.ended) for r in rows]
        self._before = covered(spans, self._began)
        mine = {"owner": self._owner.id, "budget": self._budget}
        connection.execute(insert(STRETCHES), {**mine, "began": self._began, "ended": self._began})

    def note(self, connection: Connection, leaving: bool = False) -> None:
        """Say that this process has been at work until now, if that was not said lately."""
        own = self._own
        if self._budget and (leaving or own - self._noted >= NOTE_S):
            mine = STRETCHES.c.owner == self._owner.id
            # Not the time of day: a clock that is set back loses nothing.
            connection.execute(update(STRETCHES).where(mine).values(ended=self._began + own))
            self._noted = own

    @property
    def _own(self) -> float:
        return time.monotonic() - self._from


def covered(spans: Iterable[tuple[float, float]], until: float) -> float:
    """How long at least one of the spans lasts, before ``until``."""
    total, reached = 0.0, float("-inf")
    for began, ended in sorted(spans):
        ended = min(ended, until)
        total += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return total
