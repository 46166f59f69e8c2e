"""Running sums of what a session's calls took, by purpose.

It keeps no calls, so that memory stays flat over any number of them: the journal has each one.
"""

from __future__ import annotations

import threading

from synthlab.records import Call, Usage


class Ledger:
    """Sums of answered calls; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, Usage] = {}
        self._paid: dict[str, Usage] = {}

    def add(self, call: Call) -> None:
        """Count one answered call."""
        with self._lock:
            self._all[call.purpose] = self._all.get(call.purpose, Usage()) + call.usage
            if not call.replayed:
                self._paid[call.purpose] = self._paid.get(call.purpose, Usage()) + call.usage

    def total(self, purpose: str | None = None) -> Usage:
        """What the answers took when they were made, over all purposes or one."""
        return self._sum(self._all, purpose)

    def paid(self, purpose: str | None = None) -> Usage:
        """What this session itself sent and paid; replayed answers cost nothing."""
        return self._sum(self._paid, purpose)

    def _sum(self, sums: dict[str, Usage], purpose: str | None) -> Usage:
        with self._lock:
            chosen = [usage for key, usage in sums.items() if purpose in (None, key)]
        return sum(chosen, Usage())
