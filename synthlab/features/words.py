"""Text as folded words and as hashes of runs of words.

Everything here is the same in every process and on every machine: no salted ``hash()``. It knows
nothing of rows or labels; ``features/near.py`` and ``features/shared.py`` build on it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Scripts that put no space between words: each character counts as a word.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class _Folding(dict[int, str]):
    """For ``str.translate``: what each character becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = self._fold(chr(code), code)
        return folded

    @staticmethod
    def _fold(char: str, code: int) -> str:
        category = unicodedata.category(char)
        if category == "Cf":  # joiners and soft hyphens stand inside a word
            return ""
        # Currency and emoji (Sc, So) carry meaning and stay.
        if category[0] in "PZ" or category in {"Cc", "Cs", "Sk", "Sm"}:
            return " "
        if any(low <= code <= high for low, high in _UNSPACED):
            return f" {char} "
        return char


_FOLDING = _Folding()


def fold(text: str) -> str:
    """``text`` in lower case, without punctuation, words parted by one space."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.translate(_FOLDING).split())


def fold_key(text: str) -> str:
    """What two texts share when they are the same: the folding, or the text if none is left."""
    return fold(text) or " ".join(text.split())


def words(text: str) -> list[str]:
    """The folded words of ``text``, in order."""
    return fold(text).split()


@lru_cache(maxsize=1 << 16)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")


def shingle_array(text: str, n: int) -> NDArray[np.uint64]:
    """The distinct 64-bit hashes of the runs of ``n`` words of ``text``, sorted.

    Empty when ``text`` has fewer than ``n`` words.
    """
    hashes = np.fromiter((_word_hash(word) for word in words(text)), dtype=np.uint64)
    runs = hashes.size - n + 1
    if runs < 1:
        return np.empty(0, dtype=np.uint64)
    total = np.zeros(runs, dtype=np.uint64)
    for offset in range(n):  # a polynomial in the word hashes, modulo 2**64: the order counts
        total = total * _MULTIPLIER + hashes[offset : offset + runs]
    return np.unique(total)


def shingles(text: str, n: int) -> set[int]:
    """``shingle_array`` as a set."""
    return set(shingle_array(text, n).tolist())
