"""When to stop asking an endpoint that is down.

Without it each of the calls under way would spend all its attempts and waits, one after the other.
It only counts; ``attempts.py`` acts on it.
"""

from __future__ import annotations

import threading


class Breaker:
    """Counts attempts that failed in a row, over all calls; safe to use from many threads.

    Args:
        attempts: failures in a row from which the endpoint is down,
        seconds: if there are at least so many between the first and the last of them.
    """

    def __init__(self, attempts: int, seconds: float) -> None:
        self._attempts, self._seconds = attempts, seconds
        self._lock = threading.Lock()
        self._failures = 0
        self._first = 0.0

    def alive(self) -> None:
        """The endpoint said something: an answer, a refusal, that it has too much to do."""
        self._failures = 0

    def failed(self, now: float) -> int:
        """Count a failure at ``now`` seconds.

        Returns:
            How many there were in a row, if the endpoint is down; 0 if it may not be.
        """
        with self._lock:
            if self._failures == 0:
                self._first = now
            self._failures += 1
            down = self._failures >= self._attempts and now - self._first >= self._seconds
            return self._failures if down else 0
