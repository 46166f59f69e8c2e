"""The sealed test split: real rows that nobody reads before the finals.

What is free: how many rows, of which classes, a digest, and hashes of word runs for the leak guard.
The rows themselves come out of ``open`` inside ``with finals():`` only, and each time is counted.
This guards against mistakes, not against someone who means to look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import NoReturn, SupportsIndex

from synthlab.errors import SealedError
from synthlab.features.words import shingles
from synthlab.records import Row, digest

_finals: ContextVar[bool] = ContextVar("synthlab_finals", default=False)


@contextmanager
def finals() -> Iterator[None]:
    """The part of a run in which test may be opened; other threads stay outside of it."""
    token = _finals.set(True)
    try:
        yield
    finally:
        _finals.reset(token)


class SealedTest:
    """Test rows behind a seal.

    Args:
        rows: the test split.
        field: name of the text field.

    ``open`` raises ``SealedError`` outside ``finals``; iterating, indexing, copying and pickling
    always do.
    """

    __slots__ = ("__field", "__reasons", "__rows")

    def __init__(self, rows: Sequence[Row], field: str) -> None:
        self.__rows = tuple(rows)
        self.__field = field
        self.__reasons: list[str] = []

    def open(self, reason: str) -> tuple[Row, ...]:
        """The rows. ``reason`` is kept in ``reasons``, and the read is counted."""
        if not _finals.get():
            raise SealedError(
                f"the test split was opened outside the finals ({reason})",
                "compare candidates on dev; test is for the few that are left at the end",
            )
        if not reason.strip():
            raise SealedError("the test split was opened without a reason", "say what for")
        self.__reasons.append(reason)
        return self.__rows

    @property
    def reads(self) -> int:
        """How often the rows were opened."""
        return len(self.__reasons)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why they were opened, a text for each read."""
        return tuple(self.__reasons)

    @property
    def digest(self) -> str:
        """Hash of the ids, whatever their order."""
        return digest(sorted(row.id for row in self.__rows))

    @property
    def labels_count(self) -> Mapping[str, int]:
        """Rows of each class."""
        counts = Counter(row.label for row in self.__rows)
        return MappingProxyType(dict(sorted(counts.items())))

    def shingles(self, n: int) -> frozenset[int]:
        """Hashes of the runs of ``n`` words; no text can be read from them."""
        return frozenset().union(*(shingles(row.values[self.__field], n) for row in self.__rows))

    def __len__(self) -> int:
        return len(self.__rows)

    def __repr__(self) -> str:
        return f"SealedTest({len(self)} rows, digest {self.digest}, reads {self.reads})"

    def __iter__(self) -> NoReturn:
        self.__refuse("iterated over")

    def __getitem__(self, place: object) -> NoReturn:
        self.__refuse("indexed")

    def __contains__(self, item: object) -> NoReturn:
        self.__refuse("searched")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        self.__refuse("copied or pickled")

    def __refuse(self, how: str) -> NoReturn:
        raise SealedError(f"the test split was {how}", "call open(reason) inside `with finals():`")
