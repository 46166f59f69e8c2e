"""Empties a desk: submits what is queued, waits for every open batch, keeps the answers.

Nothing is lost by stopping anywhere in here: a batch is in the journal before it is submitted, and
the next flush, of any process, goes on with it. What a batch did not do is sent live.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from synthlab.errors import EngineError, RetryableError
from synthlab.lm.batch.desk import Desk, Waiting
from synthlab.lm.batch.service import Gone, Mark, Service, State, key_of
from synthlab.lm.journal.entries import Asked, Failed, Held, Kept

if TYPE_CHECKING:
    from dspy.lm15 import Request, Response

Made = TypeVar("Made")

# Seconds between two looks at open batches: at first, at most, and from one to the next.
FIRST_S = 5.0
LONGEST_S = 60.0
GROWTH = 1.5
# Looks in a row that may fail: half an hour without a network.
PATIENCE = 30
# Looks after which a batch that the provider does not list was never submitted.
MISSES = 3


@dataclass
class Flush:
    """What one session's flushes need.

    Args:
        desk: what is deferred.
        service: the provider's batch API.
        send: sends a call live, and keeps its answer in the journal.
        kept: an answer of a batch, with its cost.
        sleep: waits for so many seconds.
        workers: live calls at the same time.
        tries: times that one batch is uploaded, and that submissions may fail in a row.
    """

    desk: Desk
    service: Service
    send: Callable[[Request, Asked], Kept]
    kept: Callable[[Response, Held], Kept]
    sleep: Callable[[float], object]
    workers: int
    tries: int
    _say: Callable[[str], object] = field(default=lambda text: None)
    _said: dict[str, str] = field(default_factory=dict)
    _missed: list[str] = field(default_factory=list)
    _misses: Counter[str] = field(default_factory=Counter)
    _landed: int = 0
    _lost: int = 0
    _idle: int = 0

    def run(self, say: Callable[[str], object]) -> None:
        """Submit, wait, keep; see ``Session.flush``."""
        self._say, self._landed = say, 0
        self._submit()
        if not self.desk.open:
            self._wait_for_others()
            return
        self._idle = 0
        self._wait_for_all()
        self._send_missed()

    def _submit(self) -> None:
        left = self.desk.take()
        try:
            while left:
                mark = Mark.new()
                lines = self._part(left, mark)
                uploaded = self._patiently(partial(self.service.upload, lines))
                part, left = left[: len(lines)], left[len(lines) :]
                self._create(part, uploaded, mark)
        finally:
            self.desk.put_back(left)

    def _part(self, left: Sequence[Waiting], mark: Mark) -> list[Mapping[str, Any]]:
        """As many calls as one batch may hold."""
        lines: list[Mapping[str, Any]] = []
        size = 0
        for one in left[: self.service.requests]:
            line = self.service.line(mark.custom_id(one.asked.key), one.request)
            size += len(json.dumps(line)) + len(", ")
            if lines and size > self.service.size:
                break
            lines.append(line)
        return lines

    def _create(self, part: Sequence[Waiting], uploaded: Any, mark: Mark) -> None:
        keys = [one.asked.key for one in part]
        self.desk.batches.submit(keys, str(mark))
        self.desk.opened(str(mark))
        try:
            batch = self.service.create(uploaded, mark)
        except RetryableError as exc:
            # Nobody can tell whether it arrived: it is looked for by its mark.
            self._lost += 1
            if self._lost >= self.tries:
                raise
            self._say(f"{exc.what}; looking whether the batch has arrived")
        except EngineError as exc:
            self.desk.batches.unsent(keys, exc.what)
            self.desk.ended(str(mark))
            raise
        else:
            self._lost = 0
            self._named(str(mark), batch)
            self._tell(batch, f"{len(keys)} calls submitted")

    def _named(self, mark: str, batch: str) -> None:
        self.desk.batches.rename(mark, batch)
        self.desk.opened(batch)
        self.desk.ended(mark)

    def _wait_for_all(self) -> None:
        delay, troubles = FIRST_S, 0
        while True:
            for batch in self.desk.open:
                try:
                    self._look(batch)
                    troubles = 0
                except RetryableError as exc:
                    troubles += 1
                    if troubles >= PATIENCE:
                        raise
                    self._tell(batch, f"{exc.what}; trying again")
            if not self.desk.open:
                return
            self._sleep(delay)
            delay = min(LONGEST_S, delay * GROWTH)

    def _sleep(self, seconds: float) -> None:
        self.desk.journal.check()
        self.sleep(seconds)
        if self.desk.closed.is_set():
            raise EngineError("the session was closed; its batches go on at the provider")

    def _look(self, batch: str) -> None:
        mark = Mark.of(batch)
        if mark is not None:
            self._find(mark)
            return
        state = self.service.look(batch)
        self._tell(batch, state.said)
        if state.ended:
            self._collect(batch, state)

    def _find(self, mark: Mark) -> None:
        """Look for a batch whose id nobody could note down."""
        held = self.desk.batches.held(str(mark))
        if not held:  # another process was here
            self.desk.ended(str(mark))
            return
        if any(one.elsewhere for one in held.values()):
            self._tell(str(mark), "another process is about to submit it")
            return
        found = self.service.find(mark, len(held))
        if found.batch is not None:
            self._named(str(mark), found.batch)
        elif not found.sure:
            self._tell(str(mark), "it may be one of those under way: waiting for their end")
        else:
            self._misses[mark.token] += 1
            if self._misses[mark.token] >= MISSES:
                self.desk.batches.unsent(held, "the batch was never submitted")
                self.desk.ended(str(mark))

    def _collect(self, batch: str, state: State) -> None:
        """Keep what a batch that has ended came to."""
        held = self.desk.batches.held(batch)
        if state.refused is not None:
            self.desk.batches.unsent(held, state.refused.what)
            self.desk.ended(batch)
            if not (state.full and self._landed):
                raise state.refused
            return
        try:
            found = self._results(batch, held)
        except Gone as exc:
            self._say(exc.what)
            found = dict.fromkeys(held, Gone(exc.what))
        self._land(batch, held, found)
        self.desk.ended(batch)

    def _results(self, batch: str, held: Mapping[str, Held]) -> dict[str, Response | EngineError]:
        """What came of each call that the journal still waits for."""
        if not held:
            return {}
        answers = ((key_of(name), answer) for name, answer in self.service.results(batch))
        found = {key: answer for key, answer in answers if key in held}
        for key in held.keys() - found.keys():
            found[key] = RetryableError(f"batch {batch} ended without an answer to this call")
        return found

    def _land(
        self, batch: str, held: Mapping[str, Held], found: Mapping[str, Response | EngineError]
    ) -> None:
        kept = {
            key: self._failed(answer)
            if isinstance(answer, EngineError)
            else self.kept(answer, held[key])
            for key, answer in found.items()
        }
        self.desk.batches.land(batch, kept)
        for key, answer in found.items():
            if isinstance(answer, RetryableError):
                self._missed.append(key)
            elif isinstance(answer, Gone):
                pass  # asked for again, it goes into another batch
            elif isinstance(answer, EngineError):
                self.desk.refuse(key, answer)
            else:
                self._landed += 1
                self.desk.answered(key, held[key].own)

    def _failed(self, error: EngineError) -> Failed:
        paid = isinstance(error, Gone) or getattr(error, "maybe_paid", False)
        return Failed(error.what, paid)

    def _send_missed(self) -> None:
        """Send live what the batches did not do."""
        keys, self._missed = self._missed, []
        calls = [one for key in keys if (one := self.desk.waiting(key)) is not None]
        if not calls:
            return
        self._say(f"{len(calls)} calls were not done in their batch: sending them live")
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="synthlab")
        try:
            for future in [pool.submit(self._send_one, call) for call in calls]:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()

    def _send_one(self, call: Waiting) -> None:
        try:
            self.send(call.request, call.asked)
        except EngineError as exc:
            self.desk.refuse(call.asked.key, exc)
        else:
            self.desk.answered(call.asked.key, own=True)

    def _wait_for_others(self) -> None:
        """Nothing of this session is under way: other processes hold what its programs need."""
        self._idle += 1
        self.desk.journal.pause()
        if self._idle > 1:
            self._sleep(min(LONGEST_S, 0.1 * 2.0 ** min(self._idle, 10)))

    def _patiently(self, ask: Callable[[], Made]) -> Made:
        """Ask again for what costs nothing, when it fails in a way that may pass."""
        for attempt in range(1, self.tries):
            try:
                return ask()
            except RetryableError as exc:
                self._say(f"{exc.what}; trying again")
                self._sleep(min(LONGEST_S, FIRST_S * GROWTH ** (attempt - 1)))
        return ask()

    def _tell(self, batch: str, text: str) -> None:
        if self._said.get(batch) != text:
            self._said[batch] = text
            self._say(f"batch {batch}: {text}")
