"""``label_quality``: do the texts belong to the classes that their rows give.

Two questions. A model of the real rows is asked about each synthetic row: it sees a label that is
wrong throughout, but also knows only what real rows say. And a model of the synthetic rows is asked
about those that it was not trained on: it sees rows that contradict the rest, and nothing that is
wrong in all of them alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from synthlab.features.threads import one_thread
from synthlab.measures import Measure
from synthlab.quality.base import Skip, Subject
from synthlab.quality.confident import issues
from synthlab.quality.lengths import cut
from synthlab.quality.rates import behind, wilson
from synthlab.quality.terms import Terms

PART = "label_quality"
FOLDS = 5
LEAST = 5
"""Real rows of a class from which a model can judge it, and be judged."""
MOST = 3000
"""Rows that a model is trained on."""
TURNS, FEW = 3, 500
"""Of so few rows, the rate of issues is the mean over three draws of folds and real rows."""

SPAN, TINY = 1000, 1e-10
"""Rows up to which models are sought in the directions that they span; what counts as none."""

Places = NDArray[np.intp]
Proba = NDArray[np.float64]


class LabelQuality:
    """Asks models about the labels."""

    COST: ClassVar[Literal["fast", "slow"]] = "fast"

    class Params(BaseModel):
        """There is nothing to set."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params) -> None:
        self.params = params

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Three figures; two where a class has fewer than five synthetic rows.

        Raises:
            Skip: fewer than two classes have five real rows and a synthetic one.
        """
        with one_thread():
            rows = Judged.of(subject)
            asked = _cross_check(rows, subject.seed)
            return [*asked, *_contradictions(rows, subject.seed)]


@dataclass(frozen=True, eq=False)
class Judged:
    """The rows of the classes that can be judged, as features and places of classes.

    Attributes:
        classes: their names.
        real: what models are trained on.
        cut: the real rows as long as synthetic ones: what is judged, as less text tells less.
        left_out: synthetic rows of other classes.
    """

    classes: tuple[str, ...]
    synthetic: Any
    real: Any
    cut: Any
    given: Places
    true: Places
    left_out: int

    @classmethod
    def of(cls, subject: Subject) -> Judged:
        """Those with five real rows or more."""
        kept = np.array([row.label for row in subject.kept], dtype=str)
        real = np.array([row.label for row in subject.real], dtype=str)
        classes = tuple(
            label
            for label in subject.brief.labels
            if (real == label).sum() >= LEAST and (kept == label).any()
        )
        if len(classes) < 2:
            raise Skip(
                f"labels are judged by a model of the real rows: two classes of {LEAST} real rows "
                f"are needed, there are {len(classes)}"
            )
        texts, whole = subject.texts(subject.kept), subject.texts(subject.real)
        matrix = Terms([*texts, *whole, *cut(whole, texts)]).matrix
        own, theirs = np.isin(kept, classes), np.isin(real, classes)
        parts = matrix[: len(kept)], matrix[len(kept) : -len(real)], matrix[-len(real) :]
        return cls(
            classes,
            parts[0][own],
            parts[1][theirs],
            parts[2][theirs],
            _places(kept[own], classes),
            _places(real[theirs], classes),
            int((~own).sum()),
        )


def _cross_check(rows: Judged, seed: int) -> list[Measure]:
    """What a model of the real rows says of the synthetic ones, and of real ones it did not see."""
    some = _some(rows.true, min(MOST, len(rows.true)), seed)
    own, other = _cross_fitted(
        rows.real[some], rows.cut[some], rows.true[some], rows.synthetic, seed
    )
    count = len(rows.classes)
    found = _matrix(rows.given, other.argmax(axis=1), count)
    null = _matrix(rows.true[some], own.argmax(axis=1), count)
    # As many of each class as there are synthetic rows: the classes' mix changes no figure.
    null = null / null.sum(axis=1, keepdims=True) * found.sum(axis=1, keepdims=True)
    return [_rejected(rows, found, null, len(some)), _trts(rows, found, null)]


def _rejected(rows: Judged, found: Proba, null: Proba, real: int) -> Measure:
    n, wrong = int(found.sum()), int(found.sum() - np.trace(found))
    value, reference = wrong / n, float(1 - np.trace(null) / null.sum())
    low, high = wilson(wrong, n)
    spread = math.sqrt(max(reference * (1 - reference), 1 / n) * (1 / n + 1 / real))
    return Measure(
        "label_wrong", PART, value, "near", "share of rows",
        f"a model of the real rows takes {value:.1%} of the rows for another class; "
        f"of real rows that it did not see, cut to their length, {reference:.1%}",
        behind(value - reference, max(0.03, 3 * spread), 0.2),
        reference, low, high,
        per_class=_named(rows.classes, 1 - np.diag(found) / found.sum(axis=1)),
        details={
            "per_class_reference": _named(rows.classes, 1 - np.diag(null) / null.sum(axis=1)),
            "taken_for": _taken(rows.classes, found),
            "rows": n,
            "not_judged": rows.left_out,
        },
    )  # fmt: skip


def _trts(rows: Judged, found: Proba, null: Proba) -> Measure:
    own, theirs = _f1(found), _f1(null)
    return Measure(
        "trts", PART, float(own.mean()), "near", "macro-F1",
        f"trained on real rows and tested on the synthetic ones, a model reaches {own.mean():.3f}",
        "", float(theirs.mean()),
        per_class=_named(rows.classes, own),
        details={"per_class_reference": _named(rows.classes, theirs)},
    )  # fmt: skip


def _contradictions(rows: Judged, seed: int) -> list[Measure]:
    """Confident learning on the synthetic rows, beside as many real rows of each class."""
    places = range(len(rows.classes))
    counts = [min(int((rows.given == at).sum()), int((rows.true == at).sum())) for at in places]
    if min(counts) < LEAST:
        return []
    n = sum(counts)
    if n > MOST:
        counts = [max(LEAST, count * MOST // n) for count in counts]
        n = sum(counts)
    turns = [seed + turn for turn in range(TURNS if n <= FEW else 1)]
    own, other = (
        np.mean([_marked(features, labels, counts, turn) for turn in turns], axis=0)
        for features, labels in ((rows.synthetic, rows.given), (rows.cut, rows.true))
    )
    value, reference = (float(rates @ counts / n) for rates in (own, other))
    low, high = wilson(round(value * n), n)
    return [
        Measure(
            "label_issues", PART, value, "near", "share of rows",
            f"{value:.1%} of the rows contradict the others of their class; "
            f"of as many real rows, {reference:.1%}",
            # Thresholds are the rows' own and move with them: far more than a share would.
            behind(value - reference, max(0.05, 3 / math.sqrt(n)), 0.25), reference, low, high,
            per_class=_named(rows.classes, own),
            details={"rows": n, "per_class_reference": _named(rows.classes, other)},
        )
    ]  # fmt: skip


def _marked(features: Any, labels: Places, counts: Sequence[int], seed: int) -> Proba:
    """The share of so many rows of each class that are issues, shape (classes,)."""
    part = _taking(labels, counts, seed)
    own, _ = _cross_fitted(features[part], features[part], labels[part], features[:0], seed)
    found = issues(labels[part], own)
    return np.array([found[labels[part] == at].mean() for at in range(len(counts))])


def _cross_fitted(
    features: Any, asked: Any, labels: Places, others: Any, seed: int
) -> tuple[Proba, Proba]:
    """Probabilities of rows by models that were not trained on them, and of other rows.

    Models are trained on ``features`` and asked about ``asked``, which are the same rows. Each
    other row is asked of one fold's model, so that all are judged by equally good ones.
    """
    if features.shape[0] <= SPAN:
        features, asked, others = _turned(features, asked, others)
    count = int(labels.max()) + 1
    own, other = np.zeros((len(labels), count)), np.zeros((others.shape[0], count))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for fold, (train, test) in enumerate(folds.split(labels, labels)):
        model = LogisticRegression(C=10.0, max_iter=300, tol=1e-3, class_weight="balanced")
        model.fit(features[train], labels[train])
        own[np.ix_(test, model.classes_)] = model.predict_proba(asked[test])
        mine = np.arange(fold, len(other), FOLDS)
        if mine.size:
            other[np.ix_(mine, model.classes_)] = model.predict_proba(others[mine])
    return own, other


def _turned(features: Any, *others: Any) -> list[Proba]:
    """Sparse rows in the directions that the first ones span, these included.

    A model with an L2 penalty has no weight across them, so that it is the same model, with a
    fraction of the weights to be found (the representer theorem).
    """
    values, vectors = np.linalg.eigh((features @ features.T).toarray())
    kept = values > TINY * values[-1]
    if not kept.any():  # not a word in any of them: nothing to tell them apart by
        return [np.zeros((rows.shape[0], 1)) for rows in (features, *others)]
    basis = vectors[:, kept] / np.sqrt(values[kept])
    return [(rows @ features.T).toarray() @ basis for rows in (features, *others)]


def _some(labels: Places, most: int, seed: int) -> Places:
    """At most so many rows, at least five of each class."""
    counts = np.bincount(labels)
    return _taking(labels, [max(LEAST, int(n) * most // len(labels)) for n in counts], seed)


def _taking(labels: Places, counts: Sequence[int], seed: int) -> Places:
    """So many rows of each class, in their order."""
    rng = np.random.default_rng(seed)
    taken = [rng.permutation(np.flatnonzero(labels == at))[:n] for at, n in enumerate(counts)]
    return np.sort(np.concatenate(taken))


def _matrix(given: Places, called: Places, count: int) -> Proba:
    found = np.zeros((count, count))
    np.add.at(found, (given, called), 1.0)
    return found


def _f1(matrix: Proba) -> Proba:
    return np.asarray(2 * np.diag(matrix) / (matrix.sum(axis=0) + matrix.sum(axis=1)))


def _taken(classes: Sequence[str], matrix: Proba) -> dict[str, dict[str, int]]:
    """For each class, what its rows are taken for otherwise."""
    return {
        name: {
            classes[at]: int(count)
            for at, count in enumerate(matrix[place])
            if count and at != place
        }
        for place, name in enumerate(classes)
    }


def _named(classes: Sequence[str], values: Proba) -> dict[str, float]:
    return {name: float(value) for name, value in zip(classes, values, strict=True)}


def _places(labels: NDArray[np.str_], classes: Sequence[str]) -> Places:
    places = {label: at for at, label in enumerate(classes)}
    return np.array([places[str(label)] for label in labels], dtype=np.intp)
