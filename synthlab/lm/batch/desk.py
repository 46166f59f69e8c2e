"""What a session knows of its deferred calls: those queued, those in batches, those refused.

Programs come here through ``metered.py``, from many threads; ``flush.py`` empties the desk.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synthlab.errors import BudgetError, EngineError, StorageError
from synthlab.lm.journal.batches import Batches
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.entries import Asked, Batched, Busy, Kept

if TYPE_CHECKING:
    from dspy.lm15 import Request

LEFT = "the session was closed before its batch was submitted"


class Deferred(BaseException):
    """A call waits for ``Session.flush``; run the same program again after it.

    It is no failure, and must end a program that goes on after failures: like ``GeneratorExit``
    it passes by ``except Exception``.
    """

    def __init__(self) -> None:
        super().__init__("lm.mode: batch: an LM call waits for Session.flush()")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A deferred call."""

    request: Request
    asked: Asked


class Desk:
    """The deferred calls of a session; safe to use from many threads.

    Args:
        journal: where calls are queued and answers are found.

    Attributes:
        closed: set when the session is closed.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.batches = Batches(journal)
        self._lock = threading.Lock()
        self._waiting: dict[str, Waiting] = {}
        self._queued: list[str] = []
        self._open: set[str] = set()
        self._refused: dict[str, EngineError] = {}
        self._paid: set[str] = set()
        self.closed = threading.Event()

    def answer(self, request: Request, asked: Asked) -> Kept:
        """The answer, if the journal has it.

        Raises:
            Deferred: it is queued, or in a batch, or has to wait until others have settled.
            EngineError: it was sent, and the provider refused it.
            BudgetError: the request could pass a cap.
            StorageError: the journal cannot be written.
        """
        with self._lock:
            refused = self._refused.get(asked.key)
        if refused is not None:
            raise type(refused)(refused.what, refused.fix)
        found = self._queue(asked)
        with self._lock:
            if isinstance(found, Kept):
                self._waiting.pop(asked.key, None)
                return replace(found, replayed=asked.key not in self._paid)
            self._waiting[asked.key] = Waiting(request, asked)
            if isinstance(found, Batched):
                self._open.add(found.batch)
            elif found is None:
                self._queued.append(asked.key)
        raise Deferred

    def _queue(self, asked: Asked) -> Kept | Batched | Busy | None:
        try:
            return self.journal.queue(asked)
        except BudgetError:
            if self._queued:  # those go first: what they leave may be enough
                return Busy()
            # Money that is reserved for what nobody waits for is free again once it was fetched.
            orphans = self.batches.orphans(asked.backend)
            if not orphans:
                raise
            with self._lock:
                self._open.update(orphans)
            return Busy()

    def counted(self, key: str) -> None:
        """From now on the answer is a replayed one."""
        with self._lock:
            self._paid.discard(key)

    def close(self) -> None:
        """Free what was never submitted; a flush under way ends with an EngineError."""
        self.closed.set()
        keys = [waiting.asked.key for waiting in self.take()]
        if keys:
            with contextlib.suppress(StorageError):  # the next process frees them
                self.batches.unsent(keys, LEFT)

    def take(self) -> list[Waiting]:
        """The queued calls, which are not queued any more."""
        with self._lock:
            taken, self._queued = [self._waiting[key] for key in self._queued], []
        return taken

    def put_back(self, waiting: list[Waiting]) -> None:
        """Calls that were taken and could not be submitted."""
        with self._lock:
            self._queued += [one.asked.key for one in waiting]

    @property
    def open(self) -> list[str]:
        """Batches that have not ended, by id or by mark."""
        with self._lock:
            return sorted(self._open)

    def opened(self, batch: str) -> None:
        """A batch is under way."""
        with self._lock:
            self._open.add(batch)

    def ended(self, batch: str) -> None:
        """A batch needs no further look."""
        with self._lock:
            self._open.discard(batch)

    def answered(self, key: str, own: bool) -> None:
        """The journal has the answer; ``own``: this session has sent the call."""
        with self._lock:
            self._waiting.pop(key, None)
            if own:
                self._paid.add(key)

    def refuse(self, key: str, error: EngineError) -> None:
        """The call fails from now on, if a program of this session has asked for it."""
        with self._lock:
            if self._waiting.pop(key, None) is not None:
                self._refused[key] = error

    def waiting(self, key: str) -> Waiting | None:
        """The deferred call, if a program of this session has asked for it."""
        with self._lock:
            return self._waiting.get(key)
