"""``tics``: words that give synthetic rows away, as no real row speaks so.

A second classifier learns to tell synthetic rows from real ones (a classifier two-sample test:
Lopez-Paz and Oquab 2017); its largest coefficients are the tics. The words are the LM's own, so
that no real row is in them. What they cost is tried: the first classifier is fitted again without
them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from synthlab.features.threads import one_thread
from synthlab.feedback.base import Evidence
from synthlab.feedback.confusions import macro_f1
from synthlab.feedback.coverage import table
from synthlab.feedback.telling import TOKEN, Held, Telling, said
from synthlab.findings import Finding

FOLDS = 5


class Tics:
    """One finding: the worst words of all synthetic rows."""

    class Params(BaseModel):
        """Which words count as tics."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        words: int = Field(12, ge=1, description="most words that are told")
        times: float = Field(
            4.0, gt=1, description="so many times as often as in real rows, or more"
        )

    def __init__(self, params: Params) -> None:
        self.params = params

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """Nothing where no word of at least ``evidence.least`` synthetic rows stands out."""
        made = evidence.texts(evidence.kept)
        real = _cut(evidence.texts(evidence.real), made)
        telling = Telling(
            [*made, *real], ["made"] * len(made) + ["real"] * len(real), (), evidence.least
        )
        mine = telling.labels == "made"
        if not telling.terms or mine.sum() < FOLDS or (~mine).sum() < FOLDS:
            return []
        auc, weights = _told_apart(telling.holds, mine, evidence.seed)
        often = telling.holds[mine].mean(axis=0)
        seldom = (telling.holds[~mine].sum(axis=0) + 1) / (~mine).sum()
        weights[(often < self.params.times * seldom) | ~telling.shared(mine, evidence.least)] = 0
        words = tuple(telling.best(weights)[: self.params.words])
        if not words:
            return []
        share = float(Held(made, words).holds.any(axis=1).mean())
        text = (
            f"a classifier tells these rows from real ones (AUC {auc:.2f}; 0.5 is a coin): "
            f"{share:.0%} of them use words that real rows seldom do: {said(words, 12)}"
        )
        return [Finding("tics", text, _gain(evidence, made, words), words=words)]


def _told_apart(
    holds: NDArray[np.bool_], mine: NDArray[np.bool_], seed: int
) -> tuple[float, NDArray[np.float64]]:
    """AUC on rows that it was not fitted on, and each word's coefficient; above 0: synthetic."""
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with one_thread():
        found = cross_val_predict(model, holds, mine, cv=folds, method="decision_function")
        weights = model.fit(holds, mine).coef_[0]
    return float(roc_auc_score(mine, found)), np.array(weights, dtype=float)


def _cut(real: Sequence[str], made: Sequence[str]) -> list[str]:
    """Real texts cut to a usual length of the synthetic ones: longer texts hold more words."""
    length = int(np.median([len(text.split()) for text in made]))
    return [" ".join(text.split()[:length]) for text in real]


def _gain(evidence: Evidence, made: Sequence[str], words: Sequence[str]) -> float:
    """What the classifier wins on dev when it never sees the words, as far as it can be fitted."""
    known, token = set(words), re.compile(TOKEN)

    def without(text: str) -> str:
        return token.sub(lambda m: "" if m[0].lower() in known else m[0], text)

    score = evidence.score
    with one_thread():
        try:
            model = clone(evidence.model).fit(
                [without(text) for text in made], [row.label for row in evidence.kept]
            )
            called = model.predict(evidence.texts(evidence.real))
        except ValueError:  # nothing is left of the rows
            return 0.0
    places = {label: place for place, label in enumerate(score.labels)}
    found = np.array([places[label] for label in called], dtype=np.int16)
    return max(0.0, macro_f1(table(score.true, found, len(score.labels))) - score.f1)
