"""What is written to the journal and read from it: small records, no SQL."""

from __future__ import annotations

from dataclasses import dataclass, field

from synthlab.records import Usage


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as the journal knows it.

    Attributes:
        key: digest of backend, model, messages, sampling, seed and draw number.
        model: ``engine/name``.
        backend: the backend's identity, such as weights and their hash; never a key.
        purpose: ``generate``, ``verify``, ``reflect``, ...
        prompt: the request as readable text.
        tokens: the most tokens that one attempt can take, answer included.
        usd: the most that one attempt can cost; 0 for a model without a price.
    """

    key: str
    model: str
    backend: str
    purpose: str
    prompt: str
    tokens: int
    usd: float


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer.

    Attributes:
        attempts: requests sent until it came.
        assumed: the backend reported no usage; the reservation stands in for it.
        replayed: it was in the journal already: nothing was sent.
    """

    text: str
    finish: str
    usage: Usage
    attempts: int = 1
    assumed: bool = False
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Batched:
    """The request is part of a batch at the provider, whose answers were not fetched yet."""

    batch: str


@dataclass(frozen=True, slots=True)
class Busy:
    """Another process has sent the same request and waits for its answer."""


@dataclass(slots=True)
class Sums:
    """What calls of one group took.

    Attributes:
        calls: answered calls.
        attempts: requests sent.
        lost_tokens: of attempts without an answer that may have been paid.
        lost_usd: likewise.
        unpriced: answered calls whose price is not known.
        assumed: answered calls whose usage was not reported.
        failed: calls without an answer.
    """

    group: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    failed: int = 0
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float = 0.0
    lost_tokens: int = 0
    lost_usd: float = 0.0
    unpriced: int = 0
    assumed: int = 0
    seconds: float = 0.0
