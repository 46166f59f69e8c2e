"""What happened between entering and leaving ``session.scope(...)``.

A scope carries the purpose and the seed to the engine through a context variable, so that the
programs in between need not pass them on, and collects the calls, prompts and raw answers.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthlab.errors import SynthlabError
from synthlab.records import Call, Usage

if TYPE_CHECKING:
    from dspy.lm15 import Request

SEEDS = 2**31


@dataclass(slots=True, eq=False)
class Scope:
    """A record of one stretch of work, usually the making of one row.

    Attributes:
        purpose: what the calls are for, as the ledger groups them.
        seed: of the first call; the n-th gets ``(seed + n) % 2**31``.
        rows: texts that a call is to write, each of at most ``max_tokens``.
        prompts: each request as it was sent.
        raw: each completion as it came back, before any cleaning.
        failure: why the last call failed; None once a later call was answered.
        deferred: a call waits for its batch: all this will be run again.
    """

    purpose: str = "generate"
    seed: int = 0
    rows: int = 1
    calls: list[Call] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    failure: SynthlabError | None = None
    deferred: bool = False
    _draws: int = field(default=0, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def usage(self) -> Usage:
        """The sum over this scope's calls."""
        return sum((call.usage for call in list(self.calls)), Usage())

    def draw(self) -> int:
        """The next call's number, from 0."""
        with self._lock:
            self._draws += 1
            return self._draws - 1

    def sent(self, prompt: str) -> None:
        """Keep a prompt that is about to go out."""
        with self._lock:
            self.prompts.append(prompt)

    def answered(self, call: Call, text: str) -> None:
        """Keep an answered call."""
        with self._lock:
            self.calls.append(call)
            self.raw.append(text)
            self.failure = None

    def failed(self, error: SynthlabError) -> None:
        """Keep why a call was not answered."""
        with self._lock:
            self.failure = error


CURRENT: ContextVar[Scope | None] = ContextVar("synthlab_lm_scope", default=None)


def messages(request: Request) -> list[tuple[str, str]]:
    """Role and text of each message, the system prompt first."""
    system = system_text(request)
    first = [("system", system)] if system else []
    return first + [(str(m.role), str(m.text or "")) for m in request.messages]


def prompt_text(request: Request) -> str:
    """The request as readable text: ``[role]`` above each message; a lone user message as it is."""
    parts = messages(request)
    if len(parts) == 1 and parts[0][0] == "user":
        return parts[0][1]
    return "\n\n".join(f"[{role}]\n{text}" for role, text in parts)


def system_text(request: Request) -> str | None:
    """The system prompt as one string."""
    system = request.system
    if system is None or isinstance(system, str):
        return system
    return "".join(getattr(part, "text", "") for part in system)
