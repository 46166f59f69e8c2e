"""What long work says about itself while it runs; the terminal's view of it is in ``report``."""

from __future__ import annotations

from typing import Protocol

from synthlab.outcomes import Trial
from synthlab.records import Usage


class Progress(Protocol):
    """A listener. Calls come from the main thread only and must not raise."""

    def say(self, text: str) -> None:
        """A step that takes a moment began."""

    def begin(self, name: str, rows: int, place: str) -> None:
        """Rows of ``name`` are being made; ``place`` is such as "2 of 3"."""

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
