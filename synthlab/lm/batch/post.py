"""One session's way through a provider's batch API: a desk, a service, the flush between them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from synthlab.lm.attempts import Answered
from synthlab.lm.batch.desk import Desk
from synthlab.lm.batch.flush import Flush
from synthlab.lm.batch.inbox import Inbox
from synthlab.lm.batch.service import service_of
from synthlab.lm.batch.watch import Watch
from synthlab.lm.costs import Costs
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.entries import Asked, Held, Kept

if TYPE_CHECKING:
    from dspy.lm15 import Request, Response

    from synthlab.lm.sdk import SDKEngine


class Post:
    """Answers from the journal, and everything else by batch.

    Args:
        engine: whose provider gets the batches.
        journal: where calls are queued and kept.
        costs: what answers cost.
        send: sends a call live, and keeps its answer in the journal.
        sleep: stands in for the waits, in seconds; for tests.
    """

    def __init__(
        self,
        engine: SDKEngine,
        journal: Journal,
        costs: Costs,
        send: Callable[[Request, Asked], Kept],
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._desk = Desk(journal)
        self._costs = costs
        self._service = service_of(engine)
        settings = engine.settings
        watch = Watch(self._desk, sleep or self._desk.closed.wait, settings.retries)
        inbox = Inbox(self._desk, self._service, watch, self._kept)
        self._flush = Flush(self._desk, self._service, inbox, watch, send, settings.concurrency)
        self._one = threading.Lock()

    def answer(self, request: Request, asked: Asked) -> Kept:
        """See ``Desk.answer``."""
        return self._desk.answer(request, asked)

    def flush(self, say: Callable[[str], object]) -> None:
        """See ``Session.flush``."""
        with self._one:
            self._flush.run(say)

    def counted(self, key: str) -> None:
        """See ``Desk.counted``."""
        self._desk.counted(key)

    def close(self) -> None:
        """Free what was never submitted, and the connections."""
        self._desk.close()
        self._service.close()

    def _kept(self, response: Response, held: Held) -> Kept:
        # Its seconds are not known: it waited for others, and its batch for other batches.
        return self._costs.kept(Answered(response, 1, 0.0), held.tokens, held.usd, batch=True)
