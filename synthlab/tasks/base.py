"""What a task is: something that loads real rows, and how they are to be split.

Reading files belongs to the tasks beside this file, cleaning to ``rows.py``, splitting to
``splits.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from synthlab.records import Row


@dataclass(frozen=True, slots=True)
class Source:
    """Real rows, cleaned and without duplicates.

    Attributes:
        rows: in the order of the source; ids are distinct and depend on text and label only.
        field: name of the text field in ``Row.values``.
        notes: what was done to the rows, a sentence each.
        origin: where they come from, in a few words and without absolute paths.
    """

    rows: tuple[Row, ...]
    field: str
    notes: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class SplitSizes:
    """How real rows are shared out; seed takes what dev and test leave.

    Attributes:
        dev: rows in all as an int, or a share of all rows as a float below 1.
        test: as ``dev``.
        seed_per_class: the most seed rows a class may have, one number or by label, where ``*`` is
            each other class; None, or a class without a number: all of them.
        seed: another number gives another split.
        near_duplicate: word-run similarity, in (0, 1], from which rows stay on one side.
    """

    dev: float | int = 0.2
    test: float | int = 0.4
    seed_per_class: int | Mapping[str, int] | None = None
    seed: int = 0
    near_duplicate: float = 0.8


class Task(Protocol):
    """A source of real rows; built-in and user classes alike.

    The class holds its settings as a nested pydantic model ``Params`` that forbids unknown keys.
    ``load`` reads everything and gives at least two classes, or raises ``DataError``.
    """

    def __init__(self, params: Any) -> None: ...

    def load(self) -> Source: ...
