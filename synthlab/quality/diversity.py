"""``diversity``: how much the rows repeat each other, beside as many real rows of equal length.

All figures but near-duplicates and attributes are of as many synthetic as real rows of each class,
pairs of them cut to the same number of words (``matched.py``): each figure alone changes with both.
A figure a quarter worse than that of real rows is to be watched, twice as bad is bad; ratios of
compression lie closer together, and have their own bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from synthlab.features.near import near_groups
from synthlab.measures import Direction, Measure
from synthlab.quality.attributes import attributes
from synthlab.quality.base import Skip, Subject
from synthlab.quality.matched import Matched, matched
from synthlab.quality.ngrams import compression, distinct, self_bleu
from synthlab.quality.rates import beside, judged, percent, wilson
from synthlab.quality.spread import between, vendi, within
from synthlab.quality.vectors import tfidf

LEAST = 10


@dataclass(frozen=True)
class _Figure:
    """A figure of a set of rows, and the words for it and for that of real rows.

    Attributes:
        watch: how many times worse than real rows it may be and be good.
        bad: how many times worse is bad.
    """

    name: str
    of: Callable[[Any], float]
    direction: Direction
    unit: str
    said: str
    watch: float = 1.25
    bad: float = 2.0

    def beside(
        self, made: float, real: float, rows: int, per_class: Mapping[str, float] | None = None
    ) -> Measure:
        """The measure of ``rows`` synthetic rows and as many real ones."""
        said = self.said.format(made=made, real=real)
        return Measure(
            self.name,
            "diversity",
            made,
            self.direction,
            self.unit,
            said,
            beside(made, real, self.direction, self.watch, self.bad),
            real,
            per_class=per_class or {},
            details={"rows": rows},
        )


REPEATS = (
    _Figure(
        "distinct2",
        lambda texts: distinct(texts, 2),
        "higher",
        "share of word pairs",
        "of all pairs of words in a row, {made:.0%} are different ones; in real text {real:.0%}",
    ),
    _Figure(
        "self_bleu",
        self_bleu,
        "lower",
        "BLEU, 0 to 1",
        "a row shares {made:.2f} of its wording with the other rows (1: all of it), a real row "
        "{real:.2f}",
    ),
    _Figure(
        "gzip_ratio",
        compression,
        "lower",
        "bytes per gzipped byte",
        "the rows can be packed {made:.2f} to 1, real text {real:.2f} to 1: the more, the more "
        "they repeat each other",
        watch=1.15,
        bad=1.5,
    ),
)
"""What runs of words say."""

SPREADS = (
    _Figure(
        "vendi",
        vendi,
        "higher",
        "rows a class",
        "the rows of a class count as {made:.1f} different ones, as many real rows as {real:.1f}",
    ),
    _Figure(
        "intra",
        within,
        "lower",
        "mean cosine",
        "two rows of one class are alike by {made:.3f} (1: the same), two real ones by {real:.3f}",
    ),
)
"""What vectors say of each class."""

INTER = _Figure(
    "inter",
    between,
    "lower",
    "mean cosine",
    "two rows of different classes are alike by {made:.3f}, two real ones by {real:.3f}: the more, "
    "the more the classes blur",
)


class Diversity:
    """distinct2, self_bleu, gzip_ratio, vendi, intra, inter, near_dups, attr_cover, attr_even."""

    COST: ClassVar[Literal["fast", "slow"]] = "fast"

    class Params(BaseModel):
        """How many rows are looked at."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        most: int = Field(400, ge=20, description="rows of a class that are drawn")
        near: float = Field(
            0.8, gt=0, le=1, description="Jaccard similarity from which rows are near-duplicates"
        )

    def __init__(self, params: Params) -> None:
        self.params = params

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Fewer than ten real rows of the same classes are no reference: a ``Skip``."""
        pairs = matched(subject, self.params.most)
        count = sum(len(pair.made) for pair in pairs)
        if count < LEAST:
            raise Skip(f"only {count} rows have a real row of their class beside them")
        return [
            *_repeats(pairs),
            *_spreads(pairs),
            self._near(subject),
            *attributes(subject),
        ]

    def _near(self, subject: Subject) -> Measure:
        texts, real = subject.texts(subject.kept), subject.texts(subject.real)
        counts = [
            len(each) - len(set(near_groups(each, self.params.near))) for each in (texts, real)
        ]
        count, of = counts[0], len(texts)
        null = (counts[1], len(real))
        low, high = wilson(count, of)
        return Measure(
            "near_dups",
            "diversity",
            count / of,
            "lower",
            "share of rows",
            f"{count:,} of {of:,} rows ({percent(count / of)}) nearly equal another one; of real "
            f"rows, {percent(null[0] / null[1])} do",
            judged(count, of, null),
            null[0] / null[1],
            low,
            high,
        )


def _repeats(pairs: Sequence[Matched]) -> list[Measure]:
    """Of all classes together, and of each."""
    made = [text for pair in pairs for text in pair.made]
    real = [text for pair in pairs for text in pair.real]
    return [
        figure.beside(
            figure.of(made),
            figure.of(real),
            len(made),
            {pair.label: figure.of(pair.made) for pair in pairs},
        )
        for figure in REPEATS
    ]


def _spreads(pairs: Sequence[Matched]) -> list[Measure]:
    """Of each class by itself, their mean, and of the classes against each other."""
    texts = [[" ".join(text) for text in side] for pair in pairs for side in (pair.made, pair.real)]
    vectors = tfidf(*texts)
    made, real = vectors[::2], vectors[1::2]
    rows = sum(len(pair.made) for pair in pairs)
    found = []
    for figure in SPREADS:
        per_class = {pair.label: figure.of(each) for pair, each in zip(pairs, made, strict=True)}
        mean = float(np.mean(list(per_class.values())))
        other = float(np.mean([figure.of(each) for each in real]))
        found.append(figure.beside(mean, other, rows, per_class))
    if len(pairs) > 1:
        found.append(INTER.beside(INTER.of(made), INTER.of(real), rows))
    return found
