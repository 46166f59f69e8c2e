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
    r"://[^/@\s]*:[^/@\s]+@"
    r"|^(?!https?:)[\w+.-]+://[^/@\s]*:[^@\s]+@"  # a database's password may hold a slash
    r"|[?&]([\w-]*(api[_-]?key|token|secret|passw(or)?d)|pwd)=",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"^(sk-|sk_|hf_|xox|AIza|ghp_|Bearer )[A-Za-z0-9_\-]{8,}")
_TYPE = re.compile(r"(constrained-|dict\[|tuple\[|list\[|function-|lax-or-strict)")
"""What pydantic puts into a place where a value may be of several types: no key of the file."""


@dataclass
class Problems:
    """The mistakes found so far in one source.

    Attributes:
        place: the file's name.
        lines: the line of each path.
        flags: paths that a flag of the command line has set.
        found: line, path and text of each mistake; line 0 is a flag.
    """

    place: str
    lines: Lines
    flags: set[Path] = field(default_factory=set)
    found: list[tuple[int, Path, str]] = field(default_factory=list)

    def add(self, path: Path, what: str, fix: str = "") -> None:
        """Keep a mistake at ``path``; the nearest known parent gives the line."""
        line = self._line(path)
        where = f"{self.place}:{line}: " if line else "--set "
        entry = (line, path, str(ConfigError(f"{where}{dotted(path)}: {what}", fix)))
        # Every variant of a sweep finds the mistakes of the base again.
        if entry not in self.found:
            self.found.append(entry)

    def at(self, *path: str) -> bool:
        """Whether a mistake was found at ``path`` or below it."""
        return any(found[: len(path)] == path for _, found, _ in self.found)

    def _line(self, path: Path) -> int:
        if any(path[: len(flag)] == flag for flag in self.flags):
            return 0
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def add_validation(
        self, exc: ValidationError, model: type[BaseModel], place: Callable[[Path], Path]
    ) -> None:
        """Keep every error of pydantic; ``place`` says where in the file a path was written."""
        told: dict[Path, list[str]] = {}
        for error in exc.errors(include_input=False, include_url=False):
            loc: Path = tuple(part for part in error["loc"] if not _TYPE.match(str(part)))
            unknown = error["type"] == "extra_forbidden"
            said = _unknown(model, loc) if unknown else _plain(error["msg"])
            told.setdefault(loc, []).append(said)
        for loc, all_said in told.items():
            self.add(place(loc), ", or ".join(dict.fromkeys(all_said)))

    def raise_if_any(self) -> None:
        """Raise one ConfigError that holds every mistake."""
        if self.found:
            by_line = sorted(self.found, key=lambda item: item[0])
            raise ConfigError("\n".join(text for _, _, text in by_line))


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
    message = message.removeprefix("Value error, ")
    message = re.sub(r"a valid dictionary( or instance of \w+)?", "a mapping", message)
    message = message.replace("a valid tuple", "a list").replace("a valid list", "a list")
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
