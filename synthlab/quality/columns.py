"""Fields beside the text as columns of numbers, and how alike two columns or pairs are.

The definitions are those of the package sdmetrics (MIT), which cannot be a dependency: it needs
copulas, whose license (BUSL-1.1) forbids production use. Every similarity is 0 to 1, 1 at best.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
"""Numbers, or places in a list of categories; NaN where there is no value."""

BINS = 10
"""Intervals of a number that stands beside a category."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the rows.

    Attributes:
        categories: what it holds where it is no number, those of real rows first; else empty.
    """

    name: str
    categories: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return not self.categories

    def read(self, values: Sequence[Any]) -> Values:
        """As numbers; in a column of numbers, what is none lies beyond every number.

        ``values`` are of the rows that the column was made from.
        """
        if self.is_number:
            return np.array([math.nan if absent(v) else number(v, math.inf) for v in values])
        places = {name: float(at) for at, name in enumerate(self.categories)}
        return np.array([math.nan if absent(v) else places[str(v)] for v in values])


def absent(value: Any) -> bool:
    """Whether a field holds nothing: None, NaN or an empty text."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def number(value: Any, otherwise: float) -> float:
    """A finite number, also where it is written as a text; true and false are none."""
    if isinstance(value, bool | np.bool_):
        return otherwise
    try:
        found = float(value)
    except (TypeError, ValueError):
        return otherwise
    return found if math.isfinite(found) else otherwise


def column(name: str, real: Sequence[Any], made: Sequence[Any], category: bool) -> Column | None:
    """What a field is, by its values in real rows; None where each has its own, as texts have.

    Args:
        name: of the field.
        real: its values in real rows.
        made: those in synthetic rows, whose categories may be others.
        category: numbers are names too, such as postal codes.
    """
    held = [value for value in real if not absent(value)]
    if not held:
        return None
    if not category and all(math.isfinite(number(value, math.inf)) for value in held):
        return Column(name)
    names = list(dict.fromkeys(sorted(map(str, held))))
    if len(names) > max(2, len(held) / 2):
        return None
    more = sorted({str(value) for value in made if not absent(value)} - set(names))
    return Column(name, (*names, *more))


def shape(one: Column, made: Values, real: Values) -> float:
    """KSComplement of numbers, TVComplement of categories; 0 where no synthetic row has a value.

    ``1 - sup |F(x) - G(x)|`` of the distribution functions, and ``1 - sum |p - q| / 2`` of the
    shares; rows without a value are left out.
    """
    made, real = made[~np.isnan(made)], real[~np.isnan(real)]
    if not len(made) or not len(real):
        return float(len(made) == len(real))
    if not one.is_number:
        count = len(one.categories)
        shares = [np.bincount(v.astype(int), minlength=count) / len(v) for v in (made, real)]
        return float(1 - np.abs(shares[0] - shares[1]).sum() / 2)
    made, real = np.sort(made), np.sort(real)
    at = np.concatenate([made, real])
    ranks = [np.searchsorted(v, at, side="right") / len(v) for v in (made, real)]
    return float(1 - np.abs(ranks[0] - ranks[1]).max())


def adherence(one: Column, made: Values, real: Values) -> float:
    """Share of values between the least and the largest real one, or that real rows hold too.

    BoundaryAdherence and CategoryAdherence; rows without a value are left out.
    """
    made, real = made[~np.isnan(made)], real[~np.isnan(real)]
    if not len(made) or not len(real):
        return float(len(made) == len(real))
    if one.is_number:
        return float(((made >= real.min()) & (made <= real.max())).mean())
    return float(np.isin(made, real).mean())


def pair(columns: tuple[Column, Column], made: Values, real: Values) -> float | None:
    """CorrelationSimilarity of two numbers, ContingencySimilarity where one is a category.

    ``1 - |r - s| / 2`` of Pearson's coefficients of rows that have both values, and
    ``1 - sum |p - q| / 2`` of the shares of each pair of values, numbers put into ten intervals of
    the range of the real ones.

    Args:
        columns: the two.
        made: shape (rows, 2).
        real: the same of real rows.

    Returns:
        None for numbers of which real rows hold one only: they correlate with nothing.
    """
    if all(one.is_number for one in columns):
        r, s = _correlation(real), _correlation(made)
        # Rows that do not vary where real ones do follow nothing.
        return None if r is None else 1 - abs(r - (s or 0.0)) / 2
    cells = [_cells(columns, values, real) for values in (made, real)]
    shares: list[Mapping[tuple[int, int], float]] = [_shares(each) for each in cells]
    every = {*shares[0], *shares[1]}
    return 1 - sum(abs(shares[0].get(c, 0.0) - shares[1].get(c, 0.0)) for c in every) / 2


def _correlation(values: Values) -> float | None:
    whole = values[np.isfinite(values).all(axis=1)]
    if len(whole) < 2 or (np.ptp(whole, axis=0) == 0).any():
        return None
    found: Values = np.asarray(np.corrcoef(whole, rowvar=False))
    return float(found[0, 1])


def _cells(columns: tuple[Column, Column], values: Values, real: Values) -> NDArray[np.intp]:
    """Each row's pair of categories or intervals; no value is one of its own."""
    found = []
    for place, one in enumerate(columns):
        own = values[:, place]
        if one.is_number:
            known = real[:, place]
            edges = np.histogram_bin_edges(known[np.isfinite(known)], bins=BINS)
            edges[0], edges[-1] = -np.inf, np.inf
            found.append(np.digitize(own, edges))
        else:
            found.append(np.where(np.isnan(own), -1, own).astype(int))
    return np.stack(found, axis=1)


def _shares(cells: NDArray[np.intp]) -> dict[tuple[int, int], float]:
    found, counts = np.unique(cells, axis=0, return_counts=True)
    return {(int(a), int(b)): n / len(cells) for (a, b), n in zip(found, counts, strict=True)}
