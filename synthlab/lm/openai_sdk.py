"""The engine on the openai SDK: OpenAI itself, and every server that speaks its chat protocol.

The SDK's own retries are off. It uses chat completions only, one choice a request (some servers
count the tokens of the first choice only).
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

import openai
from dspy.lm15 import Request, Response

from synthlab.lm.access import PLACEHOLDER, check_access, find_key, key_env
from synthlab.lm.answers import answer, chat_messages, response_format
from synthlab.lm.base import LMSettings, address, place
from synthlab.lm.faults import Backend

HOME = "https://api.openai.com/v1"
KEY = "OPENAI_API_KEY"
FINISH = {"stop": "stop", "length": "length", "content_filter": "content_filter"}


class OpenAIEngine:
    """Chat completions over HTTP."""

    adapter: ClassVar[str] = "json"
    local: ClassVar[bool] = False
    seeded: ClassVar[bool] = True

    def __init__(self, settings: LMSettings) -> None:
        key = find_key(settings, KEY)
        self.settings = settings
        self._backend = Backend(
            place(settings, HOME), key_env(settings, KEY), "" if key == PLACEHOLDER else key
        )
        # The address is always given, else the SDK would take it from its own variable.
        self._client = openai.OpenAI(
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
        return f"openai {settings.name} {address(settings, HOME)}"

    def complete(self, request: Request) -> Response:
        """One attempt; every exception of the SDK comes out as one of ours.

        Raises:
            RetryableError: rate limit, server error, timeout, broken connection or answer.
            ContextError: the prompt is too long for the model.
            EngineError: key, model name or request refused; not an answer.
        """
        backend = self._backend
        try:
            found = self._client.chat.completions.create(**self._body(request))
        except openai.APIStatusError as exc:
            error = backend.status(exc.status_code, exc.message, exc.response.headers)
            raise error from backend.cause(exc)
        except openai.APITimeoutError as exc:
            raise backend.timeout(self.settings.timeout_s) from exc
        except openai.APIConnectionError as exc:
            raise backend.connection(exc) from backend.cause(exc)
        except (openai.OpenAIError, json.JSONDecodeError) as exc:
            raise backend.unreadable(str(exc)) from backend.cause(exc)
        except (TypeError, ValueError) as exc:
            raise backend.refused(str(exc)) from backend.cause(exc)
        return self._read(found)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _body(self, request: Request) -> dict[str, Any]:
        c = request.config
        # OpenAI's newer models refuse the old name; many compatible servers ignore the new one.
        limit = "max_tokens" if self.settings.base_url else "max_completion_tokens"
        body = {
            "model": self.settings.name,
            "messages": chat_messages(request),
            limit: c.max_tokens,
            "temperature": c.temperature,
            "top_p": c.top_p,
            "seed": c.seed,
            "stop": list(c.stop) or None,
            "frequency_penalty": c.frequency_penalty,
            "presence_penalty": c.presence_penalty,
            "response_format": response_format(request),
            "extra_body": dict(self.settings.extra) or None,
        }
        return {k: v for k, v in body.items() if v is not None}

    def _read(self, found: Any) -> Response:
        choices = getattr(found, "choices", None)
        if not choices or choices[0].message is None:
            raise self._backend.not_an_answer(str(found))
        choice, usage = choices[0], found.usage
        details = getattr(usage, "prompt_tokens_details", None)
        return answer(
            self.settings.model,
            choice.message.content or "",
            FINISH.get(choice.finish_reason, "stop"),
            getattr(usage, "prompt_tokens", None),
            getattr(usage, "completion_tokens", None),
            getattr(details, "cached_tokens", None),
        )
