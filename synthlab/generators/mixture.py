"""``mixture``: several generators write the rows of one set, each its share of every class.

Prompts that are good at different classes, or at different rows of one class, are better together.
A part draws in the mixture what it draws alone: its k-th request is the same request, with the same
sampling seed. So rows that a part has paid for already come from the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import dspy
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from synthlab.errors import ConfigError, SynthlabError
from synthlab.generators.base import Generator
from synthlab.records import Request, Row
from synthlab.registry import resolve, source_of
from synthlab.statistics.turns import cycle, turn_of

PART = "part"
"""The attribute of a request that tells which part writes its row."""

Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Part(BaseModel):
    """One generator of a mixture."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    use: str = Field(description="a generator: name, import path or file path")
    params: dict[str, Any] = Field({}, alias="with", description="parameters of that class")
    prompts: dict[str, str] = Field({}, description="prompt name: its text")
    share: Share | dict[str, Share] = Field(
        1.0, description="rows that it writes, relative to the other parts; or {label: share}"
    )
    name: str = Field("", description="tells in each row which part wrote it")
    source: str = Field(
        "", description="of a part from a file: the file's text; read from it when left out"
    )

    @property
    def made(self) -> type[Generator]:
        """Its class.

        Raises:
            ConfigError: it cannot be found.
        """
        found: type[Generator] = resolve("generator", self.use, self.source or None)
        return found

    def resolved(self) -> Part:
        """The same with every parameter spelled out, and with the text of its file.

        Raises:
            ConfigError: its class cannot be found, or is a mixture.
            ValidationError: its parameters are wrong.
        """
        source = self.source or source_of("generator", self.use) or ""
        part = self.model_copy(update={"source": source})
        if issubclass(part.made, Mixture):
            raise ConfigError("a part cannot be a mixture: list that one's parts")
        params = part.made.Params(**self.params).model_dump(mode="json")
        return part.model_copy(update={"params": params})


def _use(value: Any) -> Any:
    return {"use": value} if isinstance(value, str) else value


class Mixture(Generator):
    """Rows of several generators; prompts are called by the part's number: ``1/row``, ``2/row``.

    With several rows a call, a call is one part's: turns are of so many rows. A refill that begins
    within a turn is asked as the part alone would ask it only if that one began there, too.
    """

    class Params(BaseModel):
        """The parts and their shares."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        parts: list[Annotated[Part, BeforeValidator(_use)]] = Field(
            min_length=1, description="generators: {use, with, prompts, share, name}"
        )

        @field_validator("parts")
        @classmethod
        def _usable(cls, parts: list[Part]) -> list[Part]:
            found = [_resolved(number, part) for number, part in enumerate(parts, 1)]
            asks = [part.model_dump(exclude={"share", "name"}) for part in found]
            for number, part in enumerate(asks, 1):
                if part in asks[: number - 1]:
                    first = asks.index(part) + 1
                    raise ValueError(f"parts {first} and {number} would write the same rows")
            return _named(found)

    def prepare(self, shots: Sequence[Row]) -> None:
        parts: list[Part] = self.params.parts
        self.parts = [self._built(n, part, shots) for n, part in enumerate(parts, 1)]
        shown = {key for part in self.parts for key in part.shown}
        self.shown = tuple(row.id for row in shots if row.id in shown)
        self.derived = tuple(sorted({key for part in self.parts for key in part.derived}))
        self.turns = {label: cycle(self._shares(label)) for label in self.brief.labels}

    def request(self, label: str, index: int) -> Request:
        place, own = self._part(label, index)
        asked = self._own(place, label, own)
        name = self.params.parts[place].name
        if PART in asked.attributes:
            raise ConfigError(
                f"generator.with.parts: {name} calls an attribute '{PART}', which is the mixture's",
                "give it another name",
            )
        return replace(asked, index=index, attributes={PART: name, **asked.attributes})

    def orders(self, label: str, start: int, count: int) -> list[tuple[Request, ...]]:
        """``plan`` in pieces of at most ``rows`` requests, each of one part and without a gap."""
        runs: dict[int, list[Request]] = {}
        for asked in self.plan(label, start, count):
            runs.setdefault(self._part(label, asked.index)[0], []).append(asked)
        cut = [
            tuple(run[at : at + self.rows])
            for run in runs.values()
            for at in range(0, len(run), self.rows)
        ]
        return sorted(cut, key=lambda order: order[0].index)

    def samples(self, label: str) -> list[tuple[Request, ...]]:
        """The first order of each part that writes rows of the class."""
        turns = self.turns[label]
        first = sorted(turns.index(place) for place in set(turns))
        return [self.orders(label, turn * self.rows, self.rows)[0] for turn in first]

    def heading(self, order: Sequence[Request]) -> str | None:
        """The class and the part, of each part's first order."""
        place, own = self._part(order[0].label, order[0].index)
        return f"{order[0].label} ({self.params.parts[place].name})" if own == 0 else None

    def forward(self, request: Request) -> dspy.Prediction:
        place, own = self._part(request.label, request.index)
        return self.parts[place](request=self._carried(place, own, request))

    def forward_many(self, requests: Sequence[Request]) -> list[str]:
        where = [self._part(asked.label, asked.index) for asked in requests]
        place = where[0][0]
        own = [
            self._carried(place, at, asked) for (_, at), asked in zip(where, requests, strict=True)
        ]
        return self.parts[place].forward_many(own)

    @classmethod
    def known_prompts(cls, params: Any = None) -> dict[str, str | Path]:
        """Those of every part, its number before the name."""
        return {
            f"{number}/{name}": part.prompts.get(name, text)
            for number, part in enumerate(params.parts if params else [], 1)
            for name, text in {**part.made.known_prompts(), **part.prompts}.items()
        }

    def _part(self, label: str, index: int) -> tuple[int, int]:
        """Which part (from 0) is asked, and with which of its own requests."""
        turn, row = divmod(index, self.rows)
        place, before = turn_of(self.turns[label], turn)
        return place, before * self.rows + row

    def _own(self, place: int, label: str, index: int) -> Request:
        (asked,) = self.parts[place].plan(label, index, 1)
        return asked

    def _carried(self, place: int, index: int, asked: Request) -> Request:
        """A part's own request, of the groups that are asked for now: a refill's may be others."""
        own = self._own(place, asked.label, index)
        groups = {name: asked.attributes[name] for name in self.cells.names}
        return replace(own, attributes={**own.attributes, **groups})

    def _built(self, number: int, part: Part, shots: Sequence[Row]) -> Generator:
        start = f"{number}/"
        own = {k.removeprefix(start): v for k, v in self.texts.items() if k.startswith(start)}
        params = part.made.Params(**part.params)
        try:
            return part.made(params, self.brief, shots, self.seed, own, self.rows)
        except ConfigError as exc:
            raise ConfigError(f"part {number} ({part.name}): {exc.what}", exc.fix) from exc

    def _shares(self, label: str) -> tuple[float, ...]:
        shares = []
        for part in self.params.parts:
            given: float | Mapping[str, float] = part.share
            if isinstance(given, Mapping):
                if unknown := sorted(set(given) - set(self.brief.labels)):
                    raise ConfigError(
                        f"generator.with.parts: {part.name} has a share of '{unknown[0]}'; "
                        f"the task's classes are {', '.join(self.brief.labels)}"
                    )
                given = given.get(label, 0)
            shares.append(float(given))
        if not any(shares):
            raise ConfigError(f"generator.with.parts: no part has a share of class '{label}'")
        return tuple(shares)


def _resolved(number: int, part: Part) -> Part:
    try:
        return part.resolved()
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(map(str, ("with", *first["loc"])))
        raise ValueError(f"part {number} ({part.use}): {where}: {first['msg']}") from exc
    except SynthlabError as exc:
        raise ValueError(f"part {number}: {exc.what}") from exc


def _named(parts: Sequence[Part]) -> list[Part]:
    """Parts without a name get that of their class, with their number where it is not alone."""
    names = [part.name or part.use.rpartition(":")[2] for part in parts]
    named = []
    for number, (part, name) in enumerate(zip(parts, names, strict=True), 1):
        alone = names.count(name) == 1
        if part.name and not alone:
            raise ValueError(f"two parts are called '{name}'")
        named.append(part.model_copy(update={"name": name if alone else f"{name} {number}"}))
    return named
