"""Numbers by 64-bit key, in two flat arrays: 20 to 40 bytes a key, a tenth of a dict of sets.

An open hash table with linear probing. Keys must be well mixed; nothing is ever taken out.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

FREE = -1
# Share of the slots that may be taken before the table is doubled.
FULL = 0.6


class Buckets:
    """Which numbers were added under a key."""

    def __init__(self, slots: int = 1024) -> None:
        self._clear(slots)
        self._more: dict[int, array[int]] = {}  # all numbers of a key but its first
        self._taken = 0

    def find(self, keys: Iterable[int]) -> set[int]:
        """Every number that was added under one of ``keys``."""
        found = set()
        for key in keys:
            first = self._first[self._slot(key)]
            if first != FREE:
                found.add(first)
                found.update(self._more.get(key, ()))
        return found

    def add(self, keys: Iterable[int], number: int) -> None:
        """Add ``number``, from 0 to 2**31 - 1, under each of ``keys``."""
        for key in keys:
            slot = self._slot(key)
            if self._first[slot] != FREE:
                self._more.setdefault(key, array("i")).append(number)
                continue
            self._keys[slot], self._first[slot] = key, number
            self._taken += 1
            if self._taken > FULL * len(self._first):
                self._double()

    def _slot(self, key: int) -> int:
        """The slot that holds a key, or the free one where it would be put."""
        keys, first = self._keys, self._first
        mask = len(first) - 1
        slot = key & mask
        while first[slot] != FREE and keys[slot] != key:
            slot = (slot + 1) & mask
        return slot

    def _clear(self, slots: int) -> None:
        self._keys = array("Q", [0]) * slots
        self._first = array("i", [FREE]) * slots

    def _double(self) -> None:
        keys, first = self._keys, self._first
        self._clear(2 * len(first))
        for key, number in zip(keys, first, strict=True):
            if number != FREE:
                slot = self._slot(key)
                self._keys[slot], self._first[slot] = key, number
