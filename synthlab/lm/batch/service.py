"""What a provider's batch API does, in our own words; one class a provider.

A service sends and reads; which calls go into a batch, what they cost and what follows from an
answer is decided elsewhere.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from synthlab.errors import EngineError

if TYPE_CHECKING:
    from dspy.lm15 import Response

    from synthlab.lm.sdk import SDKEngine

SUBMITTING = "submitting"


class Gone(EngineError):
    """The batch ended long ago, and the provider has deleted its answers."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a batch is known by before the provider has given it an id.

    Attributes:
        time: when it was about to be submitted, in seconds since 1970.
        token: unique; it goes along with the batch, so that it can be found by it.
    """

    time: int
    token: str

    @classmethod
    def new(cls) -> Mark:
        """A mark for a batch that is submitted now."""
        return cls(int(time.time()), secrets.token_hex(8))

    @classmethod
    def of(cls, batch: str) -> Mark | None:
        """The mark that stands in the place of an id; None if ``batch`` is an id."""
        kind, _, rest = batch.partition(":")
        when, _, token = rest.partition(":")
        return cls(int(when), token) if kind == SUBMITTING else None

    def __str__(self) -> str:
        return f"{SUBMITTING}:{self.time}:{self.token}"

    def custom_id(self, key: str) -> str:
        """What the provider gives back with the answer: at most 64 letters, digits and hyphens."""
        return f"{key}-{self.token}"


def key_of(custom_id: str) -> str:
    """The journal's key in a ``custom_id``."""
    return custom_id.partition("-")[0]


@dataclass(frozen=True, slots=True)
class State:
    """How far a batch is.

    Attributes:
        said: in a few words.
        refused: the batch as a whole was turned away, and nothing in it was done.
        full: it was, as too much is under way; it may be accepted later.
    """

    ended: bool
    said: str
    refused: EngineError | None = None
    full: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A batch that was looked for by its mark.

    Attributes:
        batch: its id; None if there is none.
        sure: False while batches are under way that might be it.
    """

    batch: str | None
    sure: bool = True


class Service(Protocol):
    """One provider's batch API.

    Every method raises EngineError, or RetryableError for what may pass.

    Attributes:
        requests: most requests of a batch.
        size: most bytes of a batch.
    """

    requests: ClassVar[int]
    size: ClassVar[int]

    def line(self, custom_id: str, request: Any) -> Mapping[str, Any]:
        """One request, as the provider wants it in a batch."""
        ...

    def upload(self, lines: Sequence[Mapping[str, Any]]) -> Any:
        """Bring the requests to where ``create`` needs them; costs nothing."""
        ...

    def create(self, uploaded: Any, mark: Mark) -> str:
        """Submit a batch; from here on it costs money.

        Returns:
            its id.
        """
        ...

    def look(self, batch: str) -> State: ...

    def results(self, batch: str) -> Iterator[tuple[str, Response | EngineError]]:
        """``custom_id`` and answer of each request of a batch that has ended, in any order.

        A RetryableError stands for a request that was not done, or that may succeed when it is
        sent again; another error for one that will not.

        Raises:
            Gone: the answers are deleted.
        """
        ...

    def find(self, mark: Mark, count: int) -> Found:
        """The batch of ``count`` requests that was submitted with a mark."""
        ...

    def close(self) -> None: ...


def service_of(engine: SDKEngine) -> Service:
    """The batch API of an engine's provider."""
    if engine.settings.engine == "openai":
        from synthlab.lm.batch.openai import OpenAIBatches

        return OpenAIBatches(engine)
    from synthlab.lm.batch.anthropic import AnthropicBatches

    return AnthropicBatches(engine)
