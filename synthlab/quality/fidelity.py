"""``fidelity``: do the synthetic rows look as real rows do; and what gives them away.

Every figure stands beside that of other real rows at the same n and the same mix of classes: see
``draws.py``. Texts are cut to like lengths before, and how long they were is a figure of its own:
else it would decide all others. None of them sees copying: real rows with a tenth of their words
deleted look perfect here. Nor do they see wrong labels, but for the figures by class.

An LM's text is not written as real text is: a linear model tells nearly every row of it, of prompts
that train a good classifier (macro-F1 0.84) and of poor ones (0.56) alike; figures stand in
``experiments/quality``. So what only says that rows can be told from real ones (``c2st_auc``,
``mmd2``) is to be watched and never bad; ``precision`` and ``coverage`` are bad below half of what
real rows reach.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from statistics import fmean
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from synthlab.features.threads import one_thread
from synthlab.measures import Measure
from synthlab.quality.base import Subject
from synthlab.quality.discrepancy import CLASS, by_class, discrepancy
from synthlab.quality.distances import frechet
from synthlab.quality.draws import Draw, Sides
from synthlab.quality.lengths import middle
from synthlab.quality.manifold import Cover, cover
from synthlab.quality.rates import behind
from synthlab.quality.spaces import InSpace, placed
from synthlab.quality.telltale import Telltale, auc, telltales
from synthlab.quality.terms import Terms

PART = "fidelity"
MOST = 5000
"""Rows of a draw: distances are of all pairs."""
DIMENSIONS, ROWS_EACH = 32, 10
"""Directions of the Fréchet distance: at most these, with so many rows for each."""
ALIKE = 1.25
"""Times that the middle length may differ."""
USUAL = 0.9
"""An AUC from which on it is no news: a small LM's rows have 0.99, of good prompts and bad."""
SAID = {
    "precision": "{:.0%} of synthetic rows lie where real rows lie",
    "recall": "{:.0%} of real rows lie where synthetic rows lie",
    "density": "around a synthetic row, real rows lie {:.2f} times as close as around a real one",
    "coverage": "{:.0%} of real rows have a synthetic row among their nearest",
}


class Fidelity:
    """Compares synthetic rows with real ones by their words and by where they lie."""

    COST: ClassVar[Literal["fast", "slow"]] = "fast"

    class Params(InSpace):
        """In which space, and how near is near."""

        k: int = Field(5, ge=1, le=10, description="neighbours that a row's ball reaches to")
        words: int = Field(12, ge=0, le=50, description="most words told that give rows away")

    def __init__(self, params: Params) -> None:
        self.params = params

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Nine figures; fewer where rows are too few for the Fréchet distance or for classes.

        Raises:
            Skip: too few rows can be matched, or no two texts share a word.
        """
        own, theirs = subject.texts(subject.kept), subject.texts(subject.real)
        with one_thread():
            there = placed(subject, MOST, self.params.space, self.params.path)
            return [
                _length(own, theirs),
                _apart(there.terms, len(own), there.drawn, subject.seed, self.params.words),
                *_covered(there.sides, self.params.k),
                discrepancy(there.sides, subject.seed),
                *by_class(there.sides, subject.seed),
                *_gaussian(there.sides),
            ]


def _length(own: Sequence[str], theirs: Sequence[str]) -> Measure:
    value, reference = middle(own), middle(theirs)
    times = max(value, reference) / max(1.0, min(value, reference))
    return Measure(
        "row_words", PART, value, "near", "words",
        f"half of the synthetic rows have {value:.0f} words or more, of real rows {reference:.0f}",
        "good" if times <= ALIKE else "watch", reference,
    )  # fmt: skip


def _apart(terms: Terms, count: int, drawn: Sequence[Draw], seed: int, most: int) -> Measure:
    own, real = terms.matrix[:count], terms.matrix[count:]
    found = [draw.sides(own, real).both(partial(auc, seed=seed)) for draw in drawn]
    value, reference = (fmean(pair[side] for pair in found) for side in (0, 1))
    n = len(drawn[0])
    # Three standard deviations of an AUC that is 0.5 in truth (Mann and Whitney).
    chance = max(0.05, 3 * math.sqrt((2 * n + 1) / (12 * n * n)))
    tells, lacks = telltales(own, real, terms.names, most)
    words = ", ".join(item.word for item in tells[:4])
    said = f"a linear model tells synthetic rows from real ones with an AUC of {value:.2f}"
    if value < reference - chance:
        said += ", below chance: it takes them for real rows that they repeat"
    elif value > reference + chance and tells:
        usual = " (usual for an LM's text)" if value >= USUAL else ""
        said += f"{usual}, by words such as {words}"
    return Measure(
        "c2st_auc", PART, value, "near", "AUC", said,
        "good" if value <= reference + chance else "watch", reference,
        details={"rows": n, "draws": len(drawn), "by": _told(tells), "lacks": _told(lacks)},
    )  # fmt: skip


def _covered(parts: Sequence[Sides], k: int) -> list[Measure]:
    def of(sides: Sequence[Sides]) -> list[tuple[Cover, Cover]]:
        return [part.both(lambda rows, real: cover(real, rows, k)) for part in sides]

    labels, counts = np.unique(parts[0].labels, return_counts=True)
    by_class = {
        str(label): of([sides.of(label) for sides in parts])
        for label, count in zip(labels, counts, strict=True)
        if count >= CLASS
    }
    return [_figure(name, of(parts), by_class, len(parts[0].labels)) for name in SAID]


def _figure(
    name: str,
    whole: Sequence[tuple[Cover, Cover]],
    by_class: dict[str, list[tuple[Cover, Cover]]],
    n: int,
) -> Measure:
    def mean(found: Sequence[tuple[Cover, Cover]], side: int) -> float:
        return fmean(getattr(pair[side], name) for pair in found)

    value, reference = mean(whole, 0), mean(whole, 1)
    judged = name in ("precision", "coverage")
    return Measure(
        name, PART, value, "near", "times" if name == "density" else "share of rows",
        SAID[name].format(value / reference if name == "density" and reference else value),
        behind(reference - value, max(0.05, 1.5 / math.sqrt(n)), reference / 2) if judged else "",
        reference,
        per_class={label: mean(found, 0) for label, found in by_class.items()},
        details={
            "rows": n,
            "per_class_reference": {label: mean(found, 1) for label, found in by_class.items()},
        },
    )  # fmt: skip


def _gaussian(parts: Sequence[Sides]) -> list[Measure]:
    """The Fréchet distance; none where there are too few rows for two directions."""
    n = len(parts[0].labels)
    directions = min(DIMENSIONS, n // ROWS_EACH, *(sides.real.shape[1] for sides in parts))
    if directions < 2:
        return []
    found = [
        sides.both(lambda rows, real: frechet(rows[:, :directions], real[:, :directions]))
        for sides in parts
    ]
    value, reference = (fmean(pair[side] for pair in found) for side in (0, 1))
    said = f"mean and spread of the rows are {value:.3f} from those of real rows"
    return [
        Measure(
            "frechet", PART, value, "lower", "squared distance", said, "", reference,
            details={"rows": n, "directions": directions},
        )
    ]  # fmt: skip


def _told(items: Sequence[Telltale]) -> list[dict[str, object]]:
    return [asdict(item) for item in items]
