"""Small conversions that every engine needs: a request to chat messages, an answer to a Response.

They hold no knowledge of any one backend.
"""

from __future__ import annotations

from typing import Any

from dspy.lm15 import Message, Request, Response, Usage

from synthlab.lm.scope import messages


def chat_messages(request: Request, with_system: bool = True) -> list[dict[str, str]]:
    """The request's messages as role and content."""
    said = messages(request)
    return [{"role": r, "content": t} for r, t in said if with_system or r != "system"]


def response_format(request: Request) -> dict[str, Any] | None:
    """The wire form of a JSON schema, as OpenAI's chat endpoint takes it."""
    asked = request.config.response_format
    if not asked or asked.get("type") != "json_schema" or "json_schema" in asked:
        return dict(asked) if asked else None
    return {
        "type": "json_schema",
        "json_schema": {k: asked[k] for k in ("name", "schema", "strict") if k in asked},
    }


def schema_of(request: Request) -> dict[str, Any] | None:
    """The bare JSON schema of the answer, if the request asks for one."""
    wire = response_format(request)
    if not wire or wire.get("type") != "json_schema":
        return None
    found = wire.get("json_schema", {}).get("schema")
    return dict(found) if found else None


def answer(
    model: str,
    text: str,
    finish: str = "stop",
    tokens_in: int | None = None,
    tokens_out: int | None = None,
    cached: int | None = None,
) -> Response:
    """A Response; None tokens mean that the backend did not report them."""
    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out, cache_read_tokens=cached)
    message = Message.assistant(text)
    return Response(id=None, model=model, message=message, finish_reason=finish, usage=usage)
