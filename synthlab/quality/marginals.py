"""``marginals``: are the fields beside the text spread as those of real rows, alone and in pairs.

Each figure stands beside that of other real rows at the same n and the same mix of classes. What a
column alone shows says nothing of how columns depend on each other; pairs do, two at a time, and
the class is one of the two where that is told. Copies of real rows look perfect here.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from synthlab.measures import Measure
from synthlab.quality.base import Skip, Subject
from synthlab.quality.columns import Column, Values, absent, adherence, column, pair, shape
from synthlab.quality.discrepancy import CLASS
from synthlab.quality.draws import Sides, draws
from synthlab.quality.rates import behind
from synthlab.records import Row

PART, LABEL = "marginals", "class"
MOST, MOST_COLUMNS = 5000, 30
"""Rows of a draw, and columns: there is a figure for every pair of them."""
SAID = {
    "marginals": "columns alone are spread as real ones to {:.0%}",
    "pairs": "pairs of columns, the class among them, go together as in real rows to {:.0%}",
    "in_range": "{:.1%} of values lie in the range or among the categories of as many real rows",
}


@dataclass(frozen=True)
class _Found:
    """A figure of each column or pair, and the same of other real rows."""

    own: dict[str, float]
    real: dict[str, float]


class Marginals:
    """``marginals``, ``pairs`` and ``in_range`` of the rows' fields beside the text."""

    COST: ClassVar[Literal["fast", "slow"]] = "fast"

    class Params(BaseModel):
        """Which fields, and what they hold."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        columns: tuple[str, ...] = Field(
            (), description="fields that are looked at; []: all but the text"
        )
        categories: tuple[str, ...] = Field(
            (), description="fields whose numbers are names, such as postal codes"
        )

    def __init__(self, params: Params) -> None:
        self.params = params

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Three figures.

        Raises:
            Skip: rows have a text only, or too few rows can be matched.
        """
        known, out = self._columns(subject)
        drawn = draws(
            [row.label for row in subject.kept], [row.label for row in subject.real],
            subject.seed, MOST,
        )  # fmt: skip
        kept, real = (_matrix(rows, known, subject) for rows in (subject.kept, subject.real))
        sides = [draw.sides(kept, real) for draw in drawn]
        columns = known[:-1]
        found = {
            "marginals": _of([each.both(partial(_each, shape, columns)) for each in sides]),
            "pairs": _of([_pairs(known, each) for each in sides]),
            "in_range": _of([each.both(partial(_each, adherence, columns)) for each in sides]),
        }
        by_class = _by_class(columns, sides)
        details = {"rows": len(drawn[0]), "draws": len(drawn), "left_out": out}
        return [
            _measure(name, each, by_class if name == "marginals" else {}, details)
            for name, each in found.items()
        ]

    def _columns(self, subject: Subject) -> tuple[list[Column], list[str]]:
        """Those of real rows that synthetic rows have too, the class last, and what is no column.

        Raises:
            Skip: there is none.
        """
        fields = dict.fromkeys(name for row in subject.real for name in row.values)
        names = [name for name in fields if name != subject.brief.field]
        if self.params.columns:
            names = [name for name in names if name in self.params.columns]
        if not names:
            raise Skip("the real rows have no field beside the text")
        made = {name for row in subject.kept for name in names if not absent(row.values.get(name))}
        if not made:
            raise Skip(f"no synthetic row has a field of the real rows ({', '.join(names[:5])})")
        found = [self._column(name, subject) for name in names]
        columns = [one for one in found if one is not None][:MOST_COLUMNS]
        if not columns:
            raise Skip("each real row has its own text in every field: nothing to compare")
        kept = {one.name for one in columns}
        labels = tuple(sorted({row.label for row in (*subject.kept, *subject.real)}))
        return [*columns, Column(LABEL, labels)], [name for name in names if name not in kept]

    def _column(self, name: str, subject: Subject) -> Column | None:
        real, made = ([row.values.get(name) for row in r] for r in (subject.real, subject.kept))
        return column(name, real, made, name in self.params.categories)


def _matrix(rows: Sequence[Row], columns: Sequence[Column], subject: Subject) -> Values:
    """Shape (rows, columns), the class last."""
    own = [one.read([row.values.get(one.name) for row in rows]) for one in columns[:-1]]
    return np.stack([*own, columns[-1].read([row.label for row in rows])], axis=1)


def _each(figure: Any, columns: Sequence[Column], own: Values, real: Values) -> dict[str, float]:
    return {one.name: figure(one, own[:, n], real[:, n]) for n, one in enumerate(columns)}


def _pairs(columns: Sequence[Column], sides: Sides) -> tuple[dict[str, float], dict[str, float]]:
    def of(own: Values, real: Values) -> dict[str, float]:
        found = {}
        for (a, one), (b, other) in itertools.combinations(enumerate(columns), 2):
            value = pair((one, other), own[:, [a, b]], real[:, [a, b]])
            if value is not None:
                found[f"{one.name} and {other.name}"] = value
        return found

    return sides.both(of)


def _of(found: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> _Found:
    """The mean over draws; a pair that some draw cannot tell of is that of the others."""
    means = []
    for side in (0, 1):
        names = dict.fromkeys(name for draw in found for name in draw[side])
        means.append({n: fmean(d[side][n] for d in found if n in d[side]) for n in names})
    return _Found(*means)


def _by_class(columns: Sequence[Column], parts: Sequence[Sides]) -> dict[str, tuple[float, float]]:
    """The mean of the columns of each class with rows enough, and that of other real rows."""
    found = {}
    labels, counts = np.unique(parts[0].labels, return_counts=True)
    for label, count in zip(labels, counts, strict=True):
        if count >= CLASS:
            own = _of([sides.of(label).both(partial(_each, shape, columns)) for sides in parts])
            found[str(label)] = fmean(own.own.values()), fmean(own.real.values())
    return found


def _measure(
    name: str,
    found: _Found,
    by_class: Mapping[str, tuple[float, float]],
    details: Mapping[str, Any],
) -> Measure:
    value, reference = fmean(found.own.values()), fmean(found.real.values())
    gaps = {key: found.real[key] - own for key, own in found.own.items()}
    worst = max(gaps, key=lambda key: gaps[key])
    n = details["rows"]
    verdicts = (
        behind(reference - value, max(0.05, 1.5 / n**0.5), 0.3),
        # Of many, one is off by luck more easily.
        behind(gaps[worst], max(0.1, 2.5 / n**0.5), 0.4),
    )
    verdict = max(verdicts, key=("good", "watch", "bad").index)
    said = f"{SAID[name].format(value)}, of other real rows {reference:.0%}"
    if verdict != "good":
        said += f"; least so: {worst} ({found.own[worst]:.0%}, real {found.real[worst]:.0%})"
    return Measure(
        name, PART, value, "near", "0 to 1", said, verdict, reference,
        per_class={label: own for label, (own, _) in by_class.items()},
        details={
            **details,
            "by_name": {
                key: {"value": own, "reference": found.real[key]}
                for key, own in found.own.items()
            },
            "per_class_reference": {label: real for label, (_, real) in by_class.items()},
        },
    )  # fmt: skip
