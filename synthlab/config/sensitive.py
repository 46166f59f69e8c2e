"""``task.sensitive``: the attributes that rows must be fair about, and their quotas."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations
from typing import Annotated, Self

from pydantic import Field, model_validator

from synthlab.config.uses import Strict
from synthlab.groups import EVERY, Group, Sensitive

Share = Annotated[float, Field(ge=0)]

SLACK = 0.02
"""Shares may be rounded: three of 0.33 are equal ones."""

TAKEN = frozenset(["label", "document", "text", "count", "each", "rows", "part", "examples"])
"""Names that a prompt's inputs have already."""


class GroupConfig(Strict):
    """One group of people."""

    words: tuple[str, ...] = Field(
        (), description="words that tell it in a text; a text is of the group of which it has most"
    )
    say: str | None = Field(
        None, min_length=1, description="how a prompt names it, such as 'a woman'; null: its name"
    )


class SensitiveConfig(Strict):
    """One sensitive attribute; rows are asked for by its quotas in each class."""

    groups: dict[str, GroupConfig] = Field(
        default_factory=dict,
        description="its groups by name; with a column they may be left out: its values",
    )
    column: str | None = Field(
        None, min_length=1, description="column of the table that holds the group of real rows"
    )
    target: dict[str, Share | dict[str, Share]] = Field(
        default_factory=dict,
        description="wanted share of each group: {group: share}, or class by class, "
        "{label: {group: share}}; shares add up to 1, parts such as 3 and 2 will do too; "
        "left out: equal",
    )
    swap: dict[str, str] = Field(
        default_factory=dict,
        description="for the swap test: what each word becomes where the text is to be of the "
        "other group, such as {he: she}; the reverse holds too, unless it is given; left out: of "
        "two groups, words at the same place in their lists",
    )
    sentence: str = Field(
        "One of the people in it is {say}.",
        description="added to a prompt that does not name the attribute itself, as {gender}; {say} "
        "is how the group is called",
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if self.column is None and len(self.groups) < 2:
            raise ValueError("two groups are needed, or a column that holds them")
        silent = [name for name, group in self.groups.items() if not group.words]
        if silent and (self.column is None or len(silent) < len(self.groups)):
            raise ValueError(
                f"group '{silent[0]}' has no words, so that no text can be known to be of it"
            )
        for one, other in combinations(self.groups, 2):
            words = [{word.casefold() for word in self.groups[g].words} for g in (one, other)]
            if both := sorted(words[0] & words[1]):
                raise ValueError(f"'{both[0]}' is a word of both '{one}' and '{other}'")
        if "{say}" not in self.sentence:
            raise ValueError("sentence does not hold {say}, which stands for the group")
        return self

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        kinds = {isinstance(value, dict) for value in self.target.values()}
        if len(kinds) > 1:
            raise ValueError("target mixes shares of groups and labels")
        for label, shares in self.shares.items():
            place = f"target.{label}" if label != EVERY else "target"
            if self.groups:
                _check_groups(place, shares, self.groups)
            total = sum(shares.values())
            if not total > 0:
                raise ValueError(f"{place}: no group has a share above 0")
            if max(shares.values()) < 1 and abs(total - 1) > SLACK:
                raise ValueError(
                    f"{place}: the shares add up to {total:.3g}; make them 1 in all, or write "
                    "parts such as 3 and 2"
                )
        return self

    @property
    def shares(self) -> dict[str, dict[str, float]]:
        """Shares of the groups by label, under ``EVERY`` those of all."""
        flat = {k: v for k, v in self.target.items() if not isinstance(v, dict)}
        by_label = {k: dict(v) for k, v in self.target.items() if isinstance(v, dict)}
        return {**by_label, **({EVERY: flat} if flat else {})}

    def declared(self, name: str, values: tuple[str, ...] = ()) -> Sensitive:
        """It as the other rooms take it.

        Args:
            name: of the attribute.
            values: groups where none is declared, as the column has them.
        """
        groups = self.groups or {value: GroupConfig() for value in values}
        return Sensitive(
            name,
            tuple(Group(key, group.say or key, group.words) for key, group in groups.items()),
            self.shares,
            self.column or "",
            self.sentence,
            self._pairs(),
        )

    def _pairs(self) -> dict[str, str]:
        """Each word's counterpart: as declared, or by place in two lists; and the reverse."""
        lists = [group.words for group in self.groups.values()]
        listed = zip(*lists, strict=False) if len(lists) == 2 else ()
        pairs = list(self.swap.items()) or list(listed)
        found = {one.lower(): other for one, other in reversed(pairs)}
        for one, other in pairs:
            found.setdefault(other.lower(), one)
        return found


def _check_groups(place: str, shares: Collection[str], groups: Collection[str]) -> None:
    known = ", ".join(groups)
    for name in shares:
        if name not in groups:
            raise ValueError(f"{place}: '{name}' is no group; groups: {known}")
    for name in groups:
        if name not in shares:
            raise ValueError(f"{place}: '{name}' is left out; write 0 to want none")


def check_name(name: str) -> str:
    """The name of an attribute, which a prompt may use as ``{name}``.

    Raises:
        ValueError: it cannot be one.
    """
    if not name.isidentifier() or name in TAKEN:
        raise ValueError(f"'{name}' cannot name a sensitive attribute: use a plain word")
    return name
