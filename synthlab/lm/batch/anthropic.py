"""Anthropic's Message Batches: requests go in with the batch, answers come out as lines.

A batch carries nothing of ours but the ``custom_id`` of each request, which can be read only when
it has ended. Requests that failed, expired or were cancelled cost nothing. (Anthropic: "Batch
processing".)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import anthropic
from dspy.lm15 import Request, Response

from synthlab.errors import EngineError
from synthlab.lm.answers import part
from synthlab.lm.batch.sdk import SKEW_S, SDKBatches
from synthlab.lm.batch.service import Found, Gone, Mark, State

# The HTTP status that a request of its own would have got. (Anthropic: "Errors".)
STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
PAGE = 100


class AnthropicBatches(SDKBatches):
    """Message batches."""

    requests: ClassVar[int] = 100_000
    size: ClassVar[int] = 256_000_000

    def line(self, custom_id: str, request: Request) -> Mapping[str, Any]:
        """One element of ``requests``."""
        return {"custom_id": custom_id, "params": self._engine.body(request)}

    def upload(self, lines: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Nothing to do: the requests go in with the batch."""
        return lines

    def create(self, uploaded: Sequence[Mapping[str, Any]], mark: Mark) -> str:
        """Create the batch; the mark is in each ``custom_id``."""
        with self._asking():
            try:
                made = self._client.messages.batches.create(requests=uploaded)
            except anthropic.NotFoundError as exc:
                raise self._no_batches() from exc
        return str(made.id)

    def look(self, batch: str) -> State:
        """Its status; how many requests are done is told only when all are."""
        found = self._retrieved(batch)
        ended = found.processing_status == "ended"
        counts = found.request_counts
        done = f", {counts.succeeded} of {_total(found)} answered" if ended else ""
        return State(ended, f"{found.processing_status.replace('_', ' ')}{done}")

    def results(self, batch: str) -> Iterator[tuple[str, Response | EngineError]]:
        """Every line."""
        found = self._retrieved(batch)
        if found.archived_at or not found.results_url:
            raise Gone(f"{self._engine.place}: the answers of {batch} are deleted")
        with self._asking():
            for line in self._client.messages.batches.results(batch):
                yield line.custom_id, self._answer(line.result.to_dict())

    def find(self, mark: Mark, count: int) -> Found:
        """By the ``custom_id`` of a first answer; the newest batches come first."""
        sure = True
        with self._asking():
            for found in self._client.messages.batches.list(limit=PAGE):
                if found.created_at.timestamp() < mark.time - SKEW_S:
                    break
                if _total(found) != count:
                    continue
                if found.processing_status != "ended":
                    sure = False
                elif found.results_url and self._first(found.id).endswith(mark.token):
                    return Found(str(found.id))
        return Found(None, sure)

    def _retrieved(self, batch: str) -> Any:
        with self._asking():
            return self._client.messages.batches.retrieve(batch)

    def _first(self, batch: str) -> str:
        lines = self._client.messages.batches.results(batch)
        try:
            return next((str(line.custom_id) for line in lines), "")
        finally:
            lines.close()

    def _answer(self, result: dict[str, Any]) -> Response | EngineError:
        if result["type"] == "succeeded":
            return self._read(result["message"])
        if result["type"] != "errored":
            return self._not_done(result["type"])
        error = part(part(result, "error"), "error")
        code = STATUS.get(str(error.get("type")), 500)
        return self._refusal(code, str(error.get("message") or error))


def _total(batch: Any) -> int:
    c = batch.request_counts
    return int(c.processing + c.succeeded + c.errored + c.canceled + c.expired)
