"""``labels``: synthetic rows that read like another class, by a model of the real dev rows.

The cross-check is fitted on one half of dev, and what the doubted rows cost is judged on the other,
both ways, so that dev does not praise its own choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.base import clone

from synthlab.features.threads import one_thread
from synthlab.feedback.base import Evidence
from synthlab.feedback.confusions import macro_f1
from synthlab.feedback.coverage import table
from synthlab.findings import Finding

SHOWN = 3
DRAWS = 3


class Labels:
    """A finding for each class with enough doubted rows."""

    class Params(BaseModel):
        """Which classes are told."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        share: float = Field(
            0.1, ge=0, le=1, description="share of a class's rows that must be doubted"
        )

    def __init__(self, params: Params) -> None:
        self.params = params

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """Nothing where dev has too few rows of a class to learn from."""
        try:
            with one_thread():
                halves = list(_halves(evidence))
                calls = [_called(evidence, half) for half, _ in halves]
                others = [other for _, other in halves]
                won = [_won(evidence, called, on) for called, on in zip(calls, others, strict=True)]
        except ValueError:  # a classifier may want more rows than half of dev has
            return []
        if not calls:
            return []
        # Both models must doubt a row: each knows half of dev only.
        own = np.array([row.label for row in evidence.kept])
        doubted = np.logical_and.reduce([np.array(called) != own for called in calls])
        return list(self._told(evidence, doubted, calls[0], float(np.mean(won))))

    def _told(
        self, evidence: Evidence, doubted: NDArray[np.bool_], called: Sequence[str], won: float
    ) -> Iterator[Finding]:
        own = np.array([row.label for row in evidence.kept])
        names = evidence.brief.names
        for label in evidence.brief.labels:
            mine = doubted & (own == label)
            count, rows = int(mine.sum()), int((own == label).sum())
            if not count or count < self.params.share * rows:
                continue
            other, times = Counter(called[at] for at in np.flatnonzero(mine).tolist()).most_common(
                1
            )[0]
            text = (
                f"{count} of {rows} synthetic {names[label]} rows read like another class to a "
                f"model of real rows, {times} of them like {names[other]}"
            )
            shown = tuple(evidence.kept[at].id for at in np.flatnonzero(mine)[:SHOWN])
            share = max(0.0, won) * count / int(doubted.sum())
            yield Finding("labels", text, share, label, other, rows=shown)


def _halves(evidence: Evidence) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Two halves of dev, either first, with equal shares of each class; none of a single row."""
    draw = np.random.default_rng(evidence.seed)
    true = evidence.score.true
    first = []
    for place in range(len(evidence.score.labels)):
        own = draw.permutation(np.flatnonzero(true == place))
        if len(own) < 2:
            return
        first.append(own[: len(own) // 2])
    one = np.sort(np.concatenate(first))
    two = np.setdiff1d(np.arange(len(true)), one)
    yield one, two
    yield two, one


def _called(evidence: Evidence, half: NDArray[np.intp]) -> list[str]:
    """What a model of these dev rows calls each synthetic row."""
    rows = [evidence.real[at] for at in half]
    model = clone(evidence.model).fit(evidence.texts(rows), [row.label for row in rows])
    return [str(label) for label in model.predict(evidence.texts(evidence.kept))]


def _won(evidence: Evidence, called: Sequence[str], half: NDArray[np.intp]) -> float:
    """Macro-F1 on the other half that doubted rows cost, beside as many rows left out by lot."""
    own = np.array([row.label for row in evidence.kept])
    sure = np.array(called) == own
    draw = np.random.default_rng(evidence.seed)
    lots = np.ones((DRAWS, len(own)), dtype=bool)
    for label in evidence.score.labels:
        mine = np.flatnonzero(own == label)
        for lot in lots:
            lot[draw.permutation(mine)[: int((~sure[mine]).sum())]] = False
    if set(own[sure]) != set(evidence.score.labels):
        return 0.0
    alike = np.mean([_score(evidence, lot, half) for lot in lots])
    return float(_score(evidence, sure, half) - alike)


def _score(evidence: Evidence, kept: NDArray[np.bool_], half: NDArray[np.intp]) -> float:
    rows = [row for row, keep in zip(evidence.kept, kept, strict=True) if keep]
    model = clone(evidence.model).fit(evidence.texts(rows), [row.label for row in rows])
    called = model.predict(evidence.texts([evidence.real[at] for at in half]))
    labels = evidence.score.labels
    places = {label: place for place, label in enumerate(labels)}
    found = np.array([places[label] for label in called], dtype=np.int16)
    return macro_f1(table(evidence.score.true[half], found, len(labels)))
