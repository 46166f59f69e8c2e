"""What is written to the journal and read from it: small records, no SQL."""

from __future__ import annotations

from dataclasses import dataclass

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
    """Another process sends the same request, or others hold the money that it needs."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A request of a batch that was not answered.

    Attributes:
        maybe_paid: its reservation is counted as spent.
    """

    error: str
    maybe_paid: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A call whose batch has not ended, or was not fetched yet.

    Attributes:
        tokens: reserved for it.
        usd: reserved for it.
        own: this process has put it there.
        elsewhere: another one has, which is alive.
    """

    tokens: int
    usd: float
    own: bool
    elsewhere: bool
