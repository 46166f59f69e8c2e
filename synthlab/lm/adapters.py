"""How a dspy signature becomes a prompt, and a completion becomes fields: the only adapters.

The signature's instructions are the prompt itself, a template with ``{field}`` placeholders.
``PlainAdapter`` suits tiny models (the whole completion is the one field), ``SchemaAdapter`` suits
able ones (a JSON object under a schema). An output of the type ``list[str]`` is asked for and read
as several texts (``lists.py``). Neither judges whether a text is any good.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import dspy
import json_repair
from pydantic import ConfigDict, ValidationError, create_model

from synthlab.errors import ConfigError
from synthlab.lm.lists import json_texts, looks_like_json, loose_texts, numbered, numbered_texts

HEADING = re.compile(r"^#+\s+")
BOLD = re.compile(r"^(\*\*|__)(.+?)\1")
QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}


class Unparsable(Exception):
    """A completion that does not hold the output: the row is dropped, and this is the reason.

    Attributes:
        reason: in a few words.
        completion: the LM's answer as it came.
    """

    def __init__(self, reason: str, completion: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.completion = completion

    @classmethod
    def of(cls, error: dspy.AdapterParseError, completion: str) -> Unparsable:
        """The short form of dspy's error, whose message repeats the whole completion."""
        reason = str(error).split("\n\n", 1)[0].strip()
        return cls("empty completion" if not completion.strip() else reason, completion)


def render(template: str, inputs: Mapping[str, Any]) -> str:
    """Fill ``{field}`` placeholders; ``{{`` and ``}}`` stand for braces.

    Inputs that the template does not mention follow as ``field: value`` lines, unless empty.

    Raises:
        ConfigError: a placeholder without an input, or a lone brace.
    """
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError as exc:
        raise ConfigError(f"prompt: {exc}", "write '{{' and '}}' for braces") from exc
    out: list[str] = []
    used: set[str] = set()
    for literal, name, spec, conversion in pieces:
        out.append(literal)
        if name is None:
            continue
        if name not in inputs or spec or conversion:
            raise _unknown(name, inputs)
        used.add(name)
        out.append(_text(inputs[name]))
    rest = [f"{k}: {_text(v)}" for k, v in inputs.items() if k not in used and _text(v)]
    return "\n".join(["".join(out).strip(), *rest])


def _unknown(name: str, inputs: Iterable[str]) -> ConfigError:
    fields = ", ".join(inputs) or "none"
    return ConfigError(
        f"prompt: unknown placeholder '{{{name}}}'; the fields are {fields}",
        "use one of them, or write '{{' and '}}' for braces",
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return "\n".join(_text(item) for item in value)
    return str(value)


def clean(text: str, field: str) -> str:
    """The completion without what chat models put around a text.

    Strips white space, headings and bold at the start, a label such as ``Title:`` or the field's
    name, and quotation marks around the whole.
    """
    label = _label(field)
    before = None
    while text != before:
        before = text
        text = HEADING.sub("", text.strip())
        text = BOLD.sub(r"\2", text)
        text = _unquoted(label.sub("", text, count=1) if label.match(text) else text)
    return text


@cache
def _label(field: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{re.escape(field)}|title|text)\s*:\s*", re.IGNORECASE)


def _unquoted(text: str) -> str:
    close = QUOTES.get(text[:1])
    if close is None:
        return text
    inside = text[1:-1] if len(text) > 1 and text.endswith(close) else None
    if inside is not None and text[0] not in inside and close not in inside:
        return inside
    # An answer cut by max_tokens opens a quotation that it never closes.
    return text[1:] if close == '"' and text.count('"') == 1 else text


def _failure(adapter: str, signature: Any, completion: str, reason: str) -> dspy.AdapterParseError:
    return dspy.AdapterParseError(adapter, signature, completion, message=reason)


class PlainAdapter(dspy.Adapter):  # type: ignore[misc]
    """One user message with the rendered instructions; the whole completion is the one field."""

    def format(
        self, signature: Any, demos: list[dict[str, Any]], inputs: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Chat messages: each demo as a user and an assistant turn, then the request."""
        messages: list[dict[str, Any]] = []
        for demo in demos:
            # A labelled demo may lack the output (dspy's optimizers make such): it shows nothing.
            if all(demo.get(name) for name in signature.output_fields):
                given = {name: demo.get(name, "") for name in signature.input_fields}
                messages.append({"role": "user", "content": self.ask(signature, given)})
                messages.append({"role": "assistant", "content": self.answer(signature, demo)})
        given = {name: inputs[name] for name in signature.input_fields if name in inputs}
        return [*messages, {"role": "user", "content": self.ask(signature, given)}]

    def ask(self, signature: Any, inputs: Mapping[str, Any]) -> str:
        """The user message."""
        asked = render(signature.instructions, inputs)
        lists = any(_is_list(signature, name) for name in signature.output_fields)
        return f"{asked}\n\nAnswer with the numbered list and nothing else." if lists else asked

    def answer(self, signature: Any, demo: Mapping[str, Any]) -> str:
        """The assistant's turn that a demo shows."""
        name = _only_output(signature)
        return numbered(demo[name]) if _is_list(signature, name) else _text(demo[name])

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """The one output field.

        Raises:
            AdapterParseError: nothing is left of the completion.
        """
        name = _only_output(signature)
        text: str | list[str]
        if _is_list(signature, name):
            read = json_texts(completion, name) if looks_like_json(completion) else []
            read = read or numbered_texts(completion) or loose_texts(completion)
            text = [clean(one, name) for one in read]
        else:
            text = clean(completion, name)
        if not any(text):
            raise _failure("PlainAdapter", signature, completion, "empty completion")
        return {name: text}


def _only_output(signature: Any) -> str:
    names = list(signature.output_fields)
    if len(names) != 1:
        raise ConfigError(
            f"the plain adapter fills one output field, this program has {', '.join(names)}",
            "set lm.adapter: json, or ask for one field per call",
        )
    return str(names[0])


class SchemaAdapter(PlainAdapter):
    """A JSON object with the output fields, asked for in words and by a strict schema."""

    def __call__(
        self,
        lm: Any,
        lm_kwargs: dict[str, Any],
        signature: Any,
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """Send the schema along with the request."""
        schema = _model(signature).model_json_schema()
        asked = {"name": "answer", "strict": True, "schema": schema}
        kwargs = {**lm_kwargs, "response_format": {"type": "json_schema", "json_schema": asked}}
        found: list[dict[str, Any]] = super().__call__(lm, kwargs, signature, demos, inputs)
        return found

    def ask(self, signature: Any, inputs: Mapping[str, Any]) -> str:
        """The user message, with a sentence that asks for JSON."""
        names = ", ".join(
            f'"{name}"' + " (a list of strings)" * _is_list(signature, name)
            for name in signature.output_fields
        )
        fields = "field" if len(signature.output_fields) == 1 else "fields"
        return (
            f"{render(signature.instructions, inputs)}\n\n"
            f"Answer with one JSON object with the {fields} {names} and nothing else."
        )

    def answer(self, signature: Any, demo: Mapping[str, Any]) -> str:
        """The demo's outputs as a JSON object."""
        shown = {name: demo[name] for name in signature.output_fields}
        return str(_model(signature).model_validate(shown).model_dump_json())

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """The output fields, from a JSON object anywhere in the completion.

        Raises:
            AdapterParseError: no JSON object, or one without the fields.
        """
        names = list(signature.output_fields)
        if len(names) == 1 and _is_list(signature, names[0]):
            return self._texts(signature, names[0], completion)
        found = json_object(completion)
        if found is None:
            raise _failure("SchemaAdapter", signature, completion, "no JSON object")
        try:
            fields = _model(signature).model_validate(
                {k: v for k, v in found.items() if k in signature.output_fields}
            )
        except ValidationError as exc:
            unfit = ", ".join(str(error["loc"][0]) for error in exc.errors())
            reason = f"missing or unfit field: {unfit}"
            raise _failure("SchemaAdapter", signature, completion, reason) from exc
        values = {name: getattr(fields, name) for name in signature.output_fields}
        values = {k: v.strip() if isinstance(v, str) else v for k, v in values.items()}
        if any(value == "" for value in values.values()):
            raise _failure("SchemaAdapter", signature, completion, "empty field")
        return values

    def _texts(self, signature: Any, name: str, completion: str) -> dict[str, Any]:
        """A list of texts; a server that knows no schema may give a numbered one."""
        texts = json_texts(completion, name) or numbered_texts(completion)
        if not any(texts):
            raise _failure("SchemaAdapter", signature, completion, "no list of texts")
        return {name: texts}


def _is_list(signature: Any, name: str) -> bool:
    return bool(signature.output_fields[name].annotation == list[str])


def _model(signature: Any) -> Any:
    fields: dict[str, Any] = {
        name: (field.annotation, ...) for name, field in signature.output_fields.items()
    }
    config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    return create_model("Answer", __config__=config, **fields)


def json_object(completion: str) -> dict[str, Any] | None:
    """The first JSON object in a completion, mended where it is cut; None where there is none."""
    start = completion.find("{")
    if start < 0:
        return None
    found = json_repair.loads(completion[start:])
    if isinstance(found, list):
        found = next((item for item in found if isinstance(item, dict)), None)
    return found if isinstance(found, dict) else None
