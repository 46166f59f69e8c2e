"""A clock, and waits on it that end early when there is nothing left to wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Waits:
    """Waits of many threads, all of which end at once with ``end``.

    Args:
        sleep: stands in for the real wait, in seconds, which then counts as passed; for tests.
    """

    def __init__(self, sleep: Callable[[float], object] | None = None) -> None:
        self._ended = threading.Event()
        self._sleep = sleep
        self._lock = threading.Lock()
        self._skipped = 0.0

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic() + self._skipped

    def wait(self, seconds: float) -> None:
        """Return after ``seconds``, or at once after ``end``."""
        if self._sleep is None:
            self._ended.wait(seconds)
            return
        self._sleep(seconds)
        with self._lock:
            self._skipped += seconds

    def end(self) -> None:
        """Wake everybody who waits, and everybody who will."""
        self._ended.set()
