"""The contract of a search: candidates and an objective in, trials out.

A search never sees the LM, the data or the store. It calls the objective, which may raise: a
failure of the LM or of the scorer ends the run, it never becomes a score of 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, Field

from synthlab.outcomes import Candidate, Trial
from synthlab.records import Brief

IMPROVED, SAME, BUDGET = "improved", "no improvement", "budget"
UNUSABLE, FAILED = "proposals unusable", "failed"
"""Why a search that proposes ended: its attribute ``finish``. ``ending`` says it in a sentence."""


class Trials(Protocol):
    """How candidates are tried: all that a search needs which makes none of its own."""

    def __call__(self, candidate: Candidate, rows_per_class: int | None = None) -> Trial | None:
        """The candidate's trial at so many kept rows of each class.

        Rows that were kept for an earlier, smaller number are kept: a later call pays for the
        missing ones only.

        Args:
            candidate: one of those that the search started with, or that ``change`` made.
            rows_per_class: None, or more than the candidate's own, is its full number.

        Returns:
            None when it could not make rows of every class; that is recorded already.
        """
        ...

    def many(
        self, candidates: Sequence[Candidate], rows_per_class: int | None = None
    ) -> list[Trial | None]:
        """What calling it with each of them in turn gives, with their LM calls side by side.

        Args:
            candidates: different ones, as for a call.
            rows_per_class: as for a call, the same for all.
        """
        ...

    def drop(self, candidate: Candidate, reason: str) -> Trial:
        """End a candidate early: its last trial, with ``out`` set to the reason, logged."""
        ...


SideBySide = Annotated[
    int,
    Field(
        ge=1,
        description="candidates that are generated side by side: fills more calls than one of "
        "few rows can",
    ),
]
"""Type of a search's parameter ``at_once``."""


def many(
    objective: Trials, candidates: Sequence[Candidate], rows: int | None, at_once: int
) -> Iterator[tuple[Candidate, Trial | None]]:
    """Each candidate with its trial, in order, ``at_once`` of them at a time.

    Args:
        objective: asked for the next ones only when those before were taken.
        candidates: different ones.
        rows: kept rows of each class; None for their full number.
        at_once: one: each is called on its own.
    """
    for start in range(0, len(candidates), at_once):
        some = candidates[start : start + at_once]
        one = len(some) == 1
        trials = [objective(some[0], rows)] if one else objective.many(some, rows)
        yield from zip(some, trials, strict=True)


class Objective(Trials, Protocol):
    """What a search may ask of a candidate; the LM, the data and the store stand behind it."""

    def change(
        self, parent: Candidate, changes: Mapping[str, Any], name: str, why: str = ""
    ) -> Candidate:
        """A new candidate: its parent's config with the values of some dotted keys replaced.

        What comes to a candidate that the run has already is that candidate.

        Args:
            parent: a candidate of the run.
            changes: such as ``{"generator.prompts.row": "Write ...", "lm.temperature": 0.7}``;
                a value replaces the whole of what stood at the key.
            name: what the leaderboard shows; a number is put behind one that is taken.
            why: what is meant by it, in one sentence.

        Raises:
            ProposalError: what comes out cannot be run; it says why.
        """
        ...

    def config(self, candidate: Candidate) -> dict[str, Any]:
        """A candidate's config as plain data, with every prompt of its generator as a text."""
        ...

    def ask(self, prompt: str, number: int) -> str:
        """What the reflection LM answers; journalled and counted with the purpose ``reflect``.

        Args:
            prompt: as it is sent.
            number: of the draw: the same prompt and number give the same answer again.

        Raises:
            ProposalError: this prompt has no usable answer; another one may have.
            SynthlabError: the LM failed, or a cap was reached.
        """
        ...

    def reflecting(self, number: int) -> AbstractContextManager[object]:
        """DSPy programs in it run on the reflection LM; ``number`` is their first draw's."""
        ...

    @property
    def brief(self) -> Brief:
        """What may be known of the task."""
        ...

    @property
    def seed(self) -> int:
        """The run's seed."""
        ...


class Search(Protocol):
    """A way through the candidates.

    ``Params`` are checked from the config. ``run`` yields each finished trial as soon as it has
    one, and each dropped one (``trial.out``) when it drops it; higher ``trial.score.f1`` is better.
    A search that does not run all that it is offered also has ``extent``: see ``extent.py``. One
    that puts nothing of dev rows into prompts but findings says ``tells_findings_only = True``:
    ``feedback.privacy`` lets no other in.
    """

    Params: type[BaseModel]

    def __init__(self, params: BaseModel) -> None: ...

    def run(self, start: Sequence[Candidate], objective: Objective) -> Iterator[Trial]: ...
