"""Evidence about rows that are wrong in a known way."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synthlab.feedback.base import Evidence
from synthlab.records import Brief, Row
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer

CLASSES = ("market", "match", "music")
TOPICS: Mapping[str, Sequence[str]] = {
    "market": ("shares profit bank investors growth", "barrel crude fuel pipeline drilling"),
    "match": ("goal striker league referee penalty", "racket serve wimbledon court umpire"),
    "music": ("album guitar singer concert chart", "violin orchestra conductor opera cello"),
}
FILLER = ("week", "people", "report", "town", "friday", "plan", "result", "group", "early", "side")
BRIEF = Brief("story", CLASSES, {label: label for label in CLASSES})


def text(words: str, seed: str, extra: Sequence[str] = ()) -> str:
    draw = random.Random(seed)
    picked = [*draw.sample(words.split(), 3), *draw.sample(FILLER, 4), *extra]
    draw.shuffle(picked)
    return " ".join(picked)


def real(each: int = 20, unique: bool = False) -> list[Row]:
    """``each`` rows of both topics of each class; ``unique`` plants a word of its own in each."""
    rows = []
    for label, topics in TOPICS.items():
        for topic, words in enumerate(topics):
            for n in range(each):
                key = f"{label}-{topic}-{n}"
                own = [f"secret{''.join(chr(97 + int(d)) for d in str(n))}{label}{topic}x"]
                rows.append(Row(key, {"text": text(words, key, own if unique else ())}, label))
    return rows


def made(
    topics: Mapping[str, Sequence[int]], each: int = 12, extra: Sequence[str] = ()
) -> list[Row]:
    """``each`` synthetic rows of each class, of some of its topics."""
    rows = []
    for label, places in topics.items():
        for n in range(each):
            key = f"made-{label}-{n}"
            words = TOPICS[label][places[n % len(places)]]
            rows.append(Row(key, {"text": text(words, key, extra)}, label))
    return rows


def evidence(
    kept: Sequence[Row],
    dev: Sequence[Row],
    least: int = 5,
    seed: int = 0,
    model: Any = None,
) -> Evidence:
    scorer = Scorer(model or build("tfidf-logreg", {}), "text", BRIEF.labels)
    model = scorer.fit(kept)
    return Evidence(
        BRIEF,
        tuple(kept),
        tuple(dev),
        model,
        scorer.judge(model, dev, len(kept)),
        np.asarray(scorer.proba(model, dev)),
        least,
        seed,
    )
