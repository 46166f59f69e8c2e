"""How many runs of words a text shares with a collection of texts.

Only hashes are kept, so the collection's texts cannot be read back. The leak guard of the splits
and the overlap step of curation both ask here.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from synthlab.features.words import shingle_array


class SharedRuns:
    """An index of the runs of ``n`` words in ``texts``; shorter texts are not in it.

    Args:
        texts: what to index.
        n: words in a run, 1 or more.
        hashes: further runs, as ``features.words.shingles`` gives them for the same ``n``.
        without: texts whose runs are taken out of the index again.
    """

    def __init__(
        self,
        texts: Iterable[str],
        n: int,
        hashes: Iterable[int] = (),
        without: Iterable[str] = (),
    ) -> None:
        self.n = n
        known = np.union1d(_runs(texts, n), np.fromiter(hashes, dtype=np.uint64))
        self._known = np.setdiff1d(known, _runs(without, n), assume_unique=True)

    def __len__(self) -> int:
        return int(self._known.size)

    def count(self, text: str) -> tuple[int, int]:
        """Distinct runs of ``text`` that are in the index, and distinct runs of ``text``."""
        runs = shingle_array(text, self.n)
        if not self._known.size:
            return 0, int(runs.size)
        places = np.searchsorted(self._known, runs).clip(max=self._known.size - 1)
        return int((self._known[places] == runs).sum()), int(runs.size)


def _runs(texts: Iterable[str], n: int) -> NDArray[np.uint64]:
    parts = [shingle_array(text, n) for text in texts]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)
