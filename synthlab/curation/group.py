"""``group``: drop a text that tells another group of people than its request asked for.

A prompt is a wish; this makes the quotas of ``task.sensitive`` true, at the price of more requests,
as each cell of class and group is filled up again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from synthlab.curation.base import Known
from synthlab.curation.labeller import Labeller
from synthlab.errors import ConfigError
from synthlab.features.lexicon import NONE, group_of
from synthlab.groups import Sensitive

OTHER, UNKNOWN = "not the group asked for", "no group can be told"


class Group:
    """Drops a text unless the group it tells is the one that its request asked for.

    The declared words tell the group. Where an attribute has none, a model of the real rows' groups
    does, which errs more: ``synthlab audit`` tells how often on dev rows.
    """

    keeps: ClassVar[float] = 0.7
    """Share of rows that it usually lets through, of a small model's."""

    class Params(BaseModel):
        """What becomes of a text that tells no group."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        unknown: Literal["drop", "keep"] = Field(
            default="drop",
            description="A text without a declared word, or with as many of two groups: drop keeps "
            "the quotas exact, keep spends fewer requests.",
        )

    def __init__(self, params: Params, real: Known) -> None:
        self.params = params
        self._sensitive = {item.name: item for item in real.sensitive}
        self._models = {
            name: _fitted(name, real.grouped.get(name, ()))
            for name, item in self._sensitive.items()
            if not item.has_words
        }

    @classmethod
    def from_state(cls, params: Params, real: Known, state: Mapping[str, Any]) -> Self:
        """The step as ``dump_state`` wrote it down; it looks at no real row."""
        made = cls.__new__(cls)
        made.params = params
        made._sensitive = {item.name: item for item in real.sensitive}
        made._models = {name: Labeller.from_state(each) for name, each in state.items()}
        return made

    def dump_state(self) -> dict[str, Any]:
        """The models of attributes without words; the words are in the brief."""
        return {name: dict(model.dump_state()) for name, model in self._models.items()}

    def check(self, text: str, label: str) -> str | None:
        """Nothing was asked for."""
        return None

    def check_asked(self, text: str, label: str, asked: Mapping[str, str]) -> str | None:
        for name, item in self._sensitive.items():
            if name not in asked:
                continue
            found = self._told(text, item)
            if found == NONE and self.params.unknown == "keep":
                continue
            if found != asked[name]:
                return UNKNOWN if found == NONE else OTHER
        return None

    def keep(self, text: str) -> None:
        """Nothing to remember."""

    def _told(self, text: str, item: Sensitive) -> str:
        model = self._models.get(item.name)
        return group_of(text, item) if model is None else likeliest(model, text)


def likeliest(model: Labeller, text: str) -> str:
    """The most probable group; none of a text of which the model knows no word."""
    found = model.proba(text)
    best = max(found, key=lambda name: found[name])
    return best if list(found.values()).count(found[best]) == 1 else NONE


def _fitted(name: str, grouped: tuple[tuple[str, str], ...]) -> Labeller:
    """A model of real rows' groups.

    Raises:
        ConfigError: real rows of fewer than two groups may be trained on.
    """
    if len({group for _, group in grouped}) < 2:
        raise ConfigError(
            f"group: no words tell the groups of '{name}', and no real rows of two groups may be "
            "trained on",
            f"give words to the groups of task.sensitive.{name}, or allow real rows with "
            "task.real_rows: train (seed and dev) or seed",
        )
    texts, groups = zip(*grouped, strict=True)
    return Labeller.fit(texts, groups)
