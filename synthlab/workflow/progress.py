"""What long work says about itself while it runs; the terminal's view of it is in ``report``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Protocol

from synthlab.comparisons import Estimate
from synthlab.outcomes import Trial
from synthlab.records import Usage
from synthlab.steps import Outlook, Part


class Progress(Protocol):
    """A listener. Calls come from the main thread only and must not raise."""

    def say(self, text: str) -> None:
        """A step that takes a moment began."""

    def ahead(self, outlook: Outlook) -> None:
        """A run starts; what it is likely to make and to cost."""

    def phase(self, name: str, rows: int | None = None) -> None:
        """A part of the run begins: one of ``steps``' phases.

        Args:
            name: which one.
            rows: kept rows that are still to be made, where that is known by now.
        """

    def begin(self, name: str, rows: int, place: str, parts: Sequence[Part] = ()) -> None:
        """Rows of ``name`` are being made.

        Args:
            name: a candidate, or how many there are side by side.
            rows: kept rows wanted, of all of them.
            place: such as "2 of 3" or "3-6 of 20".
            parts: whose rows they are.
        """

    def row(self, usage: Usage, key: str = "") -> None:
        """An LM answered a request of the candidate with the digest ``key``."""

    def kept(self, rows: int, by: Mapping[str, int] | None = None) -> None:
        """So many rows of the current set are kept by now; ``by`` candidates' digests."""

    def end(self, trial: Trial | None) -> None:
        """The current set is finished; its trial, if it was scored."""

    def out(self, name: str, reason: str) -> None:
        """A candidate is out: a race dropped it, or it made no rows that could be scored."""

    def judged(self, name: str, level: Estimate) -> None:
        """A finalist's fresh generations are judged on dev."""

    def note(self, text: str) -> None:
        """Something happened that a person should know."""


class Quiet:
    """Says nothing."""

    def say(self, text: str) -> None: ...

    def ahead(self, outlook: Outlook) -> None: ...

    def phase(self, name: str, rows: int | None = None) -> None: ...

    def begin(self, name: str, rows: int, place: str, parts: Sequence[Part] = ()) -> None: ...

    def row(self, usage: Usage, key: str = "") -> None: ...

    def kept(self, rows: int, by: Mapping[str, int] | None = None) -> None: ...

    def end(self, trial: Trial | None) -> None: ...

    def out(self, name: str, reason: str) -> None: ...

    def judged(self, name: str, level: Estimate) -> None: ...

    def note(self, text: str) -> None: ...


def ranged(numbers: Iterable[int]) -> str:
    """Places as text, ascending: ``3-6``, or ``1, 3-4`` where some are left out."""
    runs = groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in ends)
