"""How much of what it is offered a search runs: for estimates and progress, before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlab.outcomes import Candidate


@dataclass(frozen=True, slots=True)
class Extent:
    """Bounds that hold whatever the scores are.

    Attributes:
        tried: candidates that are tried, at most.
        least: share (0 to 1) of the rows of ``tried`` whole candidates that is made at least.
        most: the same at most.
        notes: what a user should know of it, a sentence each.
        proposer: who makes new candidates; empty for a search that makes none.
        asks: questions to the reflection LM, if every proposal can be used; None: not known.
    """

    tried: int
    least: float = 1.0
    most: float = 1.0
    notes: tuple[str, ...] = ()
    proposer: str = ""
    asks: int | None = 0


def extent_of(search: object, start: Sequence[Candidate]) -> Extent:
    """What ``search.extent(start)`` says; all of them where a search has no such method."""
    known = getattr(search, "extent", None)
    found: Extent = known(start) if known else Extent(len(start))
    return found


def proposed(given: int, most: int, by: str, asks: int | None = None) -> Extent:
    """Of a search that tries ``given`` candidates and makes up to ``most`` of its own.

    ``asks`` is how often it asks the reflection LM for one, where that is known.
    """
    note = f"up to {most} new candidates are proposed by {by}"
    questions = None if asks is None else asks * most
    return Extent(given + most, given / max(1, given + most), 1.0, (note,), by, questions)


def counted(name: str, trials: int, offered: int) -> tuple[str, ...]:
    """What there is to say about a search that tries ``trials`` of ``offered`` combinations."""
    if offered == 1:
        return (f"{name} has nothing to choose from: the config sweeps over no values",)
    if trials < offered:
        return (f"{name} tries {trials} of the {offered} combinations",)
    if trials > offered:
        return (f"{name} tries all {offered} combinations: there are no {trials}",)
    return ()
