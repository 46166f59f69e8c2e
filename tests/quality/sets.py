"""Made-up texts of four classes, and sets that are wrong in one way each."""

from __future__ import annotations

import random
from collections.abc import Sequence

from synthlab.quality.base import Subject
from synthlab.records import Brief, Row

LABELS = ("art", "money", "sport", "tech")
BRIEF = Brief("note", LABELS, {})
COMMON = [f"the{n}" for n in range(150)]
OWN = {label: [f"{label}{n}" for n in range(120)] for label in LABELS}
FOREIGN = [f"other{n}" for n in range(400)]

Pairs = list[tuple[str, str]]


def text(draw: random.Random, own: Sequence[str], common: Sequence[str] = COMMON) -> str:
    """Twelve to twenty words, half of them a class's own; early ones of a list are frequent."""

    def some(words: Sequence[str]) -> str:
        return words[min(int(draw.expovariate(8 / len(words))), len(words) - 1)]

    return " ".join(
        some(own if draw.random() < 0.5 else common) for _ in range(draw.randint(12, 20))
    )


def real(count: int, seed: int = 0) -> Pairs:
    """As many of each class, in turn; another seed gives other rows of the same kind."""
    draw = random.Random(f"real/{seed}")
    labels = [LABELS[n % len(LABELS)] for n in range(count)]
    return [(text(draw, OWN[label]), label) for label in labels]


def deleted(rows: Pairs, share: float = 0.1) -> Pairs:
    """The same texts with some of their words deleted."""
    draw = random.Random(1)
    return [
        (" ".join(word for word in each.split() if draw.random() > share), label)
        for each, label in rows
    ]


def collapsed(rows: Pairs, count: int) -> Pairs:
    """A few of the texts again and again."""
    return [rows[n % (3 * len(LABELS))] for n in range(count)]


def mislabelled(rows: Pairs) -> Pairs:
    """Each text under the next class's name."""
    return [(each, LABELS[(LABELS.index(label) + 1) % len(LABELS)]) for each, label in rows]


def some_mislabelled(rows: Pairs, share: float = 0.3) -> Pairs:
    """Some of the texts under another name."""
    draw = random.Random(2)
    wrong = mislabelled(rows)
    return [bad if draw.random() < share else good for good, bad in zip(rows, wrong, strict=True)]


def foreign(count: int) -> Pairs:
    """Texts of another domain, under these names."""
    draw = random.Random(3)
    words = {label: FOREIGN[at * 100 : at * 100 + 100] for at, label in enumerate(LABELS)}
    labels = [LABELS[n % len(LABELS)] for n in range(count)]
    return [(text(draw, words[label], FOREIGN), label) for label in labels]


def subject(kept: Pairs, against: Pairs, seed: int = 0) -> Subject:
    """Synthetic rows and the real rows that they are measured against."""
    return Subject(BRIEF, rows(kept, "s"), rows(against, "r"), seed=seed)


def rows(pairs: Pairs, start: str) -> tuple[Row, ...]:
    """Pairs as rows."""
    return tuple(Row(f"{start}{n}", {"text": one}, label) for n, (one, label) in enumerate(pairs))
