"""What the two services share: a patient client, and what its failures mean."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx2
from dspy.lm15 import Response

from synthlab.errors import EngineError, RetryableError
from synthlab.lm.sdk import SDKEngine

# Up to 256 MB go up or come down in one request.
SECONDS = 1800.0
# The provider's clock and ours may differ by so much.
SKEW_S = 3600.0


class SDKBatches:
    """A batch API behind the SDK of an engine."""

    def __init__(self, engine: SDKEngine) -> None:
        self._engine = engine
        self._client: Any = engine.client(SECONDS)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _read(self, found: Any) -> Response | EngineError:
        """An answer in a batch; one that cannot be read is paid for all the same."""
        try:
            return self._engine.read(found)
        except EngineError as exc:
            return RetryableError(exc.what, exc.fix, maybe_paid=True)

    def _refusal(self, code: int, text: str) -> EngineError:
        """A request that was not answered; the providers bill answers only."""
        exc = self._engine.meaning(code, text)
        if isinstance(exc, RetryableError):
            exc.maybe_paid = False
        return exc

    def _no_batches(self) -> EngineError:
        """Nothing is there where batches go to."""
        return EngineError(f"{self._engine.place}: it takes no batches", "write lm.mode: live")

    def _not_done(self, why: object) -> RetryableError:
        """A request whose turn did not come."""
        return RetryableError(f"{self._engine.place}: not done in its batch: {why}")

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Every exception of the SDK, and of a body that breaks off, comes out as ours."""
        try:
            with self._engine.failures():
                yield
        except httpx2.HTTPError as exc:
            raise RetryableError(
                f"{self._engine.place}: the connection broke: {type(exc).__name__}",
                "check the network",
            ) from exc
