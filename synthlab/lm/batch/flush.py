"""Empties a desk: submits what is queued, waits for every open batch, keeps the answers.

Nothing is lost by stopping anywhere in here: a batch is in the journal before it is submitted, and
the next flush, of any process, goes on with it. What a batch did not do is sent live.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from synthlab.errors import EngineError, RetryableError
from synthlab.lm.batch.desk import Desk, Waiting
from synthlab.lm.batch.inbox import Inbox
from synthlab.lm.batch.outbox import Outbox
from synthlab.lm.batch.service import Mark, Service
from synthlab.lm.batch.watch import Watch, delay
from synthlab.lm.journal.entries import Asked, Kept

if TYPE_CHECKING:
    from dspy.lm15 import Request

# Looks in a row that may fail: half an hour without a network.
PATIENCE = 30


class Flush:
    """All flushes of one session.

    Args:
        desk: what is deferred.
        service: the provider's batch API.
        inbox: for what ended.
        watch: for the waits.
        send: sends a call live, and keeps its answer in the journal.
        workers: such calls at the same time.
    """

    def __init__(
        self,
        desk: Desk,
        service: Service,
        inbox: Inbox,
        watch: Watch,
        send: Callable[[Request, Asked], Kept],
        workers: int,
    ) -> None:
        self._desk, self._service, self._inbox, self._watch = desk, service, inbox, watch
        self._outbox = Outbox(desk, service, watch)
        self._send, self._workers = send, workers
        self._idle = 0

    def run(self, say: Callable[[str], object]) -> None:
        """Submit, wait, keep; see ``Session.flush``."""
        self._watch.say = say
        self._outbox.submit()
        if self._desk.open:
            self._idle = 0
            self._wait()
            self._inbox.check()
            self._send_missed()
        else:
            self._wait_for_others()

    def _wait(self) -> None:
        looks, troubles = 0, 0
        while True:
            for batch in self._desk.open:
                try:
                    self._look(batch)
                    troubles = 0
                except RetryableError as exc:
                    troubles += 1
                    if troubles >= PATIENCE:
                        raise
                    self._watch.tell(batch, f"{exc.what}; trying again")
            if not self._desk.open:
                return
            looks += 1
            self._watch.wait(delay(looks))

    def _look(self, batch: str) -> None:
        mark = Mark.of(batch)
        if mark is not None:
            self._outbox.find(mark)
            return
        state = self._service.look(batch)
        self._watch.tell(batch, state.said)
        if state.ended:
            self._inbox.take(batch, state)

    def _wait_for_others(self) -> None:
        """Nothing of this session is under way: other processes hold what its programs need."""
        self._desk.journal.pause()
        if self._idle:
            self._watch.wait(delay(self._idle))
        self._idle += 1

    def _send_missed(self) -> None:
        """Send live what the batches did not do."""
        keys, self._inbox.missed = self._inbox.missed, []
        calls = [one for key in keys if (one := self._desk.waiting(key)) is not None]
        if not calls:
            return
        self._watch.say(f"{len(calls)} calls were not done in their batch: sending them live")
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="synthlab")
        try:
            for future in [pool.submit(self._send_one, call) for call in calls]:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()

    def _send_one(self, call: Waiting) -> None:
        try:
            self._send(call.request, call.asked)
        except EngineError as exc:
            self._desk.refuse(call.asked.key, exc)
        else:
            self._desk.answered(call.asked.key, own=True)
