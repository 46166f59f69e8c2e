"""The contract of a search: candidates and an objective in, trials out.

A search never sees the LM, the data or the store. It calls the objective, which may raise: a
failure of the LM or of the scorer ends the run, it never becomes a score of 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from pydantic import BaseModel

from synthlab.outcomes import Candidate, Trial

Objective = Callable[[Candidate], Trial | None]
"""A candidate's trial, or None when it could not make rows of every class (already recorded)."""


class Search(Protocol):
    """A way through the candidates.

    ``Params`` are checked from the config. ``run`` yields each finished trial as soon as it has
    one; higher ``trial.score.f1`` is better.
    """

    Params: type[BaseModel]

    def __init__(self, params: BaseModel) -> None: ...

    def run(self, start: Sequence[Candidate], objective: Objective) -> Iterator[Trial]: ...
