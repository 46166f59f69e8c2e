"""The contract of a generator: a DSPy program that plans requests and writes a row for each.

A generator knows its parameters, the ``Brief`` of the task and the real rows that prompts may
show. It does not know which LM answers, how many calls run at once, or what becomes of its rows:
the workflow enters an LM scope around ``fulfil``, curates and scores. User classes subclass
``Generator`` just as the built-ins do, in ``experiments/<question>/generator.py``.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import dspy
from pydantic import BaseModel, ConfigDict

from synthlab.errors import ConfigError
from synthlab.generators import many
from synthlab.records import Brief, Demo, Request, Row, draw_seed
from synthlab.statistics.cells import Cells

MANY = Path(__file__).parent / "prompts" / "many.txt"


class Generator(dspy.Module):  # type: ignore[misc]
    """Base of every generator.

    A subclass names its prompts in ``prompts`` (prompt name -> text, or the path of a file) and
    builds its predictors from ``self.signature(...)`` in ``prepare``. One that sends a single
    prompt calls its predictor ``self.write`` and defines ``inputs``; then it can also ask for
    several rows in one call. Any other defines ``forward``, and ``forward_many`` if it can do that.

    Args:
        params: the checked ``Params`` of the subclass.
        brief: what may be known of the task.
        shots: real rows that prompts may show, in a fixed order, a class's rows spread evenly.
        seed: the run's seed; every draw comes from it.
        texts: prompts that replace those of the files, by prompt name.
        rows: rows asked for in one call.

    Raises:
        ConfigError: parameters that do not fit the brief, an unknown prompt, or several rows a
            call from a generator that writes one at a time.

    Attributes:
        texts: every prompt by name: what a search may change.
        shown: ids of the real rows that prompts can show; empty when none is shown.
        derived: ids of those among them that rows are made of by design: curation does not hold
            rows against them.
    """

    class Params(BaseModel):
        """No parameters."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    prompts: ClassVar[Mapping[str, str | Path]] = {}
    shared: ClassVar[tuple[str, ...]] = ()
    """Inputs of which all rows of a call get the first row's, such as the examples shown."""
    asks: ClassVar[bool] = True
    """Whether it asks an LM at all: see ``offline.py``."""
    write: dspy.Predict

    def __init__(
        self,
        params: Any,
        brief: Brief,
        shots: Sequence[Row] = (),
        seed: int = 0,
        texts: Mapping[str, str] | None = None,
        rows: int = 1,
    ) -> None:
        super().__init__()
        self.params = params
        self.brief = brief
        self.seed = seed
        self.rows = rows
        self.shown: tuple[str, ...] = ()
        self.derived: tuple[str, ...] = ()
        self.cells = Cells(brief.sensitive, brief.labels)
        self.texts = self._texts(texts or {})
        self.prepare(tuple(shots))

    def prepare(self, shots: Sequence[Row]) -> None:
        """Build the predictors; called once, after ``params``, ``brief`` and ``texts`` are set.

        Raises:
            ConfigError: parameters that do not fit the brief.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define prepare()")

    def show(self, demos: Sequence[Demo]) -> None:
        """Show rows as earlier answers in every prompt that ``write`` sends.

        They are DSPy's ``demos`` of that predictor, and part of its state.

        Raises:
            ConfigError: no such class or attribute, or a generator that does not send its one
                prompt through ``write``.
        """
        if self._place("inputs") > self._place("forward") or not hasattr(self, "write"):
            raise ConfigError(
                f"generator.demos: {type(self).__name__} has no single prompt to show them in",
                "leave them out, or define inputs() in place of forward()",
            )
        (output,) = self.write.signature.output_fields
        places: Counter[str] = Counter()
        shown = []
        for demo in demos:
            request = self._request_of(demo, places[demo.label])
            places[demo.label] += 1
            shown.append({**self.filled(request), output: demo.text})
        self.write.demos = shown

    def _request_of(self, demo: Demo, place: int) -> Request:
        if demo.label not in self.brief.labels:
            raise ConfigError(
                f"generator.demos: no class '{demo.label}'; classes: {', '.join(self.brief.labels)}"
            )
        (request,) = self.plan(demo.label, place, 1)
        if unknown := sorted(set(demo.attributes) - set(request.attributes)):
            raise ConfigError(
                f"generator.demos: {type(self).__name__} draws no '{unknown[0]}'; it draws: "
                f"{', '.join(request.attributes) or 'nothing'}"
            )
        return replace(request, attributes={**request.attributes, **demo.attributes})

    def plan(self, label: str, start: int, count: int) -> list[Request]:
        """Requests ``start`` to ``start + count - 1`` of a class; the same for the same seed.

        Each has the groups of its cell among its attributes, where the brief has quotas.
        """
        requests = [self.request(label, index) for index in range(start, start + count)]
        if not self.cells:
            return requests
        return [
            replace(request, attributes={**self.cells.at(label, index), **request.attributes})
            for index, request in enumerate(requests, start)
        ]

    def orders(self, label: str, start: int, count: int) -> list[tuple[Request, ...]]:
        """``plan`` in pieces of at most ``rows`` requests: those of a piece share a call."""
        plan = self.plan(label, start, count)
        return [tuple(plan[at : at + self.rows]) for at in range(0, count, self.rows)]

    def samples(self, label: str) -> list[tuple[Request, ...]]:
        """Orders of a class that, between them, use every prompt it is asked with."""
        return self.orders(label, 0, self.rows)[:1]

    def heading(self, order: Sequence[Request]) -> str | None:
        """What the rendered prompt of an order is kept as: its class; None: it is not kept."""
        return order[0].label if order[0].index == 0 else None

    def request(self, label: str, index: int) -> Request:
        """One request without attributes; subclasses add what they draw."""
        return Request(label, index, draw_seed(self.seed, label, index))

    def forward(self, request: Request) -> dspy.Prediction:
        """Write one row: a prediction with the brief's field (``text``).

        Raises:
            Unparsable: the answer holds no row; it is dropped with that reason.
        """
        return self.write(**self.filled(request))

    def forward_many(self, requests: Sequence[Request]) -> list[str]:
        """Write several rows of one class in one call.

        Returns:
            The texts in the answer, in the requests' order: those beyond the requests are
            ignored, and "" stands for one that the answer does not hold.

        Raises:
            Unparsable: the answer holds no row.
        """
        inputs = [self.filled(request) for request in requests]
        return many.ask(self.write, self.texts["many"], inputs, self.shared)

    def inputs(self, request: Request) -> dict[str, str]:
        """What fills the one prompt for a request, by input name."""
        raise NotImplementedError(f"{type(self).__name__} defines neither inputs() nor forward()")

    def filled(self, request: Request) -> dict[str, str]:
        """``inputs``, and the groups of the request's cell as a prompt names them."""
        said = {
            item.name: item.say(request.attributes[item.name])
            for item in self.brief.sensitive
            if item.name in request.attributes
        }
        return {**self.inputs(request), **said}

    def fulfil(self, order: Sequence[Request]) -> list[str]:
        """The texts of the rows of an order, as ``forward_many`` gives them.

        Raises:
            Unparsable: the answer holds no row.
        """
        if len(order) == 1:
            return [str(self(request=order[0])[self.brief.field])]
        return self.forward_many(tuple(order))

    @classmethod
    def known_prompts(cls, params: Any = None) -> dict[str, str | Path]:
        """Every prompt that can be replaced, ``many`` among them where it can be used.

        Args:
            params: the checked ``Params``, where the prompts depend on them.
        """
        return {**({"many": MANY} if cls._can_write_many() else {}), **cls.prompts}

    @classmethod
    def _can_write_many(cls) -> bool:
        """Whether ``forward_many`` writes what ``forward`` would."""
        return min(cls._place("inputs"), cls._place("forward_many")) <= cls._place("forward")

    @classmethod
    def _place(cls, method: str) -> int:
        """How far up the class's line a method is defined: 0 is the class itself."""
        return next(n for n, base in enumerate(cls.__mro__) if method in vars(base))

    def signature(self, prompt: str, inputs: Sequence[str], output: str | None = None) -> Any:
        """A DSPy signature whose instructions are the prompt of that name.

        Where the brief has quotas of groups and the prompt does not name the attribute, a sentence
        says which group is asked for. A program with a ``forward`` of its own finds the groups in
        the request's attributes, and tells them itself.

        Args:
            prompt: a key of ``texts``.
            inputs: names of the input fields; ``{name}`` in the prompt is replaced by its value.
            output: name of the one output field; the brief's field when left out.
        """
        text = self.texts[prompt]
        groups = self.brief.sensitive if self._place("inputs") <= self._place("forward") else ()
        fields = {
            name: (str, dspy.InputField())
            for name in dict.fromkeys((*inputs, *(item.name for item in groups)))
        }
        fields[output or self.brief.field] = (str, dspy.OutputField())
        for item in groups:
            if f"{{{item.name}}}" not in text:
                text += " " + item.sentence.replace("{say}", f"{{{item.name}}}")
        return dspy.Signature(fields, text)

    def words(self, label: str) -> str:
        """The words that stand for a label in a prompt."""
        return self.brief.names.get(label, label)

    def rng(self, *parts: object) -> random.Random:
        """A generator of random numbers for one purpose, from the run's seed."""
        return random.Random(draw_seed(self.seed, *parts))

    def _texts(self, given: Mapping[str, str]) -> dict[str, str]:
        own = self.known_prompts(self.params)
        if unknown := sorted(set(given) - set(own)):
            raise ConfigError(
                f"{type(self).__name__} has no prompt '{unknown[0]}'; "
                f"it has: {', '.join(sorted(own)) or 'none'}"
            )
        if self.rows > 1 and not self._can_write_many():
            raise ConfigError(
                f"generator.rows_per_request: {type(self).__name__} writes one row at a time",
                "write 1, or define forward_many(), or inputs() in place of forward()",
            )
        needed = [name for name in own if self.rows > 1 or name.rpartition("/")[2] != "many"]
        # A file whose text is given may be gone: a promoted generator brings all its texts along.
        return {name: given[name] if name in given else _read(own[name]) for name in needed}


def _read(prompt: str | Path) -> str:
    return prompt.read_text(encoding="utf-8").strip() if isinstance(prompt, Path) else prompt
