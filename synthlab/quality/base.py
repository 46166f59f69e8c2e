"""The contract of a part of the quality panel: rows in, measures out.

A part compares synthetic rows with real ones; what it returns holds figures, words that several
rows share, and never a real row. It is fast enough to stand beside a run, or says in ``COST`` that
it is not. It never raises for odd rows: what cannot be measured is a ``Skip`` with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel

from synthlab.groups import Sensitive
from synthlab.measures import Measure
from synthlab.records import Brief, Request, Row


class Skip(Exception):
    """A part cannot measure these rows; the message says why, in a sentence."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What is measured, and what it is measured against.

    Attributes:
        brief: the task: its classes in order and the name of the text field.
        kept: the synthetic rows.
        real: real rows that are the reference for fidelity, such as the dev rows.
        shown: real rows that prompts showed: what can have been copied by the LM from its prompt.
        held: real rows that nothing saw, the null of copying and privacy; may be empty.
        seed: of everything that is drawn.
        source: real rows that prompts could have shown, those that were shown included: the seed
            rows.
        asked: what every row was asked to be, those that curation dropped included.
        sensitive: the declared attributes, whether or not these rows were asked for by them.
        groups: the group of each row of an attribute, ``""`` for none; None without attributes.
        calls: what the run's classifier, trained on the first rows, calls the second ones.
        generations: how many sets, each with whole rows for its quotas, ``kept`` holds together.
    """

    brief: Brief
    kept: tuple[Row, ...]
    real: tuple[Row, ...]
    shown: tuple[Row, ...] = ()
    held: tuple[Row, ...] = ()
    seed: int = 0
    source: tuple[Row, ...] = ()
    asked: tuple[Request, ...] = ()
    sensitive: tuple[Sensitive, ...] = ()
    groups: Callable[[str, Sequence[Row]], Sequence[str]] | None = None
    calls: Callable[[Sequence[Row], Sequence[Row]], Sequence[str]] | None = None
    generations: int = 1

    def texts(self, rows: Sequence[Row]) -> list[str]:
        """The text of each row."""
        return [str(row.values[self.brief.field]) for row in rows]

    def matched(self) -> tuple[Row, ...]:
        """The first source rows of each class, at most as many as there are synthetic ones."""
        left = Counter(row.label for row in self.kept)
        taken = []
        for row in self.source:
            if left[row.label] > 0:
                left[row.label] -= 1
                taken.append(row)
        return tuple(taken)


class Part(Protocol):
    """Built-in and user classes alike; ``Params`` are checked from the config.

    It is built once when the config is checked, so that what it needs of this machine is missed
    there: ``__init__`` raises a ``ConfigError``.

    Attributes:
        COST: ``fast`` parts are measured beside every candidate; ``slow`` ones where they are asked
            for.
    """

    Params: type[BaseModel]
    COST: ClassVar[Literal["fast", "slow"]]

    def __init__(self, params: Any) -> None: ...

    def measure(self, subject: Subject) -> Sequence[Measure]: ...
