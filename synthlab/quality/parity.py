"""Parity of a classifier between groups of people: figures, and how sure they are.

A model of several classes is judged one class against the rest, and the worst class counts.
Differences are those of ``fairlearn``: demographic parity is the largest gap between groups in how
often a class is called, equalized odds the larger of the gaps in the true and the false positive
rate (Hardt, Price, Srebro 2016, "Equality of Opportunity in Supervised Learning").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
from numpy.typing import NDArray
from scipy.stats import beta

LEAST = 20
"""Real rows of a group, or of a class in a group, under which no figure is given."""
DRAWS = 1000

Figures = NDArray[np.float64]
Range = tuple[float, float]
Shares = tuple[Figures, Figures]
"""Rows of a kind and all rows, by group and column."""


@dataclass(frozen=True, eq=False)
class Called:
    """Real rows of groups that are large enough, and what a model called them.

    Attributes:
        true: shape (rows,): places in ``classes``.
        called: shape (rows,): the same, of what the model said; -1 for none of them.
        groups: shape (rows,): places in ``names``.
    """

    classes: tuple[str, ...]
    names: tuple[str, ...]
    true: NDArray[np.intp]
    called: NDArray[np.intp]
    groups: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        classes: Sequence[str],
        true: Sequence[str],
        called: Sequence[str],
        groups: Sequence[str],
        names: Sequence[str],
    ) -> Called | None:
        """Of the rows of groups that have ``LEAST`` of them; None with fewer than two such."""
        large = tuple(name for name in names if list(groups).count(name) >= LEAST)
        if len(large) < 2:
            return None
        at = [place for place, group in enumerate(groups) if group in large]
        places = {label: place for place, label in enumerate(classes)}
        return cls(
            tuple(classes),
            large,
            np.array([places.get(true[n], -1) for n in at], dtype=np.intp),
            np.array([places.get(called[n], -1) for n in at], dtype=np.intp),
            np.array([large.index(groups[n]) for n in at], dtype=np.intp),
        )

    @property
    def counts(self) -> Figures:
        """Rows by (group, class, called class); the last of the called ones is none of them."""
        size = len(self.classes)
        found = np.zeros((len(self.names), size, size + 1))
        np.add.at(found, (self.groups, self.true, self.called), 1.0)
        return found


def parity(rows: Called) -> dict[str, float]:
    """The demographic parity difference of each class that is called at all or is there."""
    return {
        label: float(
            demographic_parity_difference(
                rows.true == at, rows.called == at, sensitive_features=rows.groups
            )
        )
        for at, label in enumerate(rows.classes)
        if (rows.called == at).any() or (rows.true == at).any()
    }


def odds(rows: Called) -> dict[str, float]:
    """The equalized odds difference of each class with ``LEAST`` rows in and outside, by group."""
    return {
        rows.classes[at]: float(
            equalized_odds_difference(
                rows.true == at, rows.called == at, sensitive_features=rows.groups
            )
        )
        for at in _enough(rows)
    }


def parity_range(several: Sequence[Called], seed: int) -> Range:
    """The 95% interval of the largest of ``parity``, over rows and generations."""
    return _interval(several, seed, _called)


def odds_range(several: Sequence[Called], seed: int) -> Range:
    """The same of ``odds``."""
    at = _enough(several[0])

    def errors(counts: Figures) -> Shares:
        parts = zip(_recall(counts), _alarms(counts), strict=True)
        part, whole = (np.concatenate([a[:, at], b[:, at]], axis=1) for a, b in parts)
        return part, whole

    return _interval(several, seed, errors)


def summary(several: Sequence[Called], seed: int = 0) -> dict[str, Any]:
    """All of it as plain data: what classifiers of several generations call the same real rows.

    Returns:
        ``{"rows", "generations", "parity", "odds", "groups"}``: ``parity`` and ``odds`` are
        ``{"value", "low", "high", "per_class"}``, the mean over generations of the worst class,
        ``odds`` None where no class has rows enough; ``groups`` is ``by_group`` of the first.
    """
    found = [parity(rows) for rows in several], [odds(rows) for rows in several]
    ranges = parity_range(several, seed), odds_range(several, seed) if found[1][0] else (0.0, 0.0)
    return {
        "rows": int(several[0].true.size),
        "generations": len(several),
        "parity": _meaned(found[0], ranges[0]),
        "odds": _meaned(found[1], ranges[1]) if found[1][0] else None,
        "groups": by_group(several[0], seed),
    }


def _meaned(found: Sequence[Mapping[str, float]], around: Range) -> dict[str, Any]:
    value = float(np.mean([max(one.values()) for one in found]))
    labels = [label for label in found[0] if all(label in one for one in found)]
    return {
        "value": value,
        "low": min(value, around[0]),
        "high": max(value, around[1]),
        "per_class": {label: float(np.mean([one[label] for one in found])) for label in labels},
    }


def by_group(rows: Called, seed: int) -> dict[str, dict[str, list[float] | int]]:
    """Rows, accuracy and macro-F1 of each group: ``[value, low, high]`` with 95% intervals.

    Macro-F1 is over the classes that every group has ``LEAST`` rows of, so that groups can be
    compared; without any it is left out.
    """
    counts = rows.counts
    has = np.flatnonzero((counts.sum(axis=-1) >= LEAST).all(axis=0))
    drawn = _drawn(counts, seed)
    found: dict[str, dict[str, list[float] | int]] = {}
    for at, name in enumerate(rows.names):
        entry: dict[str, list[float] | int] = {"n": int(counts[at].sum())}
        right, n = (float(each[at, 0]) for each in _accurate(counts))
        entry["accuracy"] = [right / n, *(float(end) for end in _jeffreys(right, n))]
        if has.size:
            f1 = _f1(counts[at])[has].mean(), _f1(drawn[:, at])[..., has].mean(axis=-1)
            entry["f1"] = _valued(*f1)
        found[name] = entry
    return found


def accuracy_range(rows: Called, seed: int) -> tuple[float, float, float]:
    """The largest gap between groups in accuracy, and its 95% interval."""
    part, whole = _accurate(rows.counts)
    value = float(np.ptp(part / whole))
    low, high = _interval([rows], seed, _accurate)
    return value, min(low, value), max(high, value)


def rates(
    labels: Sequence[str], groups: Sequence[str], names: Sequence[str]
) -> Mapping[str, Mapping[str, float]]:
    """How often each class is given to rows of a group, by group, of groups with ``LEAST`` rows."""
    found = {}
    for name in names:
        own = [label for label, group in zip(labels, groups, strict=True) if group == name]
        if len(own) >= LEAST:
            found[name] = {label: own.count(label) / len(own) for label in sorted(set(labels))}
    return found


def widest(found: Mapping[str, Mapping[str, float]]) -> tuple[str, float]:
    """The class whose rate differs most between groups, and by how much."""
    classes = sorted({label for one in found.values() for label in one})
    gaps = {
        label: max(one.get(label, 0.0) for one in found.values())
        - min(one.get(label, 0.0) for one in found.values())
        for label in classes
    }
    label = max(gaps, key=lambda key: gaps[key])
    return label, gaps[label]


def _enough(rows: Called) -> list[int]:
    support = rows.counts.sum(axis=-1)
    rest = support.sum(axis=-1, keepdims=True) - support
    enough = ((support >= LEAST) & (rest >= LEAST)).all(axis=0)
    return [int(at) for at in np.flatnonzero(enough)]


def _drawn(counts: Figures, seed: int) -> Figures:
    """Counts of rows that are drawn again within each group, shape (draws, *counts.shape)."""
    rng = np.random.default_rng(seed)
    groups = [
        rng.multinomial(int(one.sum()), one.ravel() / one.sum(), DRAWS).reshape(DRAWS, *one.shape)
        for one in counts
    ]
    return np.stack(groups, axis=1).astype(float)


def _interval(several: Sequence[Called], seed: int, shares: Callable[[Figures], Shares]) -> Range:
    """Of the widest gap of each generation, between the same groups and in the same column.

    The largest of many gaps, drawn again, is too large nearly always; the gap that was largest,
    drawn again, is not. Rates are drawn from their posterior under Jeffreys' prior, as few rows
    drawn again would make a rate of 0 or 1 look certain.
    """
    drawn = []
    for number, rows in enumerate(several):
        rng = np.random.default_rng(seed + number)
        part, whole = shares(rows.counts)
        values = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
        column = int(np.ptp(values, axis=0).argmax())
        ends = values[:, column].argmax(), values[:, column].argmin()
        high, low = (
            rng.beta(part[at, column] + 0.5, whole[at, column] - part[at, column] + 0.5, DRAWS)
            for at in ends
        )
        drawn.append(high - low)
    low, high = np.quantile(np.concatenate(drawn), (0.025, 0.975))
    return max(0.0, float(low)), max(0.0, float(high))


def _jeffreys(part: float, whole: float) -> Range:
    low, high = beta.ppf((0.025, 0.975), part + 0.5, whole - part + 0.5)
    return min(float(low), part / whole), max(float(high), part / whole)


def _valued(value: float | Figures, drawn: Figures) -> list[float]:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return [float(value), float(low), float(high)]


def _called(counts: Figures) -> Shares:
    part = _square(counts).sum(axis=-2)
    return part, np.broadcast_to(counts.sum(axis=(-1, -2))[..., None], part.shape)


def _recall(counts: Figures) -> Shares:
    return _right(counts), counts.sum(axis=-1)


def _alarms(counts: Figures) -> Shares:
    rest = counts.sum(axis=(-1, -2))[..., None] - counts.sum(axis=-1)
    return _square(counts).sum(axis=-2) - _right(counts), rest


def _accurate(counts: Figures) -> Shares:
    return _right(counts).sum(axis=-1)[..., None], counts.sum(axis=(-1, -2))[..., None]


def _f1(counts: Figures) -> Figures:
    part, whole = 2 * _right(counts), counts.sum(axis=-1) + _square(counts).sum(axis=-2)
    return np.asarray(np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0))


def _right(counts: Figures) -> Figures:
    return np.asarray(np.diagonal(_square(counts), axis1=-2, axis2=-1))


def _square(counts: Figures) -> Figures:
    return counts[..., :-1]
