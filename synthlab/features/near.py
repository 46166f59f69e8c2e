"""Near-duplicate texts in about linear time: MinHash LSH proposes, exact Jaccard decides.

Two texts are near-duplicates when the Jaccard similarity of their sets of word runs reaches the
threshold. What to do about it (drop a row, keep rows in one split) is for the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from synthlab.features.words import shingle_array

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
        self._lsh = MinHashLSH(num_perm=num_perm, params=_bands(threshold, num_perm))
        self._ids: list[str] = []
        self._sets: list[NDArray[np.uint64]] = []

    def __len__(self) -> int:
        return len(self._ids)

    def match(self, text: str) -> str | None:
        """The id of the first added text that ``text`` nearly equals, or None."""
        runs, sketch = self._sketch(text)
        near = self._near(runs, self._candidates(sketch))
        return self._ids[near[0]] if near else None

    def add(self, id: str, text: str) -> None:
        """Remember ``text``; a text without words matches nothing and takes no room."""
        runs, sketch = self._sketch(text)
        self._insert(id, runs, sketch)

    def _sketch(self, text: str) -> tuple[NDArray[np.uint64], Any]:
        runs = shingle_array(text, self._shingle)
        if not runs.size:
            runs = shingle_array(text, 1)
        sketch = self._empty.copy()
        sketch.update_batch(runs.tolist())
        return runs, sketch

    def _insert(self, id: str, runs: NDArray[np.uint64], sketch: Any) -> None:
        if runs.size:
            self._lsh.insert(len(self._ids), sketch)
        self._ids.append(id)
        self._sets.append(runs)

    def _candidates(self, sketch: Any) -> list[int]:
        # Sorted: the order of a set is not the same in every process.
        return sorted(self._lsh.query(sketch))

    def _near(self, runs: NDArray[np.uint64], positions: Sequence[int]) -> list[int]:
        """Those of ``positions`` that reach the threshold, worked out for all of them at once."""
        if not positions or not runs.size:
            return []
        sets = [self._sets[position] for position in positions]
        sizes = np.array([each.size for each in sets])
        joined = np.concatenate(sets)
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
        runs, sketch = index._sketch(text)
        for there in index._near(runs, index._candidates(sketch)):
            low, high = sorted((_root(parent, here), _root(parent, there)))
            parent[high] = low
        index._insert(str(here), runs, sketch)
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


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
