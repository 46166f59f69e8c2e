"""Constructed real and synthetic rows whose every fault is known."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from synthlab.features.lexicon import group_of
from synthlab.groups import Group, Sensitive
from synthlab.measures import Measure
from synthlab.quality.base import Subject
from synthlab.records import Brief, Lineage, Request, Row, Usage
from synthlab.registry import resolve
from synthlab.scoring.score import Scorer

CLASSES = ("match", "money", "music")
BRIEF = Brief("message", CLASSES, {label: label for label in CLASSES})
SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ren",
    "tas",
    "vel",
    "dor",
    "pin",
    "sha",
    "gru",
    "bel",
    "non",
    "fi",
    "wek",
    "zor",
]
KIND = Sensitive(
    "kind",
    (
        Group("round", "a round one", ("mikaka",)),
        Group("flat", "a flat one", ("renkaka", "taskaka")),
    ),
    swap={"mikaka": "renkaka", "renkaka": "mikaka", "taskaka": "mikaka"},
)
"""Words that are about as frequent in all classes: two groups, and what belongs to none."""
SCORER = Scorer(make_pipeline(CountVectorizer(), LogisticRegression()), "text", CLASSES)
POLITE = "thank you very much for reading this and have a nice day"


def word(draw: random.Random) -> str:
    """One of some thousand words, the first ones much more often."""
    place = int(draw.paretovariate(0.6)) % 3000
    return "".join(SYLLABLES[place // 15**n % 15] for n in range(3))


def text(draw: random.Random, label: str, length: int = 30) -> str:
    """Every third word is one of its class."""
    return " ".join(f"{label}{word(draw)[:4]}" if n % 3 == 0 else word(draw) for n in range(length))


def rows(tag: str, per_class: int = 60, length: int = 30, polite: float = 0.0) -> list[Row]:
    """Rows of all classes; a share of them ends with the same twelve words."""
    made = []
    for label in CLASSES:
        for n in range(per_class):
            draw = random.Random(f"{tag}/{label}/{n}")
            own = text(draw, label, length + draw.randrange(10))
            said = f"{own} {POLITE}" if n < polite * per_class else own
            made.append(Row(f"{tag}-{label}-{n}", {"text": said}, label))
    return made


def written(texts: Sequence[tuple[str, str]], **attributes: str) -> list[Row]:
    """Synthetic rows of ``(label, text)``."""
    return [
        Row(
            f"made-{n}",
            {"text": said},
            label,
            Lineage("c", "lm", f"call-{n}", Request(label, n, n, attributes), Usage()),
        )
        for n, (label, said) in enumerate(texts)
    ]


def as_made(real: Sequence[Row]) -> list[Row]:
    """Rows with the texts of real ones, as if an LM had written them."""
    return written([(row.label, str(row.values["text"])) for row in real])


def thinned(real: Sequence[Row], share: float = 0.1) -> list[Row]:
    """Copies of rows, without a share of their words."""
    found = []
    for row in real:
        draw = random.Random(row.id)
        words = str(row.values["text"]).split()
        gone = set(draw.sample(range(len(words)), round(share * len(words))))
        found.append((row.label, " ".join(w for n, w in enumerate(words) if n not in gone)))
    return written(found)


def relabelled(made: Sequence[Row]) -> list[Row]:
    """The same rows with labels drawn anew."""
    labels = [row.label for row in made]
    random.Random(0).shuffle(labels)
    return [replace(row, label=label) for row, label in zip(made, labels, strict=True)]


def elsewhere(per_class: int = 60) -> list[Row]:
    """Varied rows about something else: no word is one of the real rows'."""
    made = rows("elsewhere", per_class)
    return written([(row.label, str(row.values["text"]).upper()[::-1]) for row in made])


def columned(given: Sequence[Row]) -> list[Row]:
    """Rows with fields beside the text, which depend on the class and on each other."""
    found = []
    for row in given:
        draw = random.Random(f"{row.label}/{row.values['text']}")
        size = draw.gauss(10.0 * (1 + CLASSES.index(row.label)), 3.0)
        fields = {
            "size": round(size, 2),
            "price": str(round(3 * size + draw.gauss(0, 3), 2)),
            "shop": draw.choice("aabbc" if size < 20 else "bccdd"),
        }
        found.append(replace(row, values={**row.values, **fields}))
    return found


def kinds(name: str, rows: Sequence[Row]) -> list[str]:
    """The group of each row."""
    return [group_of(str(row.values["text"]), KIND) for row in rows]


def calls(train: Sequence[Row], rows: Sequence[Row]) -> list[str]:
    """What a classifier that was trained on the first rows calls the others."""
    return list(SCORER.fit(train).predict(SCORER.texts(rows)))


def subject(kept: Sequence[Row], polite: float = 0.0, **changes: Any) -> Subject:
    """These rows against seed and dev rows; two rows a class were shown by prompts."""
    kept = columned(kept)
    source = columned(rows("seed", polite=polite))
    dev = tuple(columned(rows("dev", 80, polite=polite)))
    shown = tuple(row for row in source if int(row.id.rsplit("-", 1)[1]) < 4)
    found = Subject(
        BRIEF,
        tuple(kept),
        dev,
        shown,
        dev,
        0,
        tuple(source),
        sensitive=(KIND,),
        groups=kinds,
        calls=calls,
    )
    return replace(found, **changes)


def part(name: str, **params: Any) -> Any:
    """A built-in part."""
    found = resolve("quality", name)
    return found(found.Params(**params))


def measured(name: str, about: Subject) -> dict[str, Measure]:
    """What a part says, by name."""
    return {item.name: item for item in part(name).measure(about)}
