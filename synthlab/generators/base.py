"""The contract of a generator: a DSPy program that plans requests and writes one row for each.

A generator knows its parameters, the ``Brief`` of the task and the real rows that prompts may
show. It does not know which LM answers, how many calls run at once, or what becomes of its rows:
the workflow enters an LM scope around ``forward``, curates and scores. User classes subclass
``Generator`` just as the built-ins do, in ``experiments/<question>/generator.py``.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import dspy
from pydantic import BaseModel, ConfigDict

from synthlab.errors import ConfigError
from synthlab.records import Brief, Request, Row


def draw_seed(*parts: object) -> int:
    """A 31-bit seed that depends on the parts' text only: the same in every process."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


class Generator(dspy.Module):  # type: ignore[misc]
    """Base of every generator.

    A subclass names its prompts in ``prompts`` (prompt name -> text, or the path of a file),
    builds its predictors from ``self.signature(...)`` in ``prepare`` and writes ``forward``.

    Args:
        params: the checked ``Params`` of the subclass.
        brief: what may be known of the task.
        shots: real rows that prompts may show, in a fixed order, a class's rows spread evenly.
        seed: the run's seed; every draw comes from it.
        texts: prompts that replace those of the files, by prompt name.

    Attributes:
        texts: every prompt by name: what a search may change.
        shown: ids of the real rows that prompts can show; empty when none is shown.
    """

    class Params(BaseModel):
        """No parameters."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    prompts: ClassVar[Mapping[str, str | Path]] = {}

    def __init__(
        self,
        params: Any,
        brief: Brief,
        shots: Sequence[Row] = (),
        seed: int = 0,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.params = params
        self.brief = brief
        self.seed = seed
        self.shown: tuple[str, ...] = ()
        self.texts = self._texts(texts or {})
        self.prepare(tuple(shots))

    def prepare(self, shots: Sequence[Row]) -> None:
        """Build the predictors; called once, after ``params``, ``brief`` and ``texts`` are set.

        Raises:
            ConfigError: parameters that do not fit the brief.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define prepare()")

    def plan(self, label: str, start: int, count: int) -> list[Request]:
        """Requests ``start`` to ``start + count - 1`` of a class; the same for the same seed."""
        return [self.request(label, index) for index in range(start, start + count)]

    def request(self, label: str, index: int) -> Request:
        """One request without attributes; subclasses add what they draw."""
        return Request(label, index, draw_seed(self.seed, label, index))

    def forward(self, request: Request) -> dspy.Prediction:
        """Write one row: a prediction with the brief's field (``text``).

        Raises:
            Unparsable: the answer holds no row; it is dropped with that reason.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define forward()")

    def signature(self, prompt: str, inputs: Sequence[str], output: str | None = None) -> Any:
        """A DSPy signature whose instructions are the prompt of that name.

        Args:
            prompt: a key of ``texts``.
            inputs: names of the input fields; ``{name}`` in the prompt is replaced by its value.
            output: name of the one output field; the brief's field when left out.
        """
        fields = {name: (str, dspy.InputField()) for name in inputs}
        fields[output or self.brief.field] = (str, dspy.OutputField())
        return dspy.Signature(fields, self.texts[prompt])

    def words(self, label: str) -> str:
        """The words that stand for a label in a prompt."""
        return self.brief.names.get(label, label)

    def rng(self, *parts: object) -> random.Random:
        """A generator of random numbers for one purpose, from the run's seed."""
        return random.Random(draw_seed(self.seed, *parts))

    def _texts(self, given: Mapping[str, str]) -> dict[str, str]:
        own = type(self).prompts
        if unknown := sorted(set(given) - set(own)):
            raise ConfigError(
                f"{type(self).__name__} has no prompt '{unknown[0]}'; "
                f"it has: {', '.join(sorted(own)) or 'none'}"
            )
        # A file whose text is given may be gone: a promoted generator brings all its texts along.
        return {name: given[name] if name in given else _read(own[name]) for name in own}


def _read(prompt: str | Path) -> str:
    return prompt.read_text(encoding="utf-8").strip() if isinstance(prompt, Path) else prompt
