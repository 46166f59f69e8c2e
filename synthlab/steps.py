"""What a run says of itself while it runs, as records: what is being made, and what is ahead.

Who says it when stands in ``workflow/progress.py``; how it looks, in ``report/progress.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from synthlab.records import Usage

SEARCH, FINALS, TEST = "search", "finals", "test"
"""The phases of a run."""


@dataclass(frozen=True, slots=True)
class Part:
    """A candidate's share of the rows that are being made now.

    Attributes:
        key: digest of the candidate, as it stands in its rows' lineage.
        rows: kept rows wanted of it, all classes together, those of earlier rungs included.
        kept: rows that it has already.
        rung: kept rows of each class wanted now.
        full: kept rows of each class that it would have in the end.
        parent: the candidate that a search made it from; empty for one of the config's.
        generation: number of its fresh generation, from 1; 0 for the search's own.
        generations: how many fresh ones there will be.
    """

    key: str
    name: str
    rows: int
    kept: int = 0
    rung: int = 0
    full: int = 0
    parent: str = ""
    generation: int = 0
    generations: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is ahead of a run when it starts.

    Attributes:
        candidates: how many are tried, at most.
        rows: kept rows that search and finals are likely to make.
        minutes: LM time that they are likely to take.
        usd: what they are likely to cost; None where a price is not known.
        caps: of the run's budget: usd, tokens, calls, minutes, as far as they are set.
        paid: what the run has paid so far; asked from the main thread.
    """

    name: str
    candidates: int
    rows: int
    minutes: float
    usd: float | None
    caps: Mapping[str, float] = field(default_factory=dict)
    paid: Callable[[], Usage] = Usage
