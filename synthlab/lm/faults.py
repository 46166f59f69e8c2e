"""What an HTTP backend's failures mean, in our own errors; shared by the two SDK engines.

The SDKs' exceptions are told apart in ``sdk.py``; here is what a status, a broken connection or an
odd answer says. No text that leaves here holds the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from synthlab.errors import ContextError, EngineError, RetryableError
from synthlab.lm.base import Overloaded, Unreachable
from synthlab.lm.headers import retry_after

CONTEXT = re.compile(
    r"context.?(length|size|window)|maximum context|prompt is too long|too many tokens", re.I
)
QUOTA = re.compile(r"insufficient_quota|credit balance|exceeded your current quota|billing", re.I)
CROWDED = re.compile(r"overload|slow down|too many requests|at capacity|too busy", re.I)
# Timed out on the server's side, in conflict with another request, too early: the same may pass.
PASSING = (408, 409, 425)
# A gateway stopped waiting; the model behind it may have gone on, and be paid for.
GATEWAY_TIMEOUTS = (408, 504, 524)
# Failures before the request was on its way.
NOT_CONNECTED = {"ConnectError", "ConnectionRefusedError", "ConnectTimeout", "PoolTimeout"}
LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Backend:
    """What an error message names.

    Attributes:
        place: model and address.
        key_env: the environment variable that holds the key; empty when no key is sent.
        key: the key itself, only to keep it out of messages.
    """

    place: str
    key_env: str
    key: str

    def clean(self, text: str) -> str:
        """``text`` on one line, not too long, without the key."""
        text = " ".join((text.replace(self.key, "***") if self.key else text).split())
        return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "..."

    def cause(self, exc: BaseException) -> BaseException | None:
        """``exc`` to raise from, or None when its text would show the key."""
        return None if self.key and any(self.key in _all_text(e) for e in _chain(exc)) else exc

    def status(self, code: int, text: str, headers: Mapping[str, str]) -> EngineError:
        """The meaning of an HTTP status that is not a success."""
        what = f"{self.place}: {code}: {self.clean(text)}"
        if CONTEXT.search(text) and code in (400, 413, 422, 500):
            return ContextError(what, "shorten the prompt, or use a model with a longer context")
        if code in (401, 403):
            return EngineError(what, self._key_fix())
        if code == 402 or (code in (400, 429) and QUOTA.search(text)):
            return EngineError(what, "check the account's credit and limits")
        if code == 404 or 300 <= code < 400:
            return EngineError(what, "check the model's name and lm.base_url")
        wait = retry_after(headers)
        if code in (429, 529) or (code == 503 and (wait is not None or CROWDED.search(text))):
            return Overloaded(what, "lower lm.concurrency", wait)
        if code >= 500 or code in PASSING:
            return RetryableError(what, "try again later", wait, code in GATEWAY_TIMEOUTS)
        return EngineError(what, "check lm.extra and the sampling settings")

    def inside(self, error: Mapping[str, Any]) -> EngineError:
        """An error in the body of a success, as routers of other people's models send it."""
        code, text = error.get("code"), str(error.get("message", error))
        known = isinstance(code, int) and 400 <= code < 600
        exc = self.status(code if known else 500, text, {})  # type: ignore[arg-type]
        if isinstance(exc, RetryableError):
            exc.maybe_paid = not isinstance(exc, Overloaded)
        return exc

    def timeout(self, exc: BaseException, seconds: float) -> RetryableError:
        """No answer, or no connection, in time."""
        if self._not_connected(exc):
            return self.connection(exc)
        return RetryableError(
            f"{self.place}: no answer within {seconds:g} s",
            "raise lm.timeout_s, or lower lm.concurrency or lm.max_tokens",
            maybe_paid=True,
        )

    def connection(self, exc: BaseException) -> RetryableError:
        """No connection, or one that broke."""
        deepest = self.clean(str(_chain(exc)[-1]) or str(exc))
        if self._not_connected(exc):
            return Unreachable(
                f"{self.place}: cannot connect: {deepest}",
                "start the server, or check lm.base_url and the network",
            )
        return RetryableError(
            f"{self.place}: the connection broke: {deepest}",
            "check the server and the network",
            maybe_paid=True,
        )

    def unreadable(self, detail: str) -> RetryableError:
        """A success that cannot be read, or holds no answer."""
        return RetryableError(
            f"{self.place}: unreadable answer: {self.clean(detail)}",
            "check the server's log",
            maybe_paid=True,
        )

    def refused(self, detail: str) -> EngineError:
        """A request that the SDK itself will not send."""
        return EngineError(f"{self.place}: {self.clean(detail)}", "check lm.extra")

    def not_an_answer(self, detail: str) -> EngineError:
        """A success that is not a chat answer."""
        return EngineError(
            f"{self.place}: not a chat answer: {self.clean(detail)}",
            "check lm.base_url (OpenAI-compatible servers want it to end in /v1)",
        )

    def _key_fix(self) -> str:
        if self.key_env:
            return f"check the key in {self.key_env}"
        return "name the environment variable that holds this server's key in lm.api_key_env"

    def _not_connected(self, exc: BaseException) -> bool:
        return any(type(e).__name__ in NOT_CONNECTED for e in _chain(exc))


def _chain(exc: BaseException) -> list[BaseException]:
    return list(_causes(exc))


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__ or exc.__context__


def _all_text(exc: BaseException) -> str:
    return f"{exc} {getattr(exc, 'body', '')}"
