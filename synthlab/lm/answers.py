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


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or a list of parts of which some are text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [p.get("text") for p in parts if isinstance(p, dict) and p.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


def part(found: Any, name: str | int) -> dict[str, Any]:
    """An object inside an object or a list of parsed JSON; empty when it is not there."""
    try:
        inside = found[name]
    except (KeyError, IndexError, TypeError):
        inside = None
    return inside if isinstance(inside, dict) else {}


def count(found: dict[str, Any], name: str) -> int | None:
    """A number of tokens in parsed JSON; None when it is not there."""
    number = found.get(name)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return number if isinstance(number, int) and number >= 0 else None


def answer(
    model: str,
    text: str,
    finish: str = "stop",
    tokens_in: int | None = None,
    tokens_out: int | None = None,
    cached: int | None = None,
    written: int | None = None,
    reasoning: int | None = None,
) -> Response:
    """A Response; None tokens mean that the backend did not report them."""
    usage = Usage(
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=reasoning,
    )
    # Half of an emoji, where an answer was cut, or a zero byte: no file or database holds them.
    text = text.encode("utf-8", "replace").decode().replace("\0", "")
    message = Message.assistant(text)
    return Response(id=None, model=model, message=message, finish_reason=finish, usage=usage)
