"""``diversity``: how much the rows repeat each other, beside as many real rows of equal length.

All figures but near-duplicates and attributes are of as many synthetic as real rows of each class,
pairs of them cut to the same number of words (``matched.py``): each figure alone changes with both.
A figure a quarter worse than that of real rows is to be watched, twice as bad is bad; ratios of
compression lie closer together, and have their own bounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from synthlab.features.near import near_groups
from synthlab.measures import Direction, Measure
from synthlab.quality.attributes import attributes
from synthlab.quality.base import Skip, Subject
from synthlab.quality.matched import Matched, equals, matched
from synthlab.quality.ngrams import compression, distinct, self_bleu
from synthlab.quality.rates import beside, judged, percent, wilson
from synthlab.quality.spread import between, to_others, vendi, within
from synthlab.quality.vectors import tfidf
from synthlab.records import Row

LEAST = 10

Words = Sequence[Sequence[str]]
"""The words of some texts."""


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
        self,
        made: float,
        real: float,
        rows: int,
        per_class: tuple[Mapping[str, float], Mapping[str, float]] = ({}, {}),
        details: Mapping[str, Any] | None = None,
    ) -> Measure:
        """The measure of ``rows`` synthetic rows and as many real ones.

        ``per_class`` holds the figure of each class, and that of its real rows.
        """
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
            per_class=per_class[0],
            details={"rows": rows, "per_class_reference": dict(per_class[1]), **(details or {})},
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
        """Of all rows; what to make of it, by as many real rows of each class: more repeat more."""
        hits, of = self._repeating(subject, subject.kept), len(subject.kept)
        pair = equals(subject)
        few = hits if len(pair[0]) == of else self._repeating(subject, pair[0])
        real = self._repeating(subject, pair[1])
        count, null = hits.total(), (real.total(), len(pair[1]))
        low, high = wilson(count, of)
        said = f"{count:,} of {of:,} rows ({percent(count / of)}) nearly equal another one; "
        if len(pair[0]) < of:
            said += f"of {len(pair[0]):,} of them, {percent(few.total() / len(pair[0]))} do; "
        said += f"of as many real rows, {percent(null[0] / null[1])} do"
        return Measure(
            "near_dups", "diversity", count / of, "lower", "share of rows", said,
            judged(few.total(), len(pair[0]), null), null[0] / null[1], low, high,
            per_class=_shares(subject.kept, hits),
            details={"rows": null[1], "per_class_reference": _shares(pair[1], real)},
        )  # fmt: skip

    def _repeating(self, subject: Subject, rows: Sequence[Row]) -> Counter[str]:
        """Rows that nearly equal an earlier one, by class."""
        seen: set[int] = set()
        found: Counter[str] = Counter()
        groups = near_groups(subject.texts(rows), self.params.near)
        for row, group in zip(rows, groups, strict=True):
            found[row.label] += group in seen
            seen.add(group)
        return found


def _shares(rows: Sequence[Row], hits: Counter[str]) -> dict[str, float]:
    sizes = Counter(row.label for row in rows)
    return {label: hits[label] / size for label, size in sizes.items()}


def _repeats(pairs: Sequence[Matched]) -> list[Measure]:
    """Of all classes together, and of each."""
    made = [text for pair in pairs for text in pair.made]
    real = [text for pair in pairs for text in pair.real]
    found = []
    for figure in REPEATS:
        per_class = (
            {pair.label: figure.of(pair.made) for pair in pairs},
            {pair.label: figure.of(pair.real) for pair in pairs},
        )
        more = _by_length(made, real) if figure.name == "distinct2" else None
        found.append(figure.beside(figure.of(made), figure.of(real), len(made), per_class, more))
    return found


def _by_length(made: Words, real: Words) -> dict[str, Any]:
    """Distinct-n of single words and of runs of three too, which mostly say what pairs say."""
    return {
        f"distinct{n}": {"value": distinct(made, n), "reference": distinct(real, n)} for n in (1, 3)
    }


def _spreads(pairs: Sequence[Matched]) -> list[Measure]:
    """Of each class by itself, their mean, and of the classes against each other."""
    texts = [[" ".join(text) for text in side] for pair in pairs for side in (pair.made, pair.real)]
    vectors = tfidf(*texts)
    made, real = vectors[::2], vectors[1::2]
    rows = sum(len(pair.made) for pair in pairs)
    found = []
    labels = [pair.label for pair in pairs]
    for figure in SPREADS:
        per_class = [dict(zip(labels, map(figure.of, side), strict=True)) for side in (made, real)]
        mean, other = (float(np.mean(list(each.values()))) for each in per_class)
        found.append(figure.beside(mean, other, rows, (per_class[0], per_class[1])))
    if len(pairs) > 1:
        per_class = [dict(zip(labels, to_others(side), strict=True)) for side in (made, real)]
        both = (per_class[0], per_class[1])
        found.append(INTER.beside(INTER.of(made), INTER.of(real), rows, both))
    return found
