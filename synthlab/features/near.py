"""Near-duplicate texts in about linear time: MinHash LSH proposes, exact Jaccard decides.

Two texts are near-duplicates when the Jaccard similarity of their sets of word runs reaches the
threshold. What to do about it (drop a row, keep rows in one split) is for the caller. Texts are not
kept, only hashes of their word runs and of their sketches: under a kilobyte for a text of 50 words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from synthlab.features.buckets import Buckets
from synthlab.features.words import shingle_array

_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_RECALL = 0.999  # chance that a pair exactly at the threshold is looked at


class NearIndex:
    """Texts seen so far, and whether a new one is close to one of them.

    Args:
        threshold: Jaccard similarity, in (0, 1], from which two texts are near-duplicates.
        num_perm: MinHash permutations: more of them miss fewer pairs and take longer.
        shingle: words in a run; shorter texts are compared word by word.
    """

    def __init__(self, threshold: float, num_perm: int = 64, shingle: int = 3) -> None:
        self._threshold = threshold
        self._shingle = shingle
        self._empty = MinHash(num_perm=num_perm, hashfunc=_itself, scheme="affine64")
        self._bands = _bands(threshold, num_perm)
        self._buckets = Buckets()
        self._ids: list[str] = []
        self._sets: list[bytes] = []  # an array object would take as much again

    def __len__(self) -> int:
        return len(self._ids)

    def match(self, text: str) -> str | None:
        """The id of the first added text that ``text`` nearly equals, or None."""
        runs, keys = self._sketch(text)
        near = self._near(runs, self._candidates(keys))
        return self._ids[near[0]] if near else None

    def add(self, id: str, text: str) -> None:
        """Remember ``text``; a text without words matches nothing and takes no room."""
        runs, keys = self._sketch(text)
        self._insert(id, runs, keys)

    def _sketch(self, text: str) -> tuple[NDArray[np.uint64], list[int]]:
        """The runs of a text, and a key for each band of their sketch."""
        runs = shingle_array(text, self._shingle)
        if not runs.size:
            runs = shingle_array(text, 1)
        sketch = self._empty.copy()
        sketch.update_batch(runs.tolist())
        return runs, _band_keys(sketch.hashvalues, *self._bands)

    def _insert(self, id: str, runs: NDArray[np.uint64], keys: list[int]) -> None:
        if runs.size:
            self._buckets.add(keys, len(self._ids))
        self._ids.append(id)
        self._sets.append(runs.tobytes())

    def _candidates(self, keys: list[int]) -> list[int]:
        return sorted(self._buckets.find(keys))

    def _near(self, runs: NDArray[np.uint64], positions: Sequence[int]) -> list[int]:
        """Those of ``positions`` that reach the threshold, worked out for all of them at once."""
        if not positions or not runs.size:
            return []
        sets = [self._sets[position] for position in positions]
        sizes = np.array([len(each) for each in sets]) // runs.itemsize
        joined = np.frombuffer(b"".join(sets), np.uint64)
        hits = runs[np.searchsorted(runs, joined).clip(max=runs.size - 1)] == joined
        both = np.add.reduceat(hits.astype(np.int64), np.cumsum(sizes) - sizes)
        near = both / (sizes + runs.size - both) >= self._threshold
        return [position for position, yes in zip(positions, near, strict=True) if yes]


def near_groups(texts: Sequence[str], threshold: float) -> list[int]:
    """A group number for each text: texts joined by a chain of near-duplicates share it.

    Numbers count from 0 in the order in which groups first appear.
    """
    index = NearIndex(threshold)
    parent = list(range(len(texts)))
    for here, text in enumerate(texts):
        runs, keys = index._sketch(text)
        for there in index._near(runs, index._candidates(keys)):
            low, high = sorted((_root(parent, here), _root(parent, there)))
            parent[high] = low
        index._insert(str(here), runs, keys)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(_root(parent, i), len(numbers)) for i in range(len(texts))]


def _itself(value: int) -> int:
    return value


def _bands(threshold: float, num_perm: int) -> tuple[int, int]:
    """Bands and rows per band: as many rows as still propose nearly every true pair."""
    rows = 1
    for r in range(2, num_perm // 2 + 1):
        if 1 - (1 - threshold**r) ** (num_perm // r) >= _RECALL:
            rows = r
    return num_perm // rows, rows


def _band_keys(hashes: NDArray[np.uint64], bands: int, rows: int) -> list[int]:
    """One well mixed number for each band; equal bands at another place have another."""
    keys = np.arange(bands, dtype=np.uint64)
    for row in hashes[: bands * rows].astype(np.uint64).reshape(bands, rows).T:
        keys = (keys ^ row) * _MIX
        keys ^= keys >> _SHIFT
    return [int(key) for key in keys]


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
