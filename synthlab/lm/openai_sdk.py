"""The engine on the openai SDK: OpenAI itself, and every server that speaks its chat protocol.

It uses chat completions only, one choice a request (some servers count the tokens of the first
choice only).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import openai
from dspy.lm15 import Request, Response

from synthlab.lm.answers import answer, chat_messages, count, part, response_format, text_of
from synthlab.lm.scope import prompt_text
from synthlab.lm.sdk import SDKEngine, is_long
from synthlab.records import digest

FINISH = {"stop": "stop", "length": "length", "content_filter": "content_filter"}
# Letters at the start of a prompt by which OpenAI chooses the machine that may have it cached.
PREFIX = 256


class OpenAIEngine(SDKEngine):
    """Chat completions over HTTP."""

    seeded: ClassVar[bool] = True
    home: ClassVar[str] = "https://api.openai.com/v1"
    path: ClassVar[str] = "/chat/completions"
    key: ClassVar[str] = "OPENAI_API_KEY"
    sdk: ClassVar[Any] = openai
    failure: ClassVar[type[Exception]] = openai.OpenAIError

    def _http_client(self) -> Callable[..., Any]:
        # httpx, the other choice, walks through its pool in quadratic time, and may close a
        # connection that another thread has just been given.
        return openai.DefaultHttpx2Client

    def _client(self, key: str, http: Any) -> Any:
        client = openai.OpenAI(**self._options(key, http))
        if self.settings.base_url:
            # Taken from variables, and nobody's business but OpenAI's.
            client.organization = client.project = None
        return client

    def _body(self, request: Request) -> dict[str, Any]:
        c = request.config
        home = not self.settings.base_url
        body = {
            "model": self.settings.name,
            "messages": chat_messages(request),
            # OpenAI's newer models refuse the old name; many compatible servers ignore the new one.
            "max_completion_tokens" if home else "max_tokens": c.max_tokens,
            "temperature": c.temperature,
            "top_p": c.top_p,
            "seed": c.seed,
            "stop": list(c.stop) or None,
            "frequency_penalty": c.frequency_penalty,
            "presence_penalty": c.presence_penalty,
            "response_format": response_format(request),
            "prompt_cache_key": _cache_key(request) if home else None,
        }
        return {k: v for k, v in body.items() if v is not None} | dict(self.settings.extra)

    def _read(self, found: dict[str, Any]) -> Response:
        choices = found.get("choices")
        if not isinstance(choices, list):
            raise self._backend.not_an_answer(str(found))
        choice = part(choices, 0)
        message = part(choice, "message")
        if not message:
            raise self._backend.unreadable(f"no choice in {found}")
        refusal = text_of(message.get("refusal"))
        reason = "content_filter" if refusal else str(choice.get("finish_reason"))
        usage = part(found, "usage")
        cached = part(usage, "prompt_tokens_details")
        return answer(
            self.settings.model,
            text_of(message.get("content")) or refusal,
            FINISH.get(reason, "stop"),
            count(usage, "prompt_tokens"),
            count(usage, "completion_tokens"),
            count(cached, "cached_tokens"),
            count(cached, "cache_write_tokens"),
            count(part(usage, "completion_tokens_details"), "reasoning_tokens"),
        )


def _cache_key(request: Request) -> str | None:
    """The same for prompts that begin alike; None for those too short to be cached."""
    prompt = prompt_text(request)
    return digest(prompt[:PREFIX]) if is_long(prompt) else None
