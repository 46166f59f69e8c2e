"""What helps a classifier with uneven classes and needs no LM, on the same real rows.

Class weights; threshold moving; random undersampling and oversampling; SMOTE between the vectors
that the classifier itself sees (Chawla, Bowyer, Hall and Kegelmeyer, JAIR 16, 2002); and SMOTE
between LSA vectors, which have a meaning of their own where TF-IDF has words (with logistic
regression, which stands there without SMOTE, too). Oversampling and SMOTE are imbalanced-learn's,
and add rows up to the numbers that a synthetic top-up adds them to, so that all are compared at
equal rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from synthlab.errors import SynthlabError
from synthlab.features.threads import one_thread
from synthlab.outcomes import Baseline, Score
from synthlab.records import Row, draw_seed
from synthlab.scoring.baselines import mean_of
from synthlab.scoring.models import lsa_logreg
from synthlab.scoring.score import Scorer

NEIGHBOURS = 5
"""Of SMOTE, as in its paper; fewer where a class has no more rows."""

Fit = Callable[[Scorer, Sequence[Row], Mapping[str, int], int], Any]
"""Scorer, real rows, rows to add by class, seed -> the fitted model."""


@dataclass(frozen=True)
class Remedy:
    """One of them.

    Attributes:
        name: as tables show it.
        fit: trains the model.
        drawn: the seed changes what it gives.
        adds: it adds rows of its own making.
        cuts: every class is cut to the rows of the smallest one.
    """

    name: str
    fit: Fit
    drawn: bool
    adds: bool = True
    cuts: bool = False

    def score(
        self,
        scorer: Scorer,
        base: Sequence[Row],
        quota: Mapping[str, int],
        real: Sequence[Row],
        seeds: Sequence[int],
    ) -> tuple[Score, ...]:
        """A score for each seed; one in all where seeds change nothing.

        Args:
            scorer: whose classifier is trained.
            base: real rows to train on.
            quota: rows to add, by class.
            real: the rows that are predicted.
            seeds: of the draws.

        Raises:
            SynthlabError: the classifier or the rows do not allow it.
        """
        rows = len(base) + (sum(quota.values()) if self.adds else 0)
        if self.cuts:
            rows = len(_fewest(base, 0))
        chosen = seeds if self.drawn else seeds[:1]
        return tuple(
            scorer.judge(self.fit(scorer, base, quota, draw_seed(self.name, seed)), real, rows)
            for seed in chosen
        )


def _weights(scorer: Scorer, base: Sequence[Row], quota: Mapping[str, int], seed: int) -> Any:
    """Every class counts the same in all: scikit-learn's ``class_weight="balanced"``."""
    counts = Counter(row.label for row in base)
    return scorer.fit(base, [len(base) / len(counts) / counts[row.label] for row in base])


class Even:
    """A fitted classifier that is asked as if every class were as frequent as the others.

    Each probability is divided by the class's share of the training rows, and the highest one wins
    (Saerens, Latinne and Decaestecker, Neural Computation 14, 2002; "threshold moving").

    Args:
        model: fitted, with probabilities.
        counts: training rows by class.
    """

    def __init__(self, model: Any, counts: Mapping[str, int]) -> None:
        self.model = model
        self.classes_ = model.classes_
        self._rows = np.array([counts[label] for label in model.classes_], dtype=np.float64)

    def predict_proba(self, texts: Any) -> NDArray[np.float64]:
        """Shape (texts, classes)."""
        found = self.model.predict_proba(texts) / self._rows
        even: NDArray[np.float64] = found / found.sum(axis=1, keepdims=True)
        return even

    def predict(self, texts: Any) -> Any:
        """A label a text."""
        return self.classes_[self.predict_proba(texts).argmax(axis=1)]


def _even(scorer: Scorer, base: Sequence[Row], quota: Mapping[str, int], seed: int) -> Any:
    model = scorer.fit(base)
    if not hasattr(model, "predict_proba"):
        raise SynthlabError("the classifier gives no probabilities")
    return Even(model, Counter(row.label for row in base))


def _undersampled(scorer: Scorer, base: Sequence[Row], quota: Mapping[str, int], seed: int) -> Any:
    """As many rows of each class as the smallest one has."""
    return scorer.fit(_fewest(base, seed))


def _fewest(base: Sequence[Row], seed: int) -> list[Row]:
    by_label: dict[str, list[Row]] = {}
    for row in base:
        by_label.setdefault(row.label, []).append(row)
    fewest, rng = min(map(len, by_label.values())), np.random.default_rng(seed)
    return [own[at] for own in by_label.values() for at in rng.permutation(len(own))[:fewest]]


def _on_lsa(scorer: Scorer, base: Sequence[Row], quota: Mapping[str, int], seed: int) -> Any:
    """No remedy, but the vectors of the last one, so that a change of features shows apart."""
    return Scorer(lsa_logreg(), scorer.field, scorer.labels).fit(base)


def _resampled(
    sampler: Callable[[dict[str, int], int, int], Any],
    model: Any,
    scorer: Scorer,
    base: Sequence[Row],
    quota: Mapping[str, int],
    seed: int,
) -> Any:
    """A pipeline whose last step is fitted on vectors, those of the base rows and new ones."""
    whole = clone(scorer.model if model is None else model)
    if not isinstance(whole, Pipeline) or len(whole.steps) < 2:
        raise SynthlabError("the classifier has no features that rows could be drawn between")
    y = [row.label for row in base]
    counts = Counter(y)
    wanted = {label: counts[label] + n for label, n in quota.items() if n}
    fewest = min(counts[label] for label in wanted)
    with one_thread():
        x = whole[:-1].fit_transform(scorer.texts(base))
        try:
            more, labels = sampler(wanted, fewest, seed).fit_resample(x, y)
        except ValueError as exc:
            raise SynthlabError(f"rows cannot be drawn: {exc}") from exc
        whole[-1].fit(more, labels)
    return whole


def _oversampler(wanted: dict[str, int], fewest: int, seed: int) -> Any:
    from imblearn.over_sampling import RandomOverSampler  # a second of imports

    return RandomOverSampler(sampling_strategy=wanted, random_state=seed)


def _smote(wanted: dict[str, int], fewest: int, seed: int) -> Any:
    from imblearn.over_sampling import SMOTE

    if fewest < 2:
        raise SynthlabError("SMOTE draws between two rows of a class, and one class has a single")
    k = min(NEIGHBOURS, fewest - 1)
    return SMOTE(sampling_strategy=wanted, k_neighbors=k, random_state=seed)


REMEDIES: tuple[Remedy, ...] = (
    Remedy("class weights", _weights, drawn=False, adds=False),
    Remedy("threshold moving", _even, drawn=False, adds=False),
    Remedy("random undersampling", _undersampled, drawn=True, adds=False, cuts=True),
    Remedy("random oversampling", partial(_resampled, _oversampler, None), drawn=True),
    Remedy("SMOTE", partial(_resampled, _smote, None), drawn=True),
    Remedy("LSA vectors", _on_lsa, drawn=False, adds=False),
    Remedy("SMOTE on LSA vectors", partial(_resampled, _smote, lsa_logreg()), drawn=True),
)


def remedies(
    scorer: Scorer,
    base: Sequence[Row],
    quota: Mapping[str, int],
    real: Sequence[Row],
    seeds: Sequence[int],
) -> list[Baseline]:
    """What each reaches; one that the classifier or the rows do not allow is left out."""
    found = []
    for remedy in REMEDIES:
        try:
            scores = remedy.score(scorer, base, quota, real, seeds)
        except SynthlabError:
            continue
        found.append(mean_of(remedy.name, scores))
    return found
