"""``fairness``: are groups of people there as declared, does the trained model serve them alike.

Two questions of the rows (are the quotas kept, does a class go with a group) and two of the model
that was trained on them, asked on real rows: does it call and miss classes alike for all groups,
and does it change its mind when only the words for the group change. A perfect model has no
equalized odds difference, but as much difference in demographic parity as the real labels have.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from synthlab.features.lexicon import NONE
from synthlab.groups import Sensitive
from synthlab.measures import Measure, Verdict
from synthlab.quality import parity
from synthlab.quality.base import Skip, Subject
from synthlab.quality.people import About
from synthlab.quality.rates import wilson
from synthlab.quality.treated import PART, treated

KEPT, NEAR = 0.02, 0.1
"""Gaps in shares up to which a quota is kept, and nearly."""


class Fairness:
    """Measures every declared attribute; where there are several, the worst one counts."""

    COST: ClassVar[Literal["fast", "slow"]] = "fast"

    class Params(BaseModel):
        """There is nothing to set: attributes are declared in ``task.sensitive``."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params) -> None:
        self.params = params

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Up to eight figures; those that groups are too small for are left out.

        Raises:
            Skip: no sensitive attribute is declared, or no row is there.
        """
        if not subject.sensitive or subject.groups is None:
            raise Skip("no sensitive attribute is declared in task.sensitive")
        if not subject.kept:
            raise Skip("there is no synthetic row")
        each = [_of(item, subject) for item in subject.sensitive]
        names = dict.fromkeys(item.name for found in each for item in found)
        return [_worst(name, subject.sensitive, each) for name in names]


def _worst(name: str, declared: Sequence[Sensitive], each: Sequence[Sequence[Measure]]) -> Measure:
    """The measure of the attribute that does worst, with the details of all."""
    own = {
        item.name: measure
        for item, found in zip(declared, each, strict=True)
        for measure in found
        if measure.name == name
    }
    worst = max(own, key=lambda key: own[key].value)
    said = own[worst].said if len(own) == 1 else f"{worst}: {own[worst].said}"
    details = {key: {**measure.details, "value": measure.value} for key, measure in own.items()}
    return replace(own[worst], said=said, details={"attributes": details})


def _of(item: Sensitive, subject: Subject) -> list[Measure]:
    about = About.of(item, subject)
    found = [_quota(about), _none(about), _representation(about), _label_rate(about)]
    judged = treated(about)
    return [measure for measure in (*found, *judged) if measure is not None]


def _quota(about: About) -> Measure:
    """Requested against delivered in the cells of class and group.

    A row is in one cell only: less than a row of each generation is no gap.
    """
    whole = about.subject.generations
    table = about.table()
    totals = {label: sum(cell[1] for cell in row.values()) for label, row in table.items()}
    gaps = {
        (label, name): (cell[1] - cell[0]) / totals[label]
        for label, row in table.items()
        for name, cell in row.items()
        if name != NONE and totals[label]
    }
    gaps = {
        (label, name): 0.0 if abs(gap) * totals[label] < whole - 1e-6 else gap
        for (label, name), gap in gaps.items()
    }
    (label, name), gap = max(gaps.items(), key=lambda pair: abs(pair[1]))
    want, have = table[label][name]
    kept = sum(min(cell) for row in table.values() for cell in row.values())
    said = (
        f"every cell of class and {about.item.name} has the rows that were declared for it"
        if abs(gap) < 1e-9
        else f"of the declared cells of class and {about.item.name}, '{label}, {name}' is furthest "
        f"off: {have:,.0f} rows for {want:,.0f}"
    )
    return Measure(
        "quota_gap", PART, abs(gap), "lower", "share of a class", said,
        _by_size(abs(gap)) if about.asked else "",
        details={"cells": table, "filled": kept / len(about.made), "asked": about.asked},
    )  # fmt: skip


def _none(about: About) -> Measure:
    made, real = about.made.count(NONE), about.real.count(NONE)
    value, n = made / len(about.made), len(about.made)
    low, high = wilson(made, n)
    beside = f"; of real rows, {real / len(about.real):.0%}" if about.real else ""
    return Measure(
        "group_none", PART, value, "near", "share of rows",
        f"{value:.0%} of the rows tell no {about.item.name} by the declared words{beside}", "",
        real / len(about.real) if about.real else None, min(low, value), max(high, value),
        details={"rows": n, "real_rows": len(about.real)},
    )  # fmt: skip


def _representation(about: About) -> Measure | None:
    """The groups' shares of the rows that tell one, beside what was declared."""
    made, real = (_shares(groups, about.item.names) for groups in (about.made, about.real))
    if not made:
        return None
    wanted = _overall(about)
    gaps = {name: made[name] - wanted[name] for name in about.item.names}
    name = max(gaps, key=lambda key: abs(gaps[key]))
    there = f"; of real rows, {real[name]:.0%}" if real else ""
    return Measure(
        "represented", PART, abs(gaps[name]), "lower", "share of rows with a group",
        f"{made[name]:.0%} of the rows that tell a {about.item.name} are '{name}', "
        f"{wanted[name]:.0%} were declared{there}",
        _by_size(abs(gaps[name])) if about.asked else "",
        max(abs(real[key] - wanted[key]) for key in about.item.names) if real else None,
        details={
            "made": made,
            "real": real,
            "declared": wanted,
            "counts": _counts(about.made, about.item.names),
            "real_counts": _counts(about.real, about.item.names),
        },
    )  # fmt: skip


def _label_rate(about: About) -> Measure | None:
    """How much more often a class goes with one group than with another."""
    labels = [row.label for row in about.subject.kept]
    made = parity.rates(labels, about.made, about.item.names)
    if len(made) < 2:
        return None
    label, value = parity.widest(made)
    real = parity.rates([row.label for row in about.subject.real], about.real, about.item.names)
    reference = parity.widest(real)[1] if len(real) > 1 else None
    share = labels.count(label) / len(labels)
    # Shares that differ between classes mean a gap: what was declared is not held against it.
    meant = _meant(about, label) if about.asked else 0.0
    groups = [about.made.count(name) for name in made]
    noise = 2 * math.sqrt(max(share * (1 - share), 0.01) * sum(1 / n for n in groups))
    verdict: Verdict = "good" if value <= meant + max(0.05, noise) else "watch"
    if reference is not None and value > max(reference, meant) + max(0.05, noise):
        verdict = "bad"
    beside = "" if reference is None else f"; in real rows the widest gap is {reference:.2f}"
    return Measure(
        "label_gap", PART, value, "lower", "share of a group's rows",
        f"'{label}' is {value:.2f} more of one {about.item.name}'s rows than of another's{beside}",
        verdict, reference, details={"made": made, "real": real, "declared": meant},
    )  # fmt: skip


def _meant(about: About, label: str) -> float:
    """The gap in a class's rate between groups that the declared shares come to."""
    rows = Counter(row.label for row in about.subject.kept)
    cells = [(one, [n * share for share in about.item.shares(one)]) for one, n in rows.items()]
    totals = [sum(column) for column in zip(*(counts for _, counts in cells), strict=True)]
    own = next(counts for one, counts in cells if one == label)
    rates = [n / total for n, total in zip(own, totals, strict=True) if total]
    return float(max(rates) - min(rates))


def _shares(groups: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    total = sum(group != NONE for group in groups)
    return {name: groups.count(name) / total for name in names} if total else {}


def _counts(groups: Sequence[str], names: Sequence[str]) -> dict[str, int]:
    return {name: groups.count(name) for name in (*names, NONE)}


def _overall(about: About) -> dict[str, float]:
    """The declared shares of all rows, classes by their rows."""
    rows = Counter(row.label for row in about.subject.kept)
    shares = [[n * share for share in about.item.shares(label)] for label, n in rows.items()]
    totals = (sum(column) / rows.total() for column in zip(*shares, strict=True))
    return dict(zip(about.item.names, totals, strict=True))


def _by_size(gap: float) -> Verdict:
    return "good" if gap <= KEPT + 1e-9 else "watch" if gap <= NEAR else "bad"
