"""The quality panel of sets with one known fault each, made of real articles.

    python experiments/quality/constructed.py

Pieces of 60 words of BBC News articles stand for all rows; no LM is asked. A set of other real
pieces is the control: nothing of it should be bad.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console, Group

from synthlab.measures import Panel
from synthlab.quality.base import Skip, Subject
from synthlab.records import Row
from synthlab.registry import TABLE, resolve
from synthlab.report.panel import whole_panels

sys.path.insert(0, str(Path(__file__).parent))
from bench import subject, worn

ROWS = 200
PII = "Write to j{n}@mailbox.org or call 020 7946 {n:04}."
NEED_MORE = {"presidio"}


def main() -> None:
    about = subject(ROWS, 400, 60, copies=False)
    panels = {name: panel(replace(about, kept=tuple(rows))).as_dict() for name, rows in sets(about)}
    names = list(panels)
    console = Console(width=120)
    for part in (names[:4], names[4:]):
        console.print(Group(*whole_panels({name: panels[name] for name in part})[:1]))


def sets(about: Subject) -> list[tuple[str, list[Row]]]:
    """Each fault by its name."""
    real, seed = list(about.kept), list(about.source)[:ROWS]
    draw = random.Random(0)
    labels = [row.label for row in real]
    draw.shuffle(labels)
    first = {row.label: text(row) for row in reversed(real)}
    return [
        ("other real rows", real),
        ("10% deleted", [said(row, thinner(text(row), n)) for n, row in enumerate(seed)]),
        ("one row a class", [said(row, first[row.label]) for row in real]),
        ("labels drawn", [replace(row, label=own) for row, own in zip(real, labels, strict=True)]),
        ("words shuffled", [said(row, worn(text(row), n, 0.5)) for n, row in enumerate(real)]),
        ("5% copies", [*seed[: ROWS // 20], *real[ROWS // 20 :]]),
        (
            "invented PII",
            [said(row, f"{text(row)} {PII.format(n=n)}") for n, row in enumerate(real)],
        ),
    ]


def text(row: Row) -> str:
    """What the row says."""
    return str(row.values["text"])


def said(row: Row, words: str) -> Row:
    """The row with another text."""
    return replace(row, values={**row.values, "text": words})


def thinner(words: str, n: int) -> str:
    """Nine of ten words, in order."""
    draw = random.Random(n)
    return " ".join(word for word in words.split() if draw.random() >= 0.1)


def panel(about: Subject) -> Panel:
    """Every part's measures."""
    found, skipped = [], {}
    for name in sorted(set(TABLE["quality"]) - NEED_MORE):
        made = resolve("quality", name)
        try:
            found += made(made.Params()).measure(about)
        except Skip as exc:
            skipped[name] = str(exc)
    return Panel(tuple(found), 0.0, skipped)


if __name__ == "__main__":
    main()
