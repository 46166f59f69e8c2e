"""How many real rows of each class hold which words: what a part can be told in place of rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from synthlab.feedback.telling import TOKEN

_TOKEN = re.compile(TOKEN)


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of rows, exact or noisy.

    Attributes:
        rows: of each class.
        words: rows that hold a word, by class and word; a word that is not there is not told.
    """

    rows: Mapping[str, int]
    words: Mapping[str, Mapping[str, int]]


def words_of(text: str) -> list[str]:
    """The different words of a text that may be told, in the order in which it has them."""
    found = dict.fromkeys(_TOKEN.findall(text.lower()))
    return [word for word in found if word not in ENGLISH_STOP_WORDS]


def count(
    rows: Iterable[tuple[str, str]], classes: Iterable[str], most: int | None = None
) -> Counts:
    """Exact counts.

    Args:
        rows: ``(label, text)``.
        classes: every class; a row of another one is not counted.
        most: so many words of a row count, its first ones; None: all.
    """
    sizes = dict.fromkeys(classes, 0)
    words: dict[str, Counter[str]] = {label: Counter() for label in sizes}
    for label, text in rows:
        if label in sizes:
            sizes[label] += 1
            words[label].update(words_of(text)[:most])
    return Counts(sizes, words)


def shared(counts: Counts, least: int) -> Counts:
    """Without the words that fewer than ``least`` rows of the class hold."""
    words = {
        label: {word: n for word, n in sorted(own.items()) if n >= least}
        for label, own in counts.words.items()
    }
    return Counts(counts.rows, words)
