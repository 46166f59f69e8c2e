"""Cells: the rows of one class that share the value of one attribute, and their mean credit.

Two things blur a mean: the dev rows that judge, and which rows the LM happened to write. Both are
in its standard error; that part which they share is in it twice, so that it errs on the safe side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from synthlab.records import Row
from synthlab.statistics.credit import over_real
from synthlab.statistics.macro import Codes, Floats

_NOTHING = 1e-6  # rows that are all alike differ by rounding, and are very sure of that


@dataclass(frozen=True, eq=False)
class Cell:
    """Rows of a class with one value of an attribute.

    Attributes:
        rows: their places.
        mean: their mean credit.
        se: its standard error.
        apart: the mean less that of the class's other rows.
        p: two-sided p of "they are worth the same".
    """

    label: str
    axis: str
    value: str
    rows: tuple[int, ...]
    mean: float
    se: float
    apart: float
    p: float

    @property
    def key(self) -> str:
        """As a finding's weights name it."""
        return f"{self.axis}={self.value}"


def cells(rows: Sequence[Row], credit: Floats, true: Codes) -> list[Cell]:
    """Every cell of rows that have others of their class to be compared with.

    An axis on which no two rows of a class share a value is left out: nothing tells the value from
    the row.

    Args:
        rows: the kept rows.
        credit: shape (real rows, kept rows).
        true: shape (real rows,): class codes.
    """
    groups: dict[tuple[str, str], dict[str, list[int]]] = {}
    for place, row in enumerate(rows):
        drawn = row.lineage.request.attributes if row.lineage else {}
        for axis, value in drawn.items():
            groups.setdefault((row.label, axis), {}).setdefault(value, []).append(place)
    means, _ = over_real(credit, true)
    return [
        cell
        for (label, axis), by_value in groups.items()
        for cell in _of_axis(label, axis, by_value, credit, true, means)
    ]


def _of_axis(
    label: str,
    axis: str,
    by_value: dict[str, list[int]],
    credit: Floats,
    true: Codes,
    means: Floats,
) -> list[Cell]:
    """The cells of one axis of a class; ``means`` are each row's over all real rows."""
    every = [place for places in by_value.values() for place in places]
    df = len(every) - len(by_value)
    if len(by_value) < 2 or df < 1:
        return []
    within = sum(((means[own] - means[own].mean()) ** 2).sum() for own in by_value.values()) / df
    found = []
    for value, own in by_value.items():
        members = set(own)
        rest = [place for place in every if place not in members]
        mine, others = credit[:, own].mean(axis=1), credit[:, rest].mean(axis=1)
        (mean, apart), (se, apart_se) = over_real(np.c_[mine, mine - others], true)
        se = np.hypot(se, np.sqrt(within / len(own)))
        apart_se = np.hypot(apart_se, np.sqrt(within / len(own) + within / len(rest)))
        sure = apart_se > 0 and abs(apart) > _NOTHING
        p = 2 * stats.t.sf(abs(apart) / apart_se, df) if sure else 1.0
        found.append(
            Cell(label, axis, value, tuple(own), float(mean), float(se), float(apart), float(p))
        )
    return found


def surprising(p: Sequence[float], rate: float) -> list[bool]:
    """Which of many to believe, so that at most ``rate`` of those are wrong on the average.

    Benjamini and Hochberg, 1995; cells share rows of one class, so that their tests depend on each
    other the way the procedure allows for.
    """
    if not p:
        return []
    return [bool(q <= rate) for q in stats.false_discovery_control(list(p))]
