"""The list of answered calls: the one place that knows what a run has taken so far.

It keeps calls in memory. It refuses no request and knows no budget.
"""

from __future__ import annotations

import threading

from synthlab.records import Call, Usage


class Ledger:
    """Calls in the order they were answered; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Keep one answered call."""
        with self._lock:
            self._calls.append(call)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call so far."""
        with self._lock:
            return tuple(self._calls)

    def total(self, purpose: str | None = None) -> Usage:
        """The sum over all calls, or over those of one purpose."""
        chosen = (c.usage for c in self.calls if purpose is None or c.purpose == purpose)
        return sum(chosen, Usage())
