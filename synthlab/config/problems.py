"""Mistakes in a config, collected so that a user sees all of them at once, each with its line."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from synthlab.config.dotted import Path, dotted
from synthlab.config.yaml_lines import Lines
from synthlab.errors import ConfigError

_SECRET_KEY = re.compile(
    r"(^|[_-])(api[_-]?key|token|secret|password|authorization)$", re.IGNORECASE
)
_SECRET_ADDRESS = re.compile(
    r"://[^/@\s]*:[^/@\s]+@|[?&](api[_-]?key|token|password)=", re.IGNORECASE
)
_SECRET_VALUE = re.compile(r"^(sk-|sk_|hf_|xox|AIza|ghp_|Bearer )[A-Za-z0-9_\-]{8,}")


@dataclass
class Problems:
    """The mistakes found so far in one source.

    Attributes:
        place: the file's name.
        lines: the line of each path.
    """

    place: str
    lines: Lines
    found: dict[tuple[int, int], str] = field(default_factory=dict)

    def add(self, path: Path, what: str) -> None:
        """Keep a mistake at ``path``; the nearest known parent gives the line."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        line = self.lines.get(known)
        where = f"{self.place}:{line}" if line else self.place
        entry = f"{where}: {dotted(path)}: {what}" if path else f"{where}: {what}"
        if entry not in self.found.values():
            self.found[(line or 0, len(self.found))] = entry

    def add_validation(
        self, exc: ValidationError, model: type[BaseModel], place: Callable[[Path], Path]
    ) -> None:
        """Keep every error of pydantic; ``place`` says where in the file a path was written."""
        for error in exc.errors(include_input=False, include_url=False):
            loc: Path = tuple(error["loc"])
            unknown = error["type"] == "extra_forbidden"
            self.add(place(loc), _unknown(model, loc) if unknown else _plain(error["msg"]))

    def raise_if_any(self) -> None:
        """Raise one ConfigError that holds every mistake."""
        if self.found:
            raise ConfigError("\n".join(self.found[key] for key in sorted(self.found)))


def secrets(value: Any, path: Path = ()) -> Iterator[Path]:
    """Paths whose key or value looks like a credential; the value is never shown."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if _SECRET_KEY.match(str(key)) and inner is not None:
                yield (*path, str(key))
            else:
                yield from secrets(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from secrets(inner, (*path, index))
    elif isinstance(value, str) and (_SECRET_VALUE.match(value) or _SECRET_ADDRESS.search(value)):
        yield path


def _plain(message: str) -> str:
    return message.replace("Input should be", "should be").replace("Field required", "is missing")


def _unknown(model: type[BaseModel], loc: Path) -> str:
    for part in loc[:-1]:
        model = _inner(model, part) or model
    names = [info.alias or name for name, info in model.model_fields.items()]
    close = difflib.get_close_matches(str(loc[-1]), names, n=1, cutoff=0.5)
    if close:
        return f"unknown key, did you mean '{close[0]}'?"
    return f"unknown key; known: {', '.join(sorted(names))}"


def _inner(model: type[BaseModel], part: str | int) -> type[BaseModel] | None:
    for name, info in model.model_fields.items():
        if part in (name, info.alias):
            return _model_in(info.annotation)
    return None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, tuple, typing.Annotated):
        for arg in typing.get_args(annotation):
            if found := _model_in(arg):
                return found
    return None
