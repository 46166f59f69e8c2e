"""Train on some rows, test on real rows (TSTR): the number that everything here is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from sklearn.pipeline import Pipeline

from synthlab.errors import SynthlabError
from synthlab.features.threads import one_thread
from synthlab.outcomes import ClassScore, Score
from synthlab.records import Row
from synthlab.scoring.precision import average_precision, uneven
from synthlab.scoring.weights import check_weights, counted, fit_key


class Scorer:
    """Scores training rows on fixed real rows with one kind of model.

    Args:
        model: an unfitted scikit-learn estimator that reads texts; it is cloned for each fit.
        field: name of the text field.
        labels: every class, in the order of the confusion matrix.
        rarest: the class with the fewest real rows to train on.
    """

    def __init__(self, model: Any, field: str, labels: Sequence[str], rarest: str = "") -> None:
        self.model = model
        self.field = field
        self.labels = tuple(labels)
        self.rarest = rarest

    def texts(self, rows: Sequence[Row]) -> list[str]:
        """The text of each row."""
        return [str(row.values[self.field]) for row in rows]

    @property
    def takes_weights(self) -> bool:
        """Whether the model's last step can be told how much each row counts."""
        return fit_key(self.model) is not None

    def score(
        self, train: Sequence[Row], real: Sequence[Row], weights: Sequence[float] | None = None
    ) -> Score:
        """Fit on ``train`` and judge on ``real``; a class without predictions has F1 0.

        Args:
            train: training rows.
            real: the rows that are predicted.
            weights: how much each training row counts, from 0; None: all the same. Only their
                ratio matters to a tree, their sum also to a model with a penalty. Equal weights are
                the same as none.

        Raises:
            SynthlabError: the model could not be fitted on these rows, or weights are wrong or not
                taken by it.
        """
        return self.judge(self.fit(train, weights), real, len(train))

    def fit(self, train: Sequence[Row], weights: Sequence[float] | None = None) -> Any:
        """The model fitted on ``train``: a scikit-learn estimator that reads texts.

        ``weights`` are multiplied by the rows' own; to a model that takes none, rows that have
        their own count alike.

        Raises:
            SynthlabError: as ``score``.
        """
        extra = check_weights(self.model, counted(self.model, train, weights), len(train))
        model = clone(self.model)
        with _told(len(train)), one_thread():
            return model.fit(self.texts(train), [row.label for row in train], **extra)

    def judge(self, model: Any, real: Sequence[Row], train_rows: int) -> Score:
        """The score of a fitted model, which was trained on so many rows.

        Raises:
            SynthlabError: the model cannot read these rows.
        """
        with _told(train_rows), one_thread():
            last, read = _read(model, self.texts(real))
            called = last.predict(read)
            proba = self._columns(last, read) if hasattr(last, "predict_proba") else None
        return self._judge([row.label for row in real], list(called), proba, train_rows)

    def proba(self, model: Any, real: Sequence[Row]) -> NDArray[np.float64]:
        """What a fitted model gives each class, shape (rows, classes) in the labels' order.

        A model without probabilities gives 1 to the class that it calls, 0 to the others.
        """
        with one_thread():
            last, read = _read(model, self.texts(real))
            if hasattr(last, "predict_proba"):
                return self._columns(last, read)
            called = last.predict(read)
        found = np.zeros((len(real), len(self.labels)))
        found[np.arange(len(real)), [self.labels.index(label) for label in called]] = 1.0
        return found

    def _columns(self, model: Any, read: Any) -> NDArray[np.float64]:
        """Its probabilities in the labels' order; 0 for a class that it was not trained on."""
        given = np.asarray(model.predict_proba(read), dtype=np.float64)
        found = np.zeros((len(given), len(self.labels)))
        found[:, [self.labels.index(label) for label in model.classes_]] = given
        return found

    def _judge(
        self,
        true: list[str],
        called: list[str],
        proba: NDArray[np.float64] | None,
        train_rows: int,
    ) -> Score:
        labels = list(self.labels)
        precision, recall, f1, support = precision_recall_fscore_support(
            true, called, labels=labels, zero_division=0.0
        )
        places = {label: place for place, label in enumerate(labels)}
        codes = _codes(true, places)
        areas = [
            average_precision(codes == place, proba[:, place]) if proba is not None else None
            for place in range(len(labels))
        ]
        rare = None
        if proba is not None and self.rarest in places:
            rare = proba[:, places[self.rarest]].astype(np.float32)
        per_class = {
            label: ClassScore(float(p), float(r), float(f), int(s), area)
            for label, p, r, f, s, area in zip(
                labels, precision, recall, f1, support, areas, strict=True
            )
        }
        matrix = confusion_matrix(true, called, labels=labels)
        return Score(
            f1=float(f1.mean()),
            accuracy=float(accuracy_score(true, called)),
            labels=self.labels,
            per_class=per_class,
            confusion=tuple(tuple(int(n) for n in line) for line in matrix),
            train_rows=train_rows,
            called=_codes(called, places),
            true=codes,
            rarest=self.rarest,
            rare_proba=rare,
            uneven=uneven(per_class, self.rarest),
        )


def _read(model: Any, texts: Sequence[str]) -> tuple[Any, Any]:
    """The last step of a fitted model, and what it reads: a pipeline's features are made once."""
    if isinstance(model, Pipeline) and len(model.steps) > 1:
        return model[-1], model[:-1].transform(texts)
    return model, texts


@contextmanager
def _told(train_rows: int) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError) as exc:
        raise SynthlabError(
            f"the classifier cannot be trained on these {train_rows} rows: {exc}",
            "look at the kept rows: they may be empty or all of one class",
        ) from exc


def _codes(labels: Sequence[str], places: Mapping[str, int]) -> NDArray[np.int16]:
    return np.array([places.get(label, -1) for label in labels], dtype=np.int16)
