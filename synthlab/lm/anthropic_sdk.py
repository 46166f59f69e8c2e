"""The engine on the anthropic SDK: Anthropic itself, and servers that speak its messages protocol.

The SDK's own retries are off. Sampling goes through ``extra_body``, as ``messages.create`` has no
parameters for it. There is no seed: equal requests may be answered differently.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

import anthropic
from dspy.lm15 import Request, Response

from synthlab.lm.access import PLACEHOLDER, check_access, find_key, key_env
from synthlab.lm.answers import answer, chat_messages, schema_of
from synthlab.lm.base import LMSettings, address, place
from synthlab.lm.faults import Backend
from synthlab.lm.scope import system_text

HOME = "https://api.anthropic.com"
KEY = "ANTHROPIC_API_KEY"
FINISH = {"max_tokens": "length", "refusal": "content_filter"}


class AnthropicEngine:
    """Messages over HTTP."""

    adapter: ClassVar[str] = "json"
    local: ClassVar[bool] = False
    seeded: ClassVar[bool] = False

    def __init__(self, settings: LMSettings) -> None:
        key = find_key(settings, KEY)
        self.settings = settings
        self._backend = Backend(
            place(settings, HOME), key_env(settings, KEY), "" if key == PLACEHOLDER else key
        )
        # The address is always given, else the SDK would take it from its own variable.
        self._client = anthropic.Anthropic(
            api_key=key,
            base_url=settings.base_url or HOME,
            max_retries=0,
            timeout=settings.timeout_s,
        )

    @classmethod
    def check(cls, settings: LMSettings) -> str:
        """Model and address.

        Raises:
            EngineError: no key, or an unusable ``base_url``.
        """
        check_access(settings, KEY)
        return f"anthropic {settings.name} {address(settings, HOME)}"

    def complete(self, request: Request) -> Response:
        """One attempt; every exception of the SDK comes out as one of ours.

        Raises:
            RetryableError: rate limit, server error, timeout, broken connection or answer.
            ContextError: the prompt is too long for the model.
            EngineError: key, model name or request refused; not an answer.
        """
        backend = self._backend
        try:
            found = self._client.messages.create(**self._body(request))
        except anthropic.APIStatusError as exc:
            error = backend.status(exc.status_code, exc.message, exc.response.headers)
            raise error from backend.cause(exc)
        except anthropic.APITimeoutError as exc:
            raise backend.timeout(self.settings.timeout_s) from exc
        except anthropic.APIConnectionError as exc:
            raise backend.connection(exc) from backend.cause(exc)
        except (anthropic.AnthropicError, json.JSONDecodeError) as exc:
            raise backend.unreadable(str(exc)) from backend.cause(exc)
        except (TypeError, ValueError) as exc:
            raise backend.refused(str(exc)) from backend.cause(exc)
        return self._read(found)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _body(self, request: Request) -> dict[str, Any]:
        c = request.config
        sampling = {"temperature": c.temperature, "top_p": c.top_p, "top_k": c.top_k}
        extra = {k: v for k, v in sampling.items() if v is not None} | dict(self.settings.extra)
        schema = schema_of(request)
        form = {"type": "json_schema", "schema": schema}
        body = {
            "model": self.settings.name,
            "max_tokens": c.max_tokens,
            "messages": chat_messages(request, with_system=False),
            "system": system_text(request),
            "stop_sequences": list(c.stop) or None,
            "output_config": {"format": form} if schema else None,
            "extra_body": extra or None,
        }
        return {k: v for k, v in body.items() if v is not None}

    def _read(self, found: Any) -> Response:
        blocks = getattr(found, "content", None)
        if not isinstance(blocks, list):
            raise self._backend.not_an_answer(str(found))
        text = "".join(b.text for b in blocks if getattr(b, "type", "") == "text" and b.text)
        fresh, out, cached = _tokens(found.usage)
        finish = FINISH.get(found.stop_reason, "stop")
        return answer(self.settings.model, text, finish, fresh, out, cached)


def _tokens(usage: Any) -> tuple[int | None, int | None, int | None]:
    """Prompt tokens with the cached ones (which the protocol counts apart), answer, cached."""
    fresh = getattr(usage, "input_tokens", None)
    if fresh is None:
        return None, getattr(usage, "output_tokens", None), None
    read = getattr(usage, "cache_read_input_tokens", None) or 0
    written = getattr(usage, "cache_creation_input_tokens", None) or 0
    return fresh + read + written, usage.output_tokens, read
