"""Word counts of texts that are read again and again, made once.

A candidate's model brings its own vocabulary to the same real texts each time. What the texts hold
is therefore counted once over their own vocabulary, and the columns of the candidate's are picked
from that. The vectorizers here are scikit-learn's, with the same parameters and, to the last bit,
the same results; only ``transform`` looks into the cache. The cache belongs to the process, not to
a vectorizer: clones share it, and a pickle does not carry it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

# Characters of all texts that are kept. Counts of words and word pairs take about 14 bytes for each
# character of BBC News: some 220 MiB when full.
ROOM = 16_000_000
ANALYSIS = (
    "strip_accents", "lowercase", "stop_words", "token_pattern", "ngram_range", "analyzer",
)  # fmt: skip
CUSTOM = ("preprocessor", "tokenizer", "analyzer")  # code of a user: its identity is not known


class TextCache:
    """What was worked out from tuples of texts, the least recently used dropped first.

    Args:
        room: characters of text whose results are kept; a larger tuple is never kept.
    """

    def __init__(self, room: int = ROOM) -> None:
        self.room = room
        self._lock = threading.Lock()
        self._kept: OrderedDict[Any, tuple[int, Any]] = OrderedDict()

    def get(self, texts: tuple[str, ...], how: Any, make: Callable[[], Any]) -> Any:
        """``make()``, or what it gave for equal texts before; not to be changed by the caller.

        Args:
            texts: the texts; they are compared, so that equal hashes cannot be confused.
            how: hashable; everything else that the result depends on.
            make: called once, while other threads wait, as they may be about to ask the same.
        """
        key, size = (how, texts), sum(map(len, texts))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
            made = make()
            if size <= self.room:
                self._kept[key] = (size, made)
                while sum(kept for kept, _ in self._kept.values()) > self.room:
                    self._kept.popitem(last=False)
            return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


CACHE = TextCache()


class _Counts:
    """The counts of some texts over their own vocabulary.

    Attributes:
        matrix: CSR, one line a text.
        vocabulary: column of each term.
    """

    def __init__(self, matrix: Any, vocabulary: Mapping[str, int]) -> None:
        self.matrix = matrix
        self.vocabulary = vocabulary

    def over(self, vocabulary: Mapping[str, int], dtype: Any) -> Any:
        """The counts of the terms of another vocabulary, as a CSR matrix with sorted indices."""
        target: NDArray[np.int32] = np.full(len(self.vocabulary), -1, dtype=np.int32)
        for term, column in vocabulary.items():
            if (own := self.vocabulary.get(term)) is not None:
                target[own] = column
        columns = target[self.matrix.indices]
        kept = columns >= 0
        before = np.concatenate(([0], np.cumsum(kept, dtype=np.int32)))
        found = type(self.matrix)(
            (self.matrix.data[kept].astype(dtype), columns[kept], before[self.matrix.indptr]),
            shape=(self.matrix.shape[0], len(vocabulary)),
        )
        found.sort_indices()
        return found


class CachedCounts(CountVectorizer):  # type: ignore[misc]
    """A CountVectorizer whose ``transform`` counts the same texts once."""

    def transform(self, raw_documents: Iterable[Any]) -> Any:
        """Counts of shape ``(texts, terms)``, as CountVectorizer gives them.

        Texts that cannot be told by their content alone (files, bytes), a user's own tokenizer, and
        more text than the cache has room for go the plain way.
        """
        if isinstance(raw_documents, str):
            return super().transform(raw_documents)  # which says what is wrong
        texts = tuple(raw_documents)
        counts = self._counts(texts) if self._cachable(texts) else None
        if counts is None:
            return super().transform(texts)
        found = counts.over(self.vocabulary_, self.dtype)
        if self.binary:
            found.data.fill(1)
        return found

    def _cachable(self, texts: tuple[Any, ...]) -> bool:
        return (
            self.input == "content"
            and hasattr(self, "vocabulary_")
            and not any(callable(getattr(self, name)) for name in CUSTOM)
            and all(type(text) is str for text in texts)
            and sum(map(len, texts)) <= CACHE.room
        )

    def _counts(self, texts: tuple[str, ...]) -> _Counts | None:
        own = CountVectorizer(**{name: getattr(self, name) for name in ANALYSIS}, dtype=np.int32)

        def count() -> _Counts | None:
            try:
                return _Counts(own.fit_transform(texts), own.vocabulary_)
            except ValueError:  # not one word in any text, or parameters that the plain way refuses
                return None

        found: _Counts | None = CACHE.get(texts, ("counts", repr(own.get_params())), count)
        return found


class CachedTfidf(TfidfVectorizer, CachedCounts):  # type: ignore[misc]
    """A TfidfVectorizer whose ``transform`` counts the same texts once.

    TfidfVectorizer is a CountVectorizer that weighs what ``super()`` counted: ``CachedCounts``.
    """


class CachedHashing(HashingVectorizer):  # type: ignore[misc]
    """A HashingVectorizer whose ``transform`` reads the same texts once."""

    def fit_transform(self, X: Iterable[Any], y: Any = None) -> Any:
        """Hashed counts of training texts; these are not kept, as they seldom come again."""
        return super().transform(X)

    def transform(self, X: Iterable[Any]) -> Any:
        """Hashed counts of shape ``(texts, n_features)``, as HashingVectorizer gives them."""
        plain = super().transform
        if isinstance(X, str):
            return plain(X)  # which says what is wrong
        texts = tuple(X)
        custom = any(callable(getattr(self, name)) for name in CUSTOM)
        if custom or self.input != "content" or not all(type(text) is str for text in texts):
            return plain(texts)
        return CACHE.get(texts, ("hashes", repr(self.get_params())), lambda: plain(texts)).copy()
