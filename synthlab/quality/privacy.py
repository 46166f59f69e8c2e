"""``privacy``: what an attacker who sees the synthetic rows learns of the rows that prompts showed.

The attacker holds a real row and asks whether a prompt showed it (membership inference). Its score
is how near the row lies to the nearest synthetic one, less how near it lies to other real ones (as
DOMIAS weighs a density by that of the population, van Breugel et al. 2023), and the share of its
runs of five words that synthetic rows repeat. Of the rows that no prompt showed, one half are those
other rows and one half are to be told from shown ones: were they the same, their scores would
depend on each other, and the intervals be too narrow. Few rows are shown, so intervals are wide:
what cannot be told has no verdict. An attack that fails proves nothing of better ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from synthlab.features.shared import SharedRuns
from synthlab.measures import Measure, Verdict
from synthlab.quality.base import Skip, Subject
from synthlab.quality.canaries import secrets_in
from synthlab.quality.matched import drawn
from synthlab.quality.rates import Z, exact, percent
from synthlab.quality.vectors import tfidf
from synthlab.records import Row

RUN = 5
FALSE_ALARMS = 0.01
LEAST = 40
"""Rows that nothing saw, below which a false alarm in a hundred cannot be told from none."""
FEW = 5
"""Rows of a class, from which its own mean and spread are known."""

Floats = NDArray[np.float64]


class Privacy:
    """``mia_auc`` and ``mia_tpr``; ``canaries`` where some were planted (``canaries.py``)."""

    COST: ClassVar[Literal["fast", "slow"]] = "slow"

    class Params(BaseModel):
        """How many rows are looked at."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        most: int = Field(2000, ge=20, description="rows of each kind that are looked at")

    def __init__(self, params: Params) -> None:
        self.params = params

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Where prompts showed no real row there is nothing to ask: a ``Skip``."""
        if not subject.kept:
            raise Skip("there is no row")
        found = _canaries(subject)
        known = secrets_in(subject.texts(subject.source))
        shown = [row for row in subject.shown if not known & secrets_in(subject.texts([row]))]
        there = {row.label for row in shown}
        held = [row for row in subject.held if row.label in there]
        shown = [row for row in shown if row.label in {other.label for other in held}]
        if not shown or len(held) < LEAST:
            if found:
                return found
            raise Skip(
                f"fewer than {LEAST} real rows of their classes are kept apart to compare with"
                if subject.shown
                else "no prompt showed a real row, so that none can be given away by one"
            )
        scores = _scores(subject, shown[: self.params.most], held[: self.params.most])
        return [_auc(scores), _tpr(scores), *found]


@dataclass(frozen=True)
class _Scores:
    """The attacker's score of each row, in units of its class's spread, and its class."""

    shown: Floats
    held: Floats
    shown_labels: NDArray[Any]
    held_labels: NDArray[Any]


def _scores(subject: Subject, shown: Sequence[Row], held: Sequence[Row]) -> _Scores:
    order = drawn(held, subject.texts(held), len(held), subject.seed)
    order.sort(key=lambda place: held[place].label)
    others, own = [held[place] for place in order[::2]], [held[place] for place in order[1::2]]
    every, count = [*shown, *own], len(shown)
    texts, made = subject.texts(every), subject.texts(subject.kept)
    real, other, synthetic = tfidf(texts, subject.texts(others), made)
    runs = SharedRuns(made, RUN)
    shares = np.array([hit / max(1, of) for hit, of in map(runs.count, texts)])
    raw = _nearest(real, synthetic) - _nearest(real, other) + shares
    labels = np.array([row.label for row in every])
    found = _by_class(raw, labels, count)
    return _Scores(found[:count], found[count:], labels[:count], labels[count:])


def _nearest(real: Any, others: Any) -> Floats:
    """The largest cosine of each real row to another set, a thousand of its rows at a time."""
    parts = [
        (real @ others[start : start + 1000].T).toarray().max(axis=1)
        for start in range(0, others.shape[0], 1000)
    ]
    return np.asarray(np.max(parts, axis=0), dtype=np.float64)


def _by_class(raw: Floats, labels: NDArray[Any], count: int) -> Floats:
    """Without what a class has of its own: some are nearer to their synthetic rows than others."""
    found = raw.copy()
    held = np.arange(len(raw)) >= count
    for label in set(labels):
        mine = labels == label
        known = mine & held if (mine & held).sum() >= FEW else held
        found[mine] = (raw[mine] - raw[known].mean()) / max(float(raw[known].std()), 1e-9)
    return found


def _auc(scores: _Scores) -> Measure:
    """Of pairs of one class: prompts do not show classes as often as they are."""
    pairs = scores.shown[:, None] - scores.held[None, :]
    alike = scores.shown_labels[:, None] == scores.held_labels[None, :]
    won = ((pairs > 0) + (pairs == 0) / 2) * alike
    value = float(won.sum() / alike.sum())
    shown, held = pairs.shape
    low, high = auc_interval(value, shown, held)
    verdict: Verdict = "good" if high < 0.6 else ""
    if low > 0.5:
        verdict = "bad" if value >= 0.7 else "watch"
    said = (
        "an attacker who is given a real row that a prompt showed and one that none did tells "
        f"them apart in {value:.0%} of cases (50%: by luck; {_few(shown, low, high)})"
    )
    return Measure(
        "mia_auc", "privacy", value, "near", "AUC", said, verdict, 0.5, low, high,
        details={"shown": shown, "held": held},
    )  # fmt: skip


def _tpr(scores: _Scores) -> Measure:
    """The threshold is the smallest that at most one in a hundred held-out rows passes."""
    shown, held = scores.shown, scores.held
    threshold = np.sort(held)[len(held) - 1 - int(FALSE_ALARMS * len(held))]
    count = int((shown > threshold).sum())
    value = count / len(shown)
    low, high = exact(count, len(shown))
    verdict: Verdict = "good" if high < 10 * FALSE_ALARMS else ""
    if low > FALSE_ALARMS:
        verdict = "bad" if value >= 10 * FALSE_ALARMS else "watch"
    said = (
        "an attacker who may be wrong about one unshown row in a hundred names "
        f"{percent(value)} of those that prompts showed (1%: by luck; "
        f"{_few(len(shown), low, high)})"
    )
    return Measure(
        "mia_tpr", "privacy", value, "lower", "share of shown rows", said, verdict, FALSE_ALARMS,
        low, high, details={"shown": len(shown), "held": len(held)},
    )  # fmt: skip


def _few(count: int, low: float, high: float) -> str:
    rows = f"only {count} rows were shown" if count < 30 else f"{count:,} rows were shown"
    return f"{rows}, so that it may be {low:.0%} to {high:.0%}"


def auc_interval(value: float, members: int, others: int) -> tuple[float, float]:
    """A 95% interval of an AUC, which is not empty at 0 and 1 (Newcombe 2006, method 5)."""
    half = (members + others) / 2 - 1

    def off(at: float) -> float:
        spread = 1 + half * ((1 - at) / (2 - at) + at / (1 + at))
        return abs(at - value) - Z * math.sqrt(at * (1 - at) * spread / (members * others))

    return _root(off, value, 0.0), _root(off, value, 1.0)


def _root(off: Callable[[float], float], inside: float, outside: float) -> float:
    """Where ``off`` turns from negative, between a point inside the interval and its bound."""
    if off(outside) <= 0:
        return outside
    for _ in range(60):
        middle = (inside + outside) / 2
        if off(middle) <= 0:
            inside = middle
        else:
            outside = middle
    return inside


def _canaries(subject: Subject) -> list[Measure]:
    """Of those that were planted among the rows that prompts showed, or could have shown."""
    planted = secrets_in(subject.texts(subject.shown)) or secrets_in(subject.texts(subject.source))
    if not planted:
        return []
    count = len(planted & secrets_in(subject.texts(subject.kept)))
    low, high = exact(count, len(planted))
    said = f"{count:,} of {len(planted):,} planted secrets came back in the rows"
    return [
        Measure(
            "canaries", "privacy", count / len(planted), "lower", "share of secrets", said,
            "bad" if count else "good", 0.0, low, high, details={"planted": len(planted)},
        )
    ]  # fmt: skip
