"""The contract of a search: candidates and an objective in, trials out.

A search never sees the LM, the data or the store. It calls the objective, which may raise: a
failure of the LM or of the scorer ends the run, it never becomes a score of 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from pydantic import BaseModel

from synthlab.outcomes import Candidate, Trial


class Objective(Protocol):
    """What a search may ask of a candidate; the LM, the data and the store stand behind it."""

    def __call__(self, candidate: Candidate, rows_per_class: int | None = None) -> Trial | None:
        """The candidate's trial at so many kept rows of each class.

        Rows that were kept for an earlier, smaller number are kept: a later call pays for the
        missing ones only.

        Args:
            candidate: one of those that the search started with.
            rows_per_class: None, or more than the candidate's own, is its full number.

        Returns:
            None when it could not make rows of every class; that is recorded already.
        """
        ...

    def drop(self, candidate: Candidate, reason: str) -> Trial:
        """End a candidate early: its last trial, with ``out`` set to the reason, logged."""
        ...


class Search(Protocol):
    """A way through the candidates.

    ``Params`` are checked from the config. ``run`` yields each finished trial as soon as it has
    one, and each dropped one (``trial.out``) when it drops it; higher ``trial.score.f1`` is better.
    """

    Params: type[BaseModel]

    def __init__(self, params: BaseModel) -> None: ...

    def run(self, start: Sequence[Candidate], objective: Objective) -> Iterator[Trial]: ...
