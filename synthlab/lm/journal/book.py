"""The journal: every LM call is reserved here before it is sent, and settled here after.

It is the cache (a call that is done is replayed, never paid again, by any process), the ledger
(sums per budget, which hard caps are kept on) and the audit trail at once. Threads that write at
the same moment share one transaction: the first of them commits for all (group commit). The
journal sends nothing itself; what is done with a refusal is its caller's business.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from synthlab.errors import BudgetError, StorageError, SynthlabError
from synthlab.lm.journal.caps import Caps, out_of_time
from synthlab.lm.journal.clock import Clock
from synthlab.lm.journal.entries import Asked, Batched, Busy, Kept
from synthlab.lm.journal.owners import BEAT_S, Owner
from synthlab.lm.journal.purse import Lost
from synthlab.lm.journal.tables import driver_errors, failure, open_database, writing
from synthlab.lm.journal.transaction import Refusal, Transaction

# How long a call that waits for another process, or for held money, sleeps between two looks.
LOOK_S = 0.1
# Silent processes are looked for at most so often while calls wait for money that they hold.
SWEEP_S = 2.0
UNSETTLED = "an answer could not be kept"
NONE: Lost = (0, 0.0)
Answer = Kept | Batched | Refusal | None
CLOSED = "the journal of LM calls was closed"


@dataclass(slots=True, eq=False)
class _Op:
    """One thread's part of a transaction."""

    work: Callable[[Transaction], Any]
    keys: tuple[str, ...]
    done: bool = False
    result: Any = None
    error: Exception | None = None


class Journal:
    """One process's view of a journal; safe to use from many threads.

    Args:
        url: a SQLAlchemy URL; ``sqlite:///path`` for a file.
        budget: calls of all processes that give the same name share its caps.
        caps: hard caps of that budget.
        run: what ``synthlab calls`` groups by: the run that pays.

    Raises:
        StorageError: the database cannot be opened.
    """

    def __init__(self, url: str, budget: str = "", caps: Caps | None = None, run: str = "") -> None:
        self.url, self.budget, self.caps, self.run = url, budget, caps or Caps(), run
        self._database = open_database(url)
        self._connection = self._database.connect()
        self._owner = Owner()
        self._queue: list[_Op] = []
        self._queued = threading.Lock()
        self._writing = threading.Lock()
        self._changed = threading.Condition()
        self._own: set[str] = set()  # keys that this process is asking for right now
        # By key: counted as lost when this journal closed; touched inside of transactions only.
        self._given_up: dict[str, Lost] = {}
        self._broken: StorageError | None = None
        self._closed = threading.Event()
        self._clock = Clock(self._owner, budget)
        self._swept = 0.0
        self.transact(self._open)
        self._heart = threading.Thread(target=self._beat, name="synthlab-journal", daemon=True)
        self._heart.start()

    def reserve(self, asked: Asked) -> Kept | Batched | None:
        """The answer, if the journal has it; else None, and the request may be sent.

        Waits while the same call is under way elsewhere, or while requests under way hold money
        that this one needs.

        Raises:
            BudgetError: the request could pass a cap.
            StorageError: the journal cannot be written.
        """
        self._claim(asked.key)
        try:
            found = self._reserved(asked)
        except BaseException:
            self._release(asked.key)
            raise
        if isinstance(found, Kept | Batched):
            self._release(asked.key)
        return found

    def queue(self, asked: Asked) -> Kept | Batched | Busy | None:
        """As ``reserve``, for a request that is to go into a batch later; it does not wait.

        Returns:
            None once the money is held; Busy while another process sends the same call, or while
            other requests hold money that this one needs.

        Raises:
            BudgetError: the request could pass a cap.
            StorageError: the journal cannot be written.
        """
        self._claim(asked.key)
        try:
            found = self._granted(lambda tx: tx.reserve(asked, "queued"), asked.key)
        finally:
            self._release(asked.key)
        if isinstance(found, BudgetError):
            raise found
        return found

    def renew(self, asked: Asked, maybe_paid: bool) -> None:
        """Reserve another attempt at a call whose last attempt failed.

        Args:
            asked: the call.
            maybe_paid: whether the failed attempt may be on the bill: its reservation is then
                counted as spent.

        Raises:
            BudgetError: another attempt could pass a cap; the call is marked as failed.
            StorageError: the journal cannot be written.
        """
        try:
            self.transact(lambda tx: tx.drop(asked, maybe_paid), asked.key)
            while (refusal := self._granted(lambda tx: tx.again(asked), asked.key)) is not None:
                if isinstance(refusal, BudgetError):
                    raise refusal
                self.pause()
        except SynthlabError as exc:
            self.fail(asked, exc.what, False)
            raise

    def settle(self, asked: Asked, kept: Kept) -> None:
        """Keep an answer. It never raises: a journal that fails now refuses the next call."""

        def work(tx: Transaction) -> None:
            tx.settle(asked.key, kept, asked.usd, self._given_up.pop(asked.key, NONE))

        self._end(asked, work)

    def fail(self, asked: Asked, error: str, maybe_paid: bool) -> None:
        """Note that a call got no answer; like ``settle``, it never raises."""

        def work(tx: Transaction) -> None:
            tx.failed(asked.key, error, maybe_paid, self._given_up.pop(asked.key, NONE))

        self._end(asked, work)

    def _end(self, asked: Asked, work: Callable[[Transaction], None]) -> None:
        try:
            self.transact(work, asked.key)
        except Exception as exc:
            self._broken = StorageError(f"{UNSETTLED}: {exc}", getattr(exc, "fix", ""))
        finally:
            self._release(asked.key)

    def close(self) -> None:
        """Free the connections; calls of other threads that still wait end with an error."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()
        with contextlib.suppress(StorageError):
            # Calls that are still under way may be answered yet: see ``settle``.
            self.transact(self._leave)
        with self._writing:
            self._connection.invalidate()  # an answer that comes later opens another one
        self._database.dispose()

    def _leave(self, tx: Transaction) -> None:
        self._clock.note(tx.connection, leaving=True)
        self._given_up.update(tx.sweep(leaving=True))

    def _open(self, tx: Transaction) -> None:
        self._owner.register(tx.connection)
        tx.sweep()
        self._clock.start(tx.connection)

    def _beat(self) -> None:
        while not self._closed.wait(BEAT_S):
            with contextlib.suppress(StorageError):
                self.transact(lambda tx: None)

    def _claim(self, key: str) -> None:
        """Wait until no other thread asks for ``key``."""
        with self._changed:
            while key in self._own:
                self._changed.wait()
            self._own.add(key)

    def _release(self, key: str) -> None:
        with self._changed:
            self._own.discard(key)
            self._changed.notify_all()

    def _reserved(self, asked: Asked) -> Kept | Batched | None:
        while True:
            found = self._granted(lambda tx: tx.reserve(asked), asked.key)
            if isinstance(found, Busy):
                self.pause()
            elif isinstance(found, BudgetError):
                raise found
            else:
                return found

    def _granted(self, grant: Callable[[Transaction], Answer], key: str) -> Answer:
        """Ask for money, unless the journal was closed: nobody would free it then."""
        if self._broken is not None:
            raise self._broken

        def work(tx: Transaction) -> Answer | str:
            return CLOSED if self._closed.is_set() else grant(tx)

        found: Answer | str = self.transact(work, key)
        if isinstance(found, str):
            raise StorageError(found)
        return found

    def check(self) -> None:
        """Whether another call may be made at all.

        Raises:
            BudgetError: the time is over.
            StorageError: the journal was closed, or could not keep an answer.
        """
        if self._broken is not None:
            raise self._broken
        if (late := self._late()) is not None:
            raise late
        if self._closed.is_set():
            raise StorageError(CLOSED)

    def _late(self) -> BudgetError | None:
        return out_of_time(self.caps, self._clock.seconds)

    def pause(self) -> None:
        """Let a moment pass; what silent processes hold is freed now and then."""
        with self._changed:
            self._changed.wait(LOOK_S)
        if time.monotonic() - self._swept > SWEEP_S:
            self._swept = time.monotonic()
            self.transact(lambda tx: tx.sweep())
        self.check()

    def transact(self, work: Callable[[Transaction], Any], *keys: str) -> Any:
        """Run ``work`` inside a transaction, with the work of whoever else waits for one.

        Args:
            work: what to do there.
            keys: calls that must have been looked up before.

        Raises:
            StorageError: the journal cannot be read or written.
        """
        op = _Op(work, keys)
        with self._queued:
            self._queue.append(op)
        with self._writing:
            if not op.done:
                self._commit()
        if op.error is not None:
            raise op.error
        return op.result

    def _commit(self) -> None:
        with self._queued:
            ops, self._queue = self._queue, []
        try:
            self._carry_out(ops)
        except Exception as exc:
            # Whatever it is: nobody's part was written, and everybody must hear of it.
            self._connection.invalidate()
            known: tuple[type[Exception], ...] = (SQLAlchemyError, *driver_errors(self._database))
            for op in ops:
                op.error = failure(self.url, exc) if isinstance(exc, known) else exc
        for op in ops:
            op.done = True

    def _carry_out(self, ops: Sequence[_Op]) -> None:
        keys = [key for op in ops for key in op.keys]
        connection = self._connection
        with writing(connection):
            tx = Transaction(connection, self._owner, self.budget, self.run, self.caps, keys)
            tx.late = self._late()
            for op in ops:
                op.result = op.work(tx)
            tx.flush()
            self._owner.beat(connection)
            self._clock.note(connection)
