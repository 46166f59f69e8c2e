"""The one way to an engine: guard, slot, retries, time, price, ledger.

dspy sees this object as its engine. It builds no prompt and reads no answer's meaning.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synthlab.errors import EngineError, RetryableError, SynthlabError
from synthlab.lm.base import Engine, LMSettings, Price, Unreachable
from synthlab.lm.ledger import Ledger
from synthlab.lm.scope import CURRENT, SEEDS, Scope, messages, prompt_text
from synthlab.records import Call, Usage, digest

if TYPE_CHECKING:
    from dspy.lm15 import Request, Response

BASE_DELAY = 0.5
LONGEST_DELAY = 30.0
# A server that asks for more than this is out of service for the run.
LONGEST_RETRY_AFTER = 120.0
# Attempts while no call of the session was ever answered and nothing listens at the address.
FIRST_CONTACT = 2


class Metered:
    """An engine whose every call is checked, bounded, retried and recorded.

    Args:
        engine: what sends a request once.
        identity: the backend, as ``Engine.check`` names it; part of each call's key.
        price: USD per million tokens, or None when it is not known.
        guard: gets each outgoing prompt; an exception from it stops the request.
        sleep: waits between attempts; by default ``close`` cuts the wait short.
    """

    def __init__(
        self,
        engine: Engine,
        settings: LMSettings,
        identity: str,
        price: Price | None,
        ledger: Ledger,
        guard: Callable[[str], None] | None = None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.engine, self.settings, self.identity = engine, settings, identity
        self.price, self.ledger, self.guard = price, ledger, guard
        self._slots = threading.BoundedSemaphore(max(1, settings.concurrency))
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self._met = False
        # Its own generator: a draw from the global one would change what seeded programs see.
        self._jitter = random.Random()

    def complete(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            EngineError: the engine could not answer, after all attempts.
            SynthlabError: what the guard raised.
        """
        scope = CURRENT.get() or Scope(purpose="unscoped")
        try:
            return self._complete(request, scope)
        except SynthlabError as exc:
            scope.failed(exc)
            raise

    def close(self) -> None:
        """Wake those who wait between attempts, and free what the engine holds."""
        self._closed.set()
        self.engine.close()

    def _complete(self, request: Request, scope: Scope) -> Response:
        draw = scope.draw()
        seed = request.config.seed
        seed = (scope.seed + draw) % SEEDS if seed is None else seed
        request = self._filled(request, seed)
        text = prompt_text(request)
        if self.guard is not None:
            self.guard(text)
        scope.sent(text)
        with self._slots:
            response, attempts, seconds = self._answer(request)
        usage = self._usage(response, seconds)
        finish = str(response.finish_reason)
        key = self._key(request, seed, draw)
        call = Call(key, self.settings.model, scope.purpose, usage, attempts, finish)
        self.ledger.add(call)
        scope.answered(call, response.message.text or "")
        return response

    def _filled(self, request: Request, seed: int) -> Request:
        """The request with the settings' sampling where it has none of its own."""
        asked = request.config
        config = replace(
            asked,
            temperature=_first(asked.temperature, self.settings.temperature),
            top_p=_first(asked.top_p, self.settings.top_p),
            max_tokens=_first(asked.max_tokens, self.settings.max_tokens),
            seed=seed if self.engine.seeded else None,
        )
        return replace(request, config=config)

    def _key(self, request: Request, seed: int, draw: int) -> str:
        c = request.config
        sampling = [c.max_tokens, c.temperature, c.top_p, c.top_k, c.stop, c.response_format]
        sampling += [c.frequency_penalty, c.presence_penalty, dict(self.settings.extra)]
        said = messages(request)
        return digest([self.identity, self.settings.model, said, sampling, seed, draw])

    def _answer(self, request: Request) -> tuple[Response, int, float]:
        """The answer, the attempts it took, and the seconds spent in them (waits left out)."""
        attempt, seconds = 0, 0.0
        while True:
            if self._closed.is_set():
                raise self._is_closed()
            attempt += 1
            started = time.perf_counter()
            try:
                response = self.engine.complete(request)
            except RetryableError as exc:
                seconds += time.perf_counter() - started
                delay = self._delay(exc, attempt)
                if delay is None:
                    raise self._gave_up(exc, attempt) from exc
            except Exception as exc:
                # An SDK whose client was closed under a call has no error of its own for it.
                if self._closed.is_set() and not isinstance(exc, SynthlabError):
                    raise self._is_closed() from exc
                raise
            else:
                self._met = True
                return response, attempt, seconds + time.perf_counter() - started
            self._sleep(delay)

    def _is_closed(self) -> EngineError:
        return EngineError(f"{self.settings.model}: the session was closed")

    def _delay(self, exc: RetryableError, attempt: int) -> float | None:
        """Seconds until the next attempt; None when there is none."""
        attempts = max(1, self.settings.retries)
        if isinstance(exc, Unreachable) and not self._met:
            attempts = min(attempts, FIRST_CONTACT)
        if attempt >= attempts or (exc.retry_after or 0) > LONGEST_RETRY_AFTER:
            return None
        if exc.retry_after is not None:
            return max(0.0, exc.retry_after)
        # Full jitter: clients that failed together do not come back together.
        return self._jitter.uniform(0.0, min(LONGEST_DELAY, BASE_DELAY * 2 ** (attempt - 1)))

    def _gave_up(self, exc: RetryableError, attempts: int) -> EngineError:
        times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        wait = exc.retry_after or 0
        asked = f"; it asks to wait {wait:.0f} s" if wait > LONGEST_RETRY_AFTER else ""
        return EngineError(f"{exc.what}; gave up after {times}{asked}", exc.fix)

    def _usage(self, response: Response, seconds: float) -> Usage:
        reported = response.usage
        tokens_in, tokens_out = reported.input_tokens, reported.output_tokens
        cost: float | None = None
        if self.engine.local and self.settings.price is None:
            cost = 0.0
        elif self.price is not None and tokens_in is not None and tokens_out is not None:
            cost = cost_usd(self.price, tokens_in, tokens_out, reported.cache_read_tokens or 0)
        return Usage(1, tokens_in or 0, tokens_out or 0, cost, seconds)


def cost_usd(price: Price, tokens_in: int, tokens_out: int, cached: int = 0) -> float:
    """USD of one call; ``cached`` tokens are among ``tokens_in``."""
    cached_price = price.input if price.cached_input is None else price.cached_input
    fresh = tokens_in - cached
    return (fresh * price.input + cached * cached_price + tokens_out * price.output) / 1_000_000


def _first(asked: Any, default: Any) -> Any:
    return default if asked is None else asked
