"""What all the calls to one endpoint know of it: its places, its pauses, and whether it is up.

It sends nothing, and decides nothing about a single call.
"""

from __future__ import annotations

from collections.abc import Mapping

from synthlab.errors import EngineError, RetryableError
from synthlab.lm.base import Overloaded
from synthlab.lm.breaker import Breaker
from synthlab.lm.headers import used_up
from synthlab.lm.limits import Limiter
from synthlab.lm.waits import Waits

# A server that asks for more than this is out of service for the run.
LONGEST_RETRY_AFTER = 120.0


class Endpoint:
    """One endpoint, for many threads.

    Args:
        place: its name in errors.
        waits: the clock; those who wait on it are woken when the endpoint is given up.

    Attributes:
        met: it has answered at least once.
    """

    def __init__(self, place: str, limiter: Limiter, breaker: Breaker, waits: Waits) -> None:
        self.met = False
        self._place, self._limiter, self._breaker, self._waits = place, limiter, breaker, waits
        self._over: tuple[str, str] | None = None

    @property
    def over(self) -> EngineError | None:
        """Why it is not used any more."""
        return EngineError(*self._over) if self._over is not None else None

    @property
    def pause_left(self) -> float:
        """Seconds for which it is not to be asked; 0 or less when it may be."""
        return self._limiter.pause_left(self._waits.now())

    def enter(self) -> int | None:
        """Wait for a place; the number of the request, or None when none may be sent now."""
        number = self._limiter.enter()
        if self._over is None and self.pause_left <= 0:
            return number
        self._limiter.leave()
        return None

    def leave(self) -> None:
        """Free a place."""
        self._limiter.leave()

    def answered(self, number: int) -> None:
        """A request was answered."""
        self.met = True
        self._breaker.alive()
        self._limiter.answered(number)

    def refused(self) -> None:
        """A request got an answer that is an error, and will stay one."""
        self._breaker.alive()

    def failed(self, number: int, exc: RetryableError) -> None:
        """A request failed in a way that says something about the next ones."""
        self._pause(exc.retry_after or 0.0)
        if isinstance(exc, Overloaded):
            self._limiter.overloaded(number)
            self._breaker.alive()
        elif failures := self._breaker.failed(self._waits.now()):
            last = exc.what.removeprefix(f"{self._place}: ")
            self.stop(
                f"{self._place} is down: the last {failures} attempts failed, the last one with: "
                f"{last}",
                "start it again; what was answered is kept: run the same command again",
            )

    def observe(self, headers: Mapping[str, str]) -> None:
        """Pause where the headers of a response say that nothing is left to use."""
        self._pause(used_up(headers))

    def stop(self, what: str, fix: str = "") -> None:
        """Wake everybody who waits: for them and for all later calls it is over."""
        if self._over is None:
            self._over = what, fix
        self._waits.end()
        self._limiter.close()

    def _pause(self, seconds: float) -> None:
        # If it is for too long, each call hears it from the server itself, and gives up.
        if 0 < seconds <= LONGEST_RETRY_AFTER:
            self._limiter.pause(self._waits.now() + seconds)
