"""Labels that an LM is asked about, where a model of the real rows takes a text for another class.

The cheap judge sees every text; the dear one only those that the first doubts, and its answer
decides. Two of three votes win: the class that was asked for, the model's, the LM's. How an LM is
opened, asked and paid stands in ``workflow/verifying.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from synthlab.curation.base import Known
from synthlab.curation.confirm import Confirm
from synthlab.features.words import fold_key

NOT_VERIFIED = "label not verified"

PROMPT = """\
Which of these classes does the following {document} belong to: {classes}?

{text}

Answer with the name of the class and nothing else."""
PLACES = ("{document}", "{classes}", "{text}")


class Verify(Confirm):
    """Asks an LM for the class of a text that the model of the real rows does not confirm.

    Where the LM says the row's own class, or the model does, the row is kept as it is. Otherwise
    ``then`` decides: ``drop`` it; ``relabel`` it as the class that model and LM agree on, and drop
    it where they do not agree; or ``downweight`` it to the probability that the model gives its
    class, as ``downweight`` does. An answer that names no class, or none, counts as another class.

    Questioning the LM about doubtful rows only is the third step of a label check by votes; TarGEN
    (Gupta et al. 2023, arXiv 2310.17876) asks about every row. It is worth what the LM is: one that
    cannot tell the classes of real texts apart (``experiments/quality``: a 135M model) verifies
    nothing, and ``confirm`` is better and free.
    """

    keeps: ClassVar[float] = 0.8
    doubts: ClassVar[tuple[float, float, float]] = (0.02, 0.25, 0.8)
    """Share of texts that it asks about: low, likely, high; for estimates."""

    class Params(Confirm.Params):
        """Whom it asks, what, and what follows."""

        then: Literal["drop", "relabel", "downweight"] = Field(
            default="drop", description="What becomes of a row whose class the LM denies, too."
        )
        lm: dict[str, Any] | None = Field(
            default=None, description="The LM it asks, as the section lm; else the run's own."
        )
        tokens: int = Field(default=32, ge=1, description="Longest answer, in tokens.")
        prompt: str = Field(
            default=PROMPT,
            description="The question, with {document}, {classes} and {text} in it.",
        )
        floor: float = Field(
            default=0.1, gt=0, le=1, description="Least weight that downweight gives a row."
        )

        @field_validator("prompt")
        @classmethod
        def _whole(cls, prompt: str) -> str:
            if missing := [place for place in PLACES[1:] if place not in prompt]:
                raise ValueError(f"the question has no {missing[0]} in it")
            return prompt

    def __init__(self, params: Params, real: Known) -> None:
        super().__init__(params, real)
        self._open(real)

    @classmethod
    def from_state(cls, params: Any, real: Known, state: Mapping[str, Any]) -> Self:
        """As ``Confirm.from_state``; ``real`` tells the words that stand for the classes."""
        made = super().from_state(params, real, state)
        made._open(real)
        return made

    def _open(self, real: Known) -> None:
        labels = real.labels or self._labeller.labels
        self._names = {label: real.names.get(label, label) for label in labels}
        self._document = real.document
        self._heard: dict[str, str | None] = {}

    @property
    def lm(self) -> Mapping[str, Any] | None:
        """The LM to be asked; None: the one that writes the rows."""
        lm: Mapping[str, Any] | None = self.params.lm
        return lm

    @property
    def tokens(self) -> int:
        """The longest answer, in tokens."""
        return int(self.params.tokens)

    @staticmethod
    def weighs(params: Params) -> bool:
        """Whether rows can have weights."""
        return params.then == "downweight"

    def question(self, text: str, label: str) -> str | None:
        """The prompt; None for a text that the model confirms."""
        if super().check(text, label) is None:
            return None
        said = {"document": self._document, "classes": ", ".join(self._names.values())}
        # The text last: it may hold braces of its own.
        prompt = str(self.params.prompt)
        for name, words in {**said, "text": text}.items():
            prompt = prompt.replace(f"{{{name}}}", words)
        return prompt

    def hear(self, answers: Mapping[str, str]) -> None:
        """Remember the classes that the LM named, by text, and forget those of before."""
        self._heard = {text: named(answer, self._names) for text, answer in answers.items()}

    def label(self, text: str, label: str) -> str:
        """With ``then: relabel``, the class that model and LM agree on; else the own one."""
        said = self._heard.get(text)
        if self.params.then != "relabel" or said is None or said == label:
            return label
        return said if super().check(text, label) and said == self._best(text) else label

    def check(self, text: str, label: str) -> str | None:
        if super().check(text, label) is None or self._heard.get(text) == label:
            return None
        return None if self.params.then == "downweight" else NOT_VERIFIED

    def weigh(self, text: str, label: str) -> float:
        """1 of a row whose class is confirmed; else, with ``then: downweight``, its probability."""
        confirmed = super().check(text, label) is None or self._heard.get(text) == label
        if confirmed or self.params.then != "downweight":
            return 1.0
        return max(float(self.params.floor), self._labeller.proba(text).get(label, 0.0))

    def _best(self, text: str) -> str:
        found = self._labeller.proba(text)
        return max(found, key=lambda name: found[name])


def named(answer: str, names: Mapping[str, str]) -> str | None:
    """The one class that an answer names; None where it names none, or several.

    An answer that is a class's label or name as a whole is that class; else the only one whose
    label or name stands in it as whole words.

    Args:
        answer: the LM's text.
        names: the words that stand for each class in prompts, by class.
    """
    said = _words(answer)
    whole = [label for label, name in names.items() if said in (_words(label), _words(name))]
    if said and len(whole) == 1:
        return whole[0]
    inside = [
        label
        for label, name in names.items()
        if any(part and f" {part} " in f" {said} " for part in (_words(label), _words(name)))
    ]
    return inside[0] if len(inside) == 1 else None


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", fold_key(text)).strip()
