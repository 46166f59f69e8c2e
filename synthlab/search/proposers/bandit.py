"""``bandit``: draws helpful attribute values more often and harmful ones less, by their credit.

A bandit for each class and axis of an ``attributes`` generator, whose arms are the values. Thompson
sampling (Thompson 1933; Russo et al., "A Tutorial on Thompson Sampling", 2018): the credit of each
value is drawn from what is known of it, mean and standard error, so that a value that few rows
speak for is tried again. A single best arm would be written over and over, and rows of one kind
teach little: so the draw moves weights, within bounds, in place of picking a winner.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthlab.findings import Finding
from synthlab.outcomes import Trial
from synthlab.search.base import Objective
from synthlab.search.proposers.base import Proposal

GENERATOR = ("attributes", "synthlab.generators.attributes:Attributes")
Weights = dict[str, float]


class Bandit:
    """New weights of attribute values, for classes that ``credit`` has something to say of."""

    needs = ("credit",)
    asks = 0

    class Params(BaseModel):
        """How far weights may move."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        bound: float = Field(
            4, gt=1, description="no value is drawn more often, or more seldom, by more than this"
        )
        sure: float = Field(
            2.5, gt=0, description="standard errors below 0 from which a value is drawn no more"
        )
        keep: int = Field(3, ge=1, description="values of an axis that are kept in any case")

    def __init__(self, params: Params) -> None:
        self.params = params

    def propose(self, trial: Trial, objective: Objective, number: int) -> Proposal | None:
        """Other weights; None without axes, or where no credit stands out from its noise."""
        found = {item.label: item for item in trial.feedback.of("credit") if item.label}
        if trial.candidate.generator not in GENERATOR or not found:
            return None
        axes = objective.config(trial.candidate)["generator"]["with"]["axes"]
        changes: dict[str, Any] = {}
        said: dict[str, list[str]] = {}
        for name, axis in axes.items():
            by_label = {label: _weights(axis, label) for label in objective.brief.labels}
            moved = {}
            for label, finding in found.items():
                rng = random.Random(f"bandit/{objective.seed}/{number}/{label}/{name}")
                weights = self._moved(name, by_label[label], finding, rng)
                if weights is not None:
                    moved[label] = weights
                    said.setdefault(label, []).append(_said(name, by_label[label], weights))
            if moved:
                changes[f"generator.with.axes.{name}"] = {**by_label, **moved}
        if not changes:
            return None
        each = [f"{label}: {'; '.join(parts)}" for label, parts in said.items()]
        return Proposal(changes, f"follow the credit of attribute values: {', '.join(each)}")

    def _moved(
        self, axis: str, weights: Weights, finding: Finding, rng: random.Random
    ) -> Weights | None:
        """The weights of one class and axis; None where no value of it stands out."""
        means = {value: finding.weights.get(f"{axis}={value}") for value in weights}
        known = {value: mean for value, mean in means.items() if mean is not None}
        if len(known) < 2 or not known.keys() & set(finding.words):
            return None
        ses = {value: finding.ses.get(f"{axis}={value}", 0.0) for value in known}
        # A draw for each value, also of those that are left out: the others draw the same.
        drawn = {value: rng.gauss(mean, ses[value]) for value, mean in known.items()}
        out = self._harmful(known, ses, len(weights))
        left = [max(0.0, mean) for value, mean in known.items() if value not in out]
        middle = max(_mean(left), 0.25)  # of rows that are all bad, nothing is a multiple
        low, high = 1 / self.params.bound, self.params.bound
        usual = _mean(weights.values())
        times = {value: min(max(credit / middle, low), high) for value, credit in drawn.items()}
        moved = {
            value: min(max(weight / usual * times.get(value, 1.0), low), high)
            for value, weight in weights.items()
            if value not in out
        }
        scale = _mean(moved.values())
        return {value: max(0.01, round(weight / scale, 2)) for value, weight in moved.items()}

    def _harmful(self, known: Weights, ses: Weights, count: int) -> set[str]:
        """Values that clearly harm, the worst first, as long as enough are left."""
        clear = [v for v, mean in known.items() if mean + self.params.sure * ses[v] < 0]
        room = max(0, count - self.params.keep)
        return set(sorted(clear, key=lambda value: (known[value], value))[:room])


def _weights(axis: Any, label: str) -> Weights:
    """The weights of an axis for one class, whichever way they are written."""
    plain = isinstance(axis, list) or all(isinstance(v, int | float) for v in axis.values())
    values = axis if plain else axis[label]
    if isinstance(values, Mapping):
        return {value: float(weight) for value, weight in values.items()}
    counted: Weights = {}
    for value in values:
        counted[value] = counted.get(value, 0.0) + 1.0
    return counted


def _said(axis: str, before: Weights, after: Weights) -> str:
    """The three values whose share changes most."""
    old, new = sum(before.values()), sum(after.values())
    change = {value: after.get(value, 0.0) / new - weight / old for value, weight in before.items()}
    most = sorted(change, key=lambda value: (-abs(change[value]), value))[:3]
    parts = []
    for value in most:
        word = "no" if value not in after else "more" if change[value] > 0 else "less"
        parts.append(f"{word} '{value}'")
    return f"{axis} {', '.join(parts)}"


def _mean(values: Any) -> float:
    listed: Sequence[float] = list(values)
    return sum(listed) / len(listed)
