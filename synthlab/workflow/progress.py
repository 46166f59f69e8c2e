"""What long work says about itself while it runs; the terminal's view of it is in ``report``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Protocol

from synthlab.outcomes import Trial
from synthlab.records import Usage


class Progress(Protocol):
    """A listener. Calls come from the main thread only and must not raise."""

    def say(self, text: str) -> None:
        """A step that takes a moment began."""

    def begin(self, name: str, rows: int, place: str) -> None:
        """Rows of ``name`` are being made; ``place`` is such as "2 of 3" or "3-6 of 20"."""

    def row(self, usage: Usage) -> None:
        """An LM answered a request."""

    def kept(self, rows: int) -> None:
        """So many rows of the current set are kept by now."""

    def end(self, trial: Trial | None) -> None:
        """The current set is finished; its trial, if it was scored."""

    def note(self, text: str) -> None:
        """Something happened that a person should know."""


class Quiet:
    """Says nothing."""

    def say(self, text: str) -> None: ...

    def begin(self, name: str, rows: int, place: str) -> None: ...

    def row(self, usage: Usage) -> None: ...

    def kept(self, rows: int) -> None: ...

    def end(self, trial: Trial | None) -> None: ...

    def note(self, text: str) -> None: ...


def ranged(numbers: Iterable[int]) -> str:
    """Places as text, ascending: ``3-6``, or ``1, 3-4`` where some are left out."""
    runs = groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in ends)
