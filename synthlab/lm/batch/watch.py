"""The waits of a flush, and what it says meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from synthlab.errors import EngineError, RetryableError
from synthlab.lm.batch.desk import Desk

Made = TypeVar("Made")

# Seconds between two looks at open batches: at first, at most, and from one to the next.
FIRST_S = 5.0
LONGEST_S = 60.0
GROWTH = 1.5


class Watch:
    """Waits that end with the session or the budget's time, and lines for a listener.

    Args:
        desk: of the session.
        sleep: waits for so many seconds.
        tries: requests in all for what may be asked again.

    Attributes:
        say: gets each line of text.
    """

    def __init__(self, desk: Desk, sleep: Callable[[float], object], tries: int) -> None:
        self.say: Callable[[str], object] = lambda text: None
        self.tries = max(1, tries)
        self._desk = desk
        self._sleep = sleep
        self._said: dict[str, str] = {}

    def tell(self, batch: str, text: str) -> None:
        """Say how far a batch is, if that is news."""
        if self._said.get(batch) != text:
            self._said[batch] = text
            self.say(f"batch {batch}: {text}")

    def wait(self, seconds: float) -> None:
        """Let so much time pass.

        Raises:
            BudgetError: the time of the budget is over.
            EngineError: the session was closed.
        """
        self._desk.journal.check()
        self._sleep(seconds)
        if self._desk.closed.is_set():
            raise EngineError("the session was closed; its batches go on at the provider")

    def patiently(self, ask: Callable[[], Made]) -> Made:
        """Ask again for what costs nothing, when it fails in a way that may pass."""
        for attempt in range(1, self.tries):
            try:
                return ask()
            except RetryableError as exc:
                self.say(f"{exc.what}; trying again")
                self.wait(delay(attempt))
        return ask()


def delay(number: int) -> float:
    """Seconds to wait the ``number``-th time, from 1."""
    return min(LONGEST_S, FIRST_S * GROWTH ** min(number - 1, 10))
