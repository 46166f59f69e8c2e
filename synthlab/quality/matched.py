"""Synthetic and real rows made comparable: equal rows of each class, and equal words.

Most figures of a set of texts change with its size and with the length of its texts. What is drawn
here depends on the texts and the seed, not on the order in which rows come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlab.features.words import words
from synthlab.quality.base import Subject
from synthlab.records import Row, draw_seed


@dataclass(frozen=True)
class Matched:
    """As many synthetic as real rows of one class, each pair cut to the same number of words.

    Attributes:
        label: the class.
        made: the words of each synthetic row.
        real: the words of each real row.
    """

    label: str
    made: tuple[tuple[str, ...], ...]
    real: tuple[tuple[str, ...], ...]


def drawn(rows: Sequence[Row], texts: Sequence[str], count: int, seed: int) -> list[int]:
    """Places of ``count`` rows, or all of them, in an order that depends on texts and seed only."""
    keys = [(draw_seed(seed, row.label, text), text) for row, text in zip(rows, texts, strict=True)]
    return sorted(range(len(rows)), key=lambda place: keys[place])[:count]


def matched(subject: Subject, most: int) -> list[Matched]:
    """The classes that have both kinds of row, in the brief's order.

    Args:
        subject: whose rows.
        most: rows of a class that are drawn.
    """
    made, real = _by_class(subject, subject.kept), _by_class(subject, subject.real)
    found = []
    for label in subject.brief.labels:
        count = min(len(made[label]), len(real[label]), most)
        if count:
            pair = [_drawn(side[label], label, count, subject.seed) for side in (made, real)]
            found.append(Matched(label, *_paired(*pair)))
    return found


def equals(subject: Subject) -> tuple[list[Row], list[Row]]:
    """As many synthetic as real rows of each class that has both: all of the fewer, whole."""
    sides: tuple[list[Row], list[Row]] = ([], [])
    for label in subject.brief.labels:
        pair = [
            [row for row in rows if row.label == label] for rows in (subject.kept, subject.real)
        ]
        count = min(map(len, pair))
        for side, rows in zip(sides, pair, strict=True):
            places = drawn(rows, subject.texts(rows), count, subject.seed)
            side += [rows[place] for place in sorted(places)]
    return sides


def _by_class(subject: Subject, rows: Sequence[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {label: [] for label in subject.brief.labels}
    for row, text in zip(rows, subject.texts(rows), strict=True):
        if row.label in found:
            found[row.label].append(text)
    return found


def _drawn(texts: Sequence[str], label: str, count: int, seed: int) -> list[list[str]]:
    order = sorted(texts, key=lambda text: (draw_seed(seed, label, text), text))
    return [words(text) for text in order[:count]]


def _paired(
    made: list[list[str]], real: list[list[str]]
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Rows paired by length, the longest with the longest, and cut to the shorter of the two."""
    pairs = list(zip(sorted(made, key=len), sorted(real, key=len), strict=True))
    lengths = [min(len(a), len(b)) for a, b in pairs]
    ones = tuple(tuple(a[:n]) for (a, _), n in zip(pairs, lengths, strict=True))
    others = tuple(tuple(b[:n]) for (_, b), n in zip(pairs, lengths, strict=True))
    return ones, others
