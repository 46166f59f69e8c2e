"""What a curation step is: one reason why a synthetic row is not kept.

Steps judge one text at a time and never raise for a bad one. Their order, and what happens to the
rows, belongs to ``curator.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Step(Protocol):
    """Built-in and user classes alike.

    The class holds its settings as a nested pydantic model ``Params`` that forbids unknown keys.

    Args:
        params: the step's own ``Params``, checked.
        real: texts of the real rows that may be seen (seed and dev).

    ``check`` gives None for a text that may be kept, or a reason: a few words that are the same
    for every text of the kind, without numbers, since drops are counted by it. It changes nothing.
    ``keep`` is called once for each text that every step accepted, in order; a step that compares
    rows with each other remembers them there.
    """

    def __init__(self, params: Any, real: Sequence[str]) -> None: ...

    def check(self, text: str) -> str | None: ...

    def keep(self, text: str) -> None: ...
