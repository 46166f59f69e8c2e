"""The engine on the anthropic SDK: Anthropic itself, and servers that speak its messages protocol.

There is no seed: equal requests may be answered differently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import anthropic
from dspy.lm15 import Request, Response

from synthlab.lm.answers import answer, chat_messages, count, part, schema_of, text_of
from synthlab.lm.base import LMSettings
from synthlab.lm.scope import system_text
from synthlab.lm.sdk import LONG, SDKEngine
from synthlab.lm.starts import Starts

GAP = "\n\n"
FINISH = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


class AnthropicEngine(SDKEngine):
    """Messages over HTTP."""

    seeded: ClassVar[bool] = False
    home: ClassVar[str] = "https://api.anthropic.com"
    path: ClassVar[str] = "/v1/messages"
    key: ClassVar[str] = "ANTHROPIC_API_KEY"
    sdk: ClassVar[Any] = anthropic
    failure: ClassVar[type[Exception]] = anthropic.AnthropicError

    def __init__(self, settings: LMSettings) -> None:
        super().__init__(settings)
        self._starts = Starts(LONG)

    def _http_client(self) -> Callable[..., Any]:
        return anthropic.DefaultHttpxClient

    def _client(self, key: str, http: Any) -> Any:
        # Its spans would carry what we log ourselves.
        return anthropic.Anthropic(**self._options(key, http), open_telemetry=False)

    def _body(self, request: Request) -> dict[str, Any]:
        c = request.config
        schema = schema_of(request)
        form = {"type": "json_schema", "schema": schema}
        body = {
            "model": self.settings.name,
            "max_tokens": c.max_tokens,
            "messages": chat_messages(request, with_system=False),
            "system": system_text(request),
            "stop_sequences": list(c.stop) or None,
            "output_config": {"format": form} if schema else None,
            "temperature": c.temperature,
            "top_p": c.top_p,
            "top_k": c.top_k,
        }
        body = {k: v for k, v in body.items() if v is not None} | dict(self.settings.extra)
        if self.settings.base_url is None and "cache_control" not in body:
            self._mark(body)
        return body

    def _mark(self, body: dict[str, Any]) -> None:
        """Mark how far the prompt begins as earlier ones did, for Anthropic's prompt cache.

        Writing to it costs a quarter more than sending, reading a tenth: a start that never comes
        again must not be written. One that is too short for the model is not written, nor billed.
        """
        turns = [(body, "system")] if "system" in body else []
        turns += [(message, "content") for message in body["messages"]]
        texts = [turn[name] for turn, name in turns]
        left = self._starts.again(GAP.join(texts))
        if not left:
            return
        place = 0
        while left > len(texts[place]) + len(GAP):
            left -= len(texts[place]) + len(GAP)
            place += 1
        (turn, name), text = turns[place], texts[place]
        start, rest = text[:left], text[left:]
        if not rest.strip():  # Anthropic refuses such a block
            start, rest = text, ""
        blocks: list[dict[str, Any]] = [
            {"type": "text", "text": start, "cache_control": {"type": "ephemeral"}}
        ]
        turn[name] = [*blocks, {"type": "text", "text": rest}] if rest else blocks

    def _read(self, found: dict[str, Any]) -> Response:
        if "content" not in found:
            raise self._backend.not_an_answer(str(found))
        if not isinstance(found["content"], list):
            raise self._backend.unreadable(f"no content in {found}")
        usage = part(found, "usage")
        cached = count(usage, "cache_read_input_tokens") or 0
        written = count(usage, "cache_creation_input_tokens") or 0
        fresh = count(usage, "input_tokens")
        return answer(
            self.settings.model,
            text_of(found["content"]) or _refusal(found),
            FINISH.get(str(found.get("stop_reason")), "stop"),
            # The protocol counts fresh tokens, cached ones and those written to the cache apart.
            None if fresh is None else fresh + cached + written,
            count(usage, "output_tokens"),
            cached,
            written,
            count(part(usage, "output_tokens_details"), "thinking_tokens"),
        )


def _refusal(found: dict[str, Any]) -> str:
    """Why the model would not answer, where it says so."""
    return text_of(part(found, "stop_details").get("explanation"))
