"""What a curation step is: one reason why a synthetic row is not kept.

Steps judge one text at a time and never raise for a bad one. Their order, and what happens to the
rows, belongs to ``curator.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from synthlab.groups import Sensitive
from synthlab.records import Usage


@dataclass(frozen=True)
class Known:
    """The real rows that steps may know.

    Attributes:
        texts: of the seed and dev rows.
        labelled: text and label of those rows of them that may be trained on.
        labels: every class.
        names: the words that stand for a class in a prompt, by class.
        document: what one row is, in words.
        sensitive: the declared attributes whose groups rows are asked for.
        grouped: text and group of those rows that may be trained on, by attribute; of attributes
            that no words tell.
    """

    texts: tuple[str, ...] = ()
    labelled: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    document: str = "text"
    sensitive: tuple[Sensitive, ...] = ()
    grouped: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


class Step(Protocol):
    """Built-in and user classes alike.

    The class holds its settings as a nested pydantic model ``Params`` that forbids unknown keys.

    Args:
        params: the step's own ``Params``, checked.
        real: the real rows that may be seen.

    Raises:
        ConfigError: real rows that the step needs and does not get.

    ``check`` gives None for a text that may be kept as a row of the class ``label``, or a reason: a
    few words that are the same for every text of the kind, without numbers, since drops are counted
    by it. It changes nothing.
    ``keep`` is called once for each text that every step accepted, in order; a step that compares
    rows with each other remembers them there.

    A class may say in ``keeps`` which share of rows it usually lets through, for estimates.
    """

    def __init__(self, params: Any, real: Known) -> None: ...

    def check(self, text: str, label: str) -> str | None: ...

    def keep(self, text: str) -> None: ...


class Relabelling(Step, Protocol):
    """A step that may give a text another class; the steps after it judge the text as of that one.

    ``label`` gives the class that the text is taken for, which may be the one that it has.
    """

    def label(self, text: str, label: str) -> str: ...


class Weighing(Step, Protocol):
    """A step that may let a text count for less than another one where a classifier is trained.

    ``weigh`` gives what it counts, from 0, as a row of the class that it is kept as; the weights
    of several steps are multiplied. Such a step needs a classifier that takes weights; a class that
    weighs with some parameters only has a static method ``weighs`` that says whether with these.
    """

    def weigh(self, text: str, label: str) -> float: ...


@dataclass(frozen=True)
class Answer:
    """What an LM said to a question; empty where it gave no text.

    Attributes:
        usage: what asking took.
    """

    text: str
    usage: Usage = field(default_factory=Usage)


class Questioning(Step, Protocol):
    """A step that asks an LM about some texts, once the steps before it have accepted these.

    ``question`` gives the prompt, or None where it need not ask; ``hear`` is told the answers by
    text, before any of these texts is checked. Who asks is for the caller of the curator: a text
    that was not asked about, or got no answer, is not in them.

    Attributes:
        lm: the LM to be asked, as the section ``lm`` of a config; None: the one that writes rows.
        tokens: the longest answer, in tokens.
    """

    lm: Mapping[str, Any] | None
    tokens: int

    def question(self, text: str, label: str) -> str | None: ...

    def hear(self, answers: Mapping[str, str]) -> None: ...


Ask = Callable[[Questioning, Sequence[str]], Sequence[Answer]]
"""A step and its questions -> an answer to each, in order."""


class Asking(Step, Protocol):
    """A step that holds a text against what its request asked for, instead of ``check``.

    ``check_asked`` is ``check`` with the attributes of the request: what was drawn for the row.
    """

    def check_asked(self, text: str, label: str, asked: Mapping[str, str]) -> str | None: ...


class Lasting(Step, Protocol):
    """A step that learns from the real rows, and must work in a promoted generator without them.

    ``dump_state`` gives what it learnt as plain data, as JSON takes it; no text of a real row may
    be in it. ``from_state`` makes a step from that in place of real rows.
    """

    def dump_state(self) -> Mapping[str, Any]: ...

    @classmethod
    def from_state(cls, params: Any, real: Known, state: Mapping[str, Any]) -> Self: ...
