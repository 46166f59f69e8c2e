"""What an HTTP backend's failures mean, in our own errors; shared by the two SDK engines.

The SDKs' exceptions are told apart in their engines; here is what a status or a broken connection
says. No text that leaves here holds the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from synthlab.errors import ContextError, EngineError, RetryableError
from synthlab.lm.base import Unreachable

CONTEXT = re.compile(
    r"context.?(length|size|window)|maximum context|prompt is too long|too many tokens", re.I
)
QUOTA = re.compile(r"insufficient_quota|credit balance|exceeded your current quota|billing", re.I)
# Timed out on the server's side, in conflict with another request, too early: the same may pass.
PASSING = (408, 409, 425)
LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Backend:
    """What an error message names.

    Attributes:
        place: model and address.
        key_env: the environment variable that holds the key.
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
            return EngineError(what, f"check the key in {self.key_env}")
        if code == 402 or (code in (400, 429) and QUOTA.search(text)):
            return EngineError(what, "check the account's credit and limits")
        if code == 404:
            return EngineError(what, "check the model's name and lm.base_url")
        if code == 429:
            return RetryableError(what, "lower lm.concurrency", retry_after(headers))
        if code >= 500 or code in PASSING:
            return RetryableError(what, "try again later", retry_after(headers))
        return EngineError(what, "check lm.extra and the sampling settings")

    def timeout(self, seconds: float) -> RetryableError:
        """No answer in time."""
        return RetryableError(
            f"{self.place}: no answer within {seconds:g} s",
            "raise lm.timeout_s, or lower lm.concurrency or lm.max_tokens",
        )

    def connection(self, exc: BaseException) -> RetryableError:
        """No connection, or one that broke."""
        kinds = [type(e).__name__ for e in _chain(exc)]
        deepest = self.clean(str(_chain(exc)[-1]) or str(exc))
        if "ConnectError" in kinds or "ConnectionRefusedError" in kinds:
            return Unreachable(
                f"{self.place}: cannot connect: {deepest}",
                "start the server, or check lm.base_url and the network",
            )
        return RetryableError(
            f"{self.place}: the connection broke: {deepest}", "check the server and the network"
        )

    def unreadable(self, detail: str) -> RetryableError:
        """A success that is not JSON."""
        return RetryableError(
            f"{self.place}: unreadable answer: {self.clean(detail)}", "check the server's log"
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


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from ``retry-after-ms`` or ``Retry-After`` (seconds or a date)."""
    try:
        if "retry-after-ms" in headers:
            return float(headers["retry-after-ms"]) / 1000
        return float(headers["retry-after"])
    except KeyError:
        return None
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(headers["retry-after"])
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


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
