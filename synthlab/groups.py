"""A sensitive attribute as a task declares it: its groups, and how many rows of each are wanted.

Nothing here reads a text or draws a row. Whose group a text tells stands in
``features/lexicon.py``, the quotas in ``statistics/cells.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EVERY = ""
"""The key of shares that hold for every class that has none of its own."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group, such as women.

    Attributes:
        say: how a prompt names it.
        words: what tells it in a text; empty where a model of real rows has to tell.
    """

    name: str
    say: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sensitive:
    """One attribute, such as gender.

    Attributes:
        target: wanted shares of its groups, from 0 and relative to each other, by class; those of
            ``EVERY`` hold for the other classes, and groups are equal where there are none.
        column: the field of a real row's values that holds its group; empty: its words tell.
        sentence: what a prompt says where it does not name the attribute; ``{say}`` is the group.
        swap: what each word becomes in a text about somebody of the other group.
    """

    name: str
    groups: tuple[Group, ...]
    target: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    column: str = ""
    sentence: str = "One of the people in it is {say}."
    swap: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The groups, in the order of their declaration."""
        return tuple(group.name for group in self.groups)

    @property
    def has_words(self) -> bool:
        """Whether words tell every group in a text."""
        return all(group.words for group in self.groups)

    def shares(self, label: str) -> tuple[float, ...]:
        """What each group is to have of a class's rows, of 1 in all."""
        given = self.target.get(label) or self.target.get(EVERY) or dict.fromkeys(self.names, 1.0)
        total = sum(given.values())
        return tuple(given.get(name, 0.0) / total for name in self.names)

    def say(self, name: str) -> str:
        """How a prompt names a group."""
        return next((group.say for group in self.groups if group.name == name), name)


def sensitive_of(data: Sequence[Mapping[str, Any]]) -> tuple[Sensitive, ...]:
    """What ``asdict`` made of them, as read from JSON."""
    return tuple(
        Sensitive(
            **{
                **item,
                "groups": tuple(
                    Group(group["name"], group["say"], tuple(group["words"]))
                    for group in item["groups"]
                ),
            }
        )
        for item in data
    )
