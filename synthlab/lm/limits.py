"""How many requests may be under way at one endpoint, and when none may start.

The window shrinks by half when the endpoint is overloaded and grows by one per window of answers:
additive increase, multiplicative decrease (Chiu and Jain 1989; TCP's rule, RFC 5681). It counts and
queues; it sends nothing and knows no clock.
"""

from __future__ import annotations

import threading
from collections import deque


class Limiter:
    """The places at one endpoint; safe to use from many threads.

    Args:
        ceiling: the widest window, and the first one.

    Attributes:
        window: requests that may be under way now, from 1 to ``ceiling``.
        cuts: how often the window was halved.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = self.window = max(1, ceiling)
        self.cuts = 0
        self._lock = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._under_way = 0
        self._let_in = 0
        self._last_cut = 0
        self._answers = 0
        self._paused_until = float("-inf")
        self._closed = False

    def enter(self) -> int:
        """Wait for a place, first come, first served; the number of the request.

        Each ``enter`` needs a ``leave``. After ``close`` nobody waits.
        """
        with self._lock:
            free = self._under_way < self.window and not self._queue
            if free or self._closed:
                self._under_way += 1
                self._let_in += 1
                return self._let_in
            # A lock for each that waits: a place is handed over to the first of them, so that a
            # thread that has just left cannot overtake, and only one thread is woken.
            turn = threading.Lock()
            turn.acquire()
            self._queue.append(turn)
        try:
            turn.acquire()
        except BaseException:
            self._give_up(turn)
            raise
        with self._lock:
            self._let_in += 1
            return self._let_in

    def leave(self) -> None:
        """Free a place."""
        with self._lock:
            self._under_way -= 1
            self._admit()

    def answered(self, number: int) -> None:
        """Widen the window by one, once a whole window of requests was answered."""
        if self.window >= self.ceiling:
            return
        with self._lock:
            self._answers += number > self._last_cut
            if self._answers >= self.window:
                self._answers = 0
                self.window = min(self.ceiling, self.window + 1)
                self._admit()

    def overloaded(self, number: int) -> None:
        """Halve the window.

        Requests that were under way at the last cut say nothing about the window since: they
        change nothing, so that a burst of refusals counts once.
        """
        with self._lock:
            if number <= self._last_cut:
                return
            self.window = max(1, self.window // 2)
            self.cuts += 1
            self._last_cut = self._let_in
            self._answers = 0

    def pause(self, until: float) -> None:
        """No request should start before ``until``, on the caller's clock in seconds."""
        with self._lock:
            self._paused_until = max(self._paused_until, until)

    def pause_left(self, now: float) -> float:
        """Seconds for which no request should start; 0 or less when they may."""
        return self._paused_until - now

    def close(self) -> None:
        """Let everybody through: nobody has to wait for an endpoint that is not used any more."""
        with self._lock:
            self._closed = True
            self._admit()

    def _admit(self) -> None:
        while self._queue and (self._closed or self._under_way < self.window):
            self._under_way += 1
            self._queue.popleft().release()

    def _give_up(self, turn: threading.Lock) -> None:
        """Leave the queue, or the place that was handed over in the same moment."""
        with self._lock:
            if turn in self._queue:
                self._queue.remove(turn)
                return
        self.leave()
