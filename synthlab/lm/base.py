"""What an engine is, and the settings it is built from.

An engine sends one request to one LM and returns one answer: one attempt, no retry, no cache, no
price. ``metered.py`` adds those around every engine alike. Nothing here imports an SDK or dspy, so
settings can be read and checked in a fresh interpreter.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast
from urllib.parse import urlsplit

from synthlab import registry
from synthlab.errors import ConfigError, EngineError, RetryableError

if TYPE_CHECKING:
    from dspy.lm15 import Request, Response


class Unreachable(RetryableError):
    """Nothing listens at the address; waiting seldom helps, so few attempts are made."""


class Overloaded(RetryableError):
    """The server is up and asks for fewer requests."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens.

    Attributes:
        input: prompt tokens, as long as nothing below says otherwise.
        output: tokens of the answer, reasoning included.
        cached_input: prompt tokens that a cache served; ``input`` when None.
        cache_write: prompt tokens that were written to a cache; ``input`` when None.
        batch_input: prompt tokens of a call through the provider's batch API; when None, such a
            call costs what others cost.
        batch_output: the answer of such a call; ``output`` when None.
        batch_cached_input: ``batch_input`` when None: not every provider stacks both discounts.
        batch_cache_write: the dearer of ``batch_input`` and ``cache_write`` when None.
        long_after: prompts of more tokens than this are billed, as a whole, at ``long``.
        long: the prices of long prompts, which may name still longer ones.
    """

    input: float
    output: float
    cached_input: float | None = None
    cache_write: float | None = None
    batch_input: float | None = None
    batch_output: float | None = None
    batch_cached_input: float | None = None
    batch_cache_write: float | None = None
    long_after: int | None = None
    long: Price | None = None


@dataclass(frozen=True, slots=True)
class LMSettings:
    """Everything that says which LM answers, and how.

    Attributes:
        model: ``engine/name``, such as ``embedded/smollm2-135m-instruct``.
        base_url: address of a compatible server; the provider's own when None.
        api_key_env: name of the environment variable that holds the key; without it, no key is
            sent to a ``base_url``.
        max_tokens: longest answer, in tokens.
        concurrency: requests under way at once; the embedded engine's slots.
        context: tokens of prompt and answer together, per slot (embedded and fake only).
        mode: ``live``, or ``batch`` for the provider's batch API.
        timeout_s: seconds without an answer after which an attempt has failed.
        deadline_s: seconds after which a call is given up: its attempts and waits, but not the
            queue for a place among ``concurrency``.
        retries: attempts at one request, the first one included.
        adapter: ``plain``, ``json``, or ``auto`` for what suits the engine.
        price: overrides the price table.
        extra: backend-specific sampling, sent as it is.
    """

    model: str
    base_url: str | None = None
    api_key_env: str | None = None
    temperature: float | None = 0.9
    top_p: float | None = None
    max_tokens: int = 256
    concurrency: int = 8
    context: int = 1024
    mode: str = "live"
    timeout_s: float = 60
    deadline_s: float = 600
    retries: int = 5
    adapter: str = "auto"
    price: Price | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def engine(self) -> str:
        """The part of ``model`` before the first slash: ``embedded``."""
        return self.model.partition("/")[0]

    @property
    def name(self) -> str:
        """The part of ``model`` after the first slash: ``smollm2-135m-instruct``."""
        return self.model.partition("/")[2]


NO_LM = "none/no-lm"
"""The model of candidates that ask no LM."""

# Engines whose providers take batches; ``lm/batch`` has a service for each.
BATCHES = frozenset({"anthropic", "openai"})


class Engine(Protocol):
    """One attempt at one request.

    ``complete`` must be safe to call from many threads. It raises ``RetryableError`` for what the
    same request may survive later, another ``EngineError`` for what it will not, and lets no other
    library's exception through. ``Response.usage.input_tokens`` holds every prompt token,
    ``cache_read_tokens`` and ``cache_write_tokens`` those among them that were served from a cache
    or written to one; ``output_tokens`` holds ``reasoning_tokens``. An engine over HTTP also has
    ``place``, its address, and ``observe``, which it calls with the headers of each response.

    Attributes:
        adapter: ``plain`` or ``json``: what suits its models.
        local: the model runs on this machine and costs nothing.
        seeded: it takes a sampling seed.
    """

    adapter: ClassVar[str]
    local: ClassVar[bool]
    seeded: ClassVar[bool]

    def __init__(self, settings: LMSettings) -> None: ...

    @classmethod
    def check(cls, settings: LMSettings) -> str:
        """The backend's stable identity, never a key; asks no LM and no network.

        Raises:
            EngineError: weights, key or runtime are missing.
        """
        ...

    def complete(self, request: Request) -> Response: ...

    def close(self) -> None: ...


def engine_class(settings: LMSettings) -> type[Engine]:
    """The class that ``settings.model`` names.

    Raises:
        EngineError: no engine before the slash, one that is not known, or one without the
            batches that ``settings.mode`` asks for.
    """
    if settings.mode == "batch" and settings.engine in registry.TABLE["engine"].keys() - BATCHES:
        raise EngineError(
            f"{settings.model}: lm.mode: batch is for {' and '.join(sorted(BATCHES))} models",
            "write lm.mode: live",
        )
    if not settings.engine or not settings.name:
        raise EngineError(
            f"lm.model '{settings.model}' names no engine", _suggestion(settings.model)
        )
    try:
        return cast(type[Engine], registry.resolve("engine", settings.engine))
    except ConfigError as exc:
        fix = "" if settings.engine in registry.TABLE["engine"] else _suggestion(settings.model)
        raise EngineError(f"lm.model '{settings.model}': {exc.what}", fix) from exc


def _suggestion(model: str) -> str:
    engines = sorted(registry.TABLE["engine"])
    close = difflib.get_close_matches(model.partition("/")[0], engines, n=1, cutoff=0.6)
    family = [
        ("gpt", "openai"), ("o1", "openai"), ("o3", "openai"), ("claude", "anthropic"),
        ("smollm", "embedded"), ("words", "fake"),
    ]  # fmt: skip
    for start, engine in family:
        if model.lower().startswith(start):
            return f"write lm.model: {engine}/{model}"
    if model.endswith(".gguf"):
        return f"write lm.model: embedded/{model}"
    if close and model.partition("/")[2]:
        return f"write lm.model: {close[0]}/{model.partition('/')[2]}"
    return f"write lm.model: ENGINE/NAME, with ENGINE one of {', '.join(engines)}"


def address(settings: LMSettings, default: str = "") -> str:
    """``base_url`` fit to be printed: without user, password and query, which may be secrets."""
    parts = urlsplit(settings.base_url or default)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path


def place(settings: LMSettings, default: str = "") -> str:
    """Model and address, as error messages name them."""
    where = address(settings, default)
    return f"{settings.model} at {where}" if where else settings.model
