"""OpenAI's batch API, which compatible servers speak too: a file of requests, a file of answers.

A batch that expires or is cancelled keeps the answers that it has; the requests without one stand
in its error file. (OpenAI: "Batch API", guide and reference.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import openai
from dspy.lm15 import Request, Response

from synthlab.errors import EngineError
from synthlab.lm.answers import part
from synthlab.lm.batch.sdk import SKEW_S, SDKBatches
from synthlab.lm.batch.service import Found, Gone, Mark, State

ENDPOINT = "/v1/chat/completions"
ENDED = ("completed", "expired", "cancelled", "failed")
# The whole batch is turned away until others have ended.
FULL = "token_limit_exceeded"
PAGE = 100


class OpenAIBatches(SDKBatches):
    """Batches of chat completions."""

    requests: ClassVar[int] = 50_000
    size: ClassVar[int] = 200_000_000

    def line(self, custom_id: str, request: Request) -> Mapping[str, Any]:
        """One line of the file."""
        body = self._engine.body(request)
        return {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body}

    def upload(self, lines: Sequence[Mapping[str, Any]]) -> str:
        """Upload the file; returns its id."""
        data = "".join(json.dumps(line) + "\n" for line in lines).encode()
        with self._asking():
            try:
                made = self._client.files.create(file=("synthlab.jsonl", data), purpose="batch")
            except openai.NotFoundError as exc:
                raise self._no_batches() from exc
        return str(made.id)

    def create(self, uploaded: str, mark: Mark) -> str:
        """Create the batch, with the mark in its metadata."""
        with self._asking():
            made = self._client.batches.create(
                input_file_id=uploaded,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={"synthlab": mark.token},
            )
        return str(made.id)

    def look(self, batch: str) -> State:
        """Its status; ``failed`` means that the file was refused before anything was done."""
        found = self._retrieved(batch)
        counts = found.request_counts
        done = f", {counts.completed + counts.failed} of {counts.total} done" if counts else ""
        said = f"{found.status.replace('_', ' ')}{done}"
        if found.status != "failed":
            return State(found.status in ENDED, said)
        errors = (found.errors and found.errors.data) or []
        why = "; ".join(f"{e.message} ({e.code})" for e in errors[:3]) or "no reason given"
        full = any(e.code == FULL for e in errors)
        refused = EngineError(
            f"{self._engine.place}: batch {batch} was refused: {why}",
            "ask for fewer rows at a time, or write lm.mode: live" if full else "check lm.extra",
        )
        return State(True, said, refused, full)

    def results(self, batch: str) -> Iterator[tuple[str, Response | EngineError]]:
        """Both files, line by line. A file that would be empty does not exist."""
        found = self._retrieved(batch)
        for file in (found.output_file_id, found.error_file_id):
            if file:
                yield from map(self._outcome, self._lines(file, batch))

    def find(self, mark: Mark, count: int) -> Found:
        """By the mark in the metadata."""
        older = 0
        with self._asking():
            for found in self._client.batches.list(limit=PAGE):
                if (found.metadata or {}).get("synthlab") == mark.token:
                    return Found(str(found.id))
                # The newest come first, though the reference does not promise it.
                older = older + 1 if found.created_at < mark.time - SKEW_S else 0
                if older > PAGE:
                    break
        return Found(None)

    def _retrieved(self, batch: str) -> Any:
        with self._asking():
            return self._client.batches.retrieve(batch)

    def _lines(self, file: str, batch: str) -> Iterator[dict[str, Any]]:
        with self._asking():
            try:
                content = self._client.files.content(file)
            except openai.NotFoundError as exc:
                raise Gone(f"{self._engine.place}: the answers of {batch} are deleted") from exc
            for line in content.iter_lines():
                if line.strip():
                    yield json.loads(line)

    def _outcome(self, line: dict[str, Any]) -> tuple[str, Response | EngineError]:
        return str(line.get("custom_id")), self._answer(line)

    def _answer(self, line: dict[str, Any]) -> Response | EngineError:
        response, error = part(line, "response"), part(line, "error")
        body = part(response, "body")
        if not response:
            # batch_expired, batch_cancelled or request_timeout
            return self._not_done(error.get("message") or error.get("code"))
        if response.get("status_code") != 200:
            said = part(body, "error").get("message") or body
            return self._refusal(int(response.get("status_code") or 500), str(said))
        return self._read(body)
