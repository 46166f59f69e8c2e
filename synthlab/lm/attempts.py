"""One request sent until it is answered: place, waits, attempts, deadline, and when to give up.

It reads no answer, and knows neither prices nor the journal.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from synthlab.errors import EngineError, RetryableError, SynthlabError
from synthlab.lm.base import Engine, LMSettings, Unreachable, place
from synthlab.lm.breaker import Breaker
from synthlab.lm.endpoint import LONGEST_RETRY_AFTER, Endpoint
from synthlab.lm.limits import Limiter
from synthlab.lm.waits import Waits

if TYPE_CHECKING:
    from dspy.lm15 import Request, Response

BASE_DELAY = 0.5
LONGEST_DELAY = 30.0
# Attempts while no call of the session was ever answered and nothing listens at the address.
FIRST_CONTACT = 2
# Failures in a row from which an endpoint can be down, however few requests are under way.
LEAST_FAILURES = 10
# One bad moment fails every request that is under way; a server that is down fails later ones too.
LEAST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, the attempts it took, and the seconds spent in them (waits left out)."""

    response: Response
    attempts: int
    seconds: float


@dataclass(slots=True)
class _Call:
    """What one call has taken so far, why its last attempt failed, and whether ``again`` knows."""

    attempts: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    failure: RetryableError | None = None
    told: bool = False

    @property
    def untold(self) -> RetryableError | None:
        return None if self.told else self.failure


class Attempts:
    """The way to one endpoint, for many threads.

    Args:
        engine: what sends a request once. Its ``observe``, if it has one, is set here.
        settings: ``concurrency``, ``retries`` and ``deadline_s`` are kept here.
        sleep: stands in for the waits, in seconds; for tests.

    Attributes:
        limiter: the places at the endpoint.
    """

    def __init__(
        self,
        engine: Engine,
        settings: LMSettings,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.limiter = Limiter(settings.concurrency)
        self._engine, self._settings = engine, settings
        self._place = getattr(engine, "place", place(settings))
        self._waits = Waits(sleep)
        # Never less patient than the waits of a single call.
        waits = sum(_longest_delay(n) for n in range(1, settings.retries))
        failures = max(LEAST_FAILURES, settings.concurrency)
        breaker = Breaker(failures, max(LEAST_SECONDS, waits))
        self._endpoint = Endpoint(self._place, self.limiter, breaker, self._waits)
        # Its own generator: a draw from the global one would change what seeded programs see.
        self._random = random.Random()
        if hasattr(engine, "observe"):
            cast(Any, engine).observe = self._endpoint.observe

    def answer(self, request: Request, again: Callable[[RetryableError], None]) -> Answered:
        """Send a request until it is answered.

        Args:
            request: with its sampling filled in.
            again: gets the last failure before each attempt after the first, when the wait is
                over; what it raises ends the call.

        Raises:
            EngineError: no answer after all attempts or within the deadline, an answer that will
                not change, an endpoint that is down, or a closed session. The cause is the last
                attempt's RetryableError, unless ``again`` got it.
        """
        call = _Call()
        while True:
            if call.failure is not None:
                # Not inside a place: it may wait for money that a call without a place holds.
                again(call.failure)
                call.told = True
            number = self._enter(call)
            try:
                response = self._once(request, call, number)
            finally:
                self._endpoint.leave()
            if response is not None:
                return Answered(response, call.attempts, call.seconds)
            self._back_off(call)

    def close(self) -> None:
        """Wake those who wait; they and all later calls end with an EngineError."""
        self._endpoint.stop(f"{self._settings.model}: the session was closed")

    def _enter(self, call: _Call) -> int:
        """A place at an endpoint that is not pausing; the request's number."""
        number = None
        while number is None:
            self._sit_out(call)
            number = self._endpoint.enter()
        return number

    def _sit_out(self, call: _Call) -> None:
        """Wait as long as the endpoint pauses."""
        self._check_open(call)
        while (pause := self._endpoint.pause_left) > 0:
            # All who wait for the endpoint would come back in the same millisecond.
            self._wait(pause + self._random.uniform(0.0, min(1.0, pause / 10)), call)
            self._check_open(call)

    def _once(self, request: Request, call: _Call, number: int) -> Response | None:
        """One attempt; None, with the failure kept in ``call``, if another one may succeed."""
        call.attempts += 1
        started = time.perf_counter()
        try:
            response = self._engine.complete(request)
        except RetryableError as exc:
            call.failure, call.told = exc, False
            self._endpoint.failed(number, exc)
            return None
        except Exception as exc:
            # An SDK whose client was closed under a call has no error of its own for it.
            over = self._endpoint.over
            if over is not None and not isinstance(exc, SynthlabError):
                raise over from exc
            self._endpoint.refused()
            raise
        finally:
            call.seconds += time.perf_counter() - started
        self._endpoint.answered(number)
        return response

    def _back_off(self, call: _Call) -> None:
        """Wait before the next attempt, if there is one."""
        self._check_open(call)
        exc = call.failure
        assert exc is not None
        attempts = max(1, self._settings.retries)
        if isinstance(exc, Unreachable) and not self._endpoint.met:
            attempts = min(attempts, FIRST_CONTACT)
        asked = exc.retry_after or 0.0
        if asked > LONGEST_RETRY_AFTER:
            raise self._gave_up(call, f"; it asks to wait {asked:.0f} s") from exc
        if call.attempts >= attempts:
            raise self._gave_up(call) from exc
        # Full jitter: clients that failed together do not come back together. (Brooker,
        # "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.) Where the server said
        # how long, the endpoint pauses.
        longest = _longest_delay(call.attempts) if exc.retry_after is None else 0.0
        self._wait(self._random.uniform(0.0, longest), call)
        self._sit_out(call)

    def _wait(self, seconds: float, call: _Call) -> None:
        deadline = self._settings.deadline_s
        if call.seconds + call.waited + seconds > deadline:
            why = f", as another one would pass lm.deadline_s ({deadline:g} s)"
            raise self._gave_up(call, why) from call.untold
        if seconds > 0:
            call.waited += seconds
            self._waits.wait(seconds)

    def _gave_up(self, call: _Call, why: str = "") -> EngineError:
        times = "1 attempt" if call.attempts == 1 else f"{call.attempts} attempts"
        exc = call.failure
        what = exc.what if exc else f"{self._place}: it asks to wait"
        return EngineError(f"{what}; gave up after {times}{why}", exc.fix if exc else "")

    def _check_open(self, call: _Call) -> None:
        if (over := self._endpoint.over) is not None:
            raise over from call.untold


def _longest_delay(attempts: int) -> float:
    """Seconds that may pass before the next attempt, after this many."""
    return min(LONGEST_DELAY, BASE_DELAY * 2.0 ** min(attempts - 1, 10))
