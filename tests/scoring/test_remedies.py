"""What judges uneven classes agrees with scikit-learn; remedies train on the real rows given."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, balanced_accuracy_score, recall_score

from synthlab.errors import SynthlabError
from synthlab.records import Row
from synthlab.scoring.models import build
from synthlab.scoring.precision import average_precision, uneven
from synthlab.scoring.remedies import REMEDIES, remedies
from synthlab.scoring.score import Scorer
from synthlab.scoring.topup import TopUp
from tests.conftest import WORDS, table_rows

LABELS = sorted(WORDS)
QUOTA = {"account": 16, "delivery": 0, "refund": 0}
BY_NAME = {item.name: item for item in REMEDIES}


def rows(account: int, others: int, start: int = 0) -> list[Row]:
    made = []
    for n, (text, label) in enumerate(table_rows(60)):
        place = n % 60
        if start <= place < start + (account if label == "account" else others):
            made.append(Row(f"{label}-{place}", {"text": text}, label))
    return made


def scorer(model: str = "tfidf-logreg") -> Scorer:
    return Scorer(build(model, {}), "text", LABELS, "account")


TRAIN, REAL = rows(4, 20), rows(10, 30, start=20)


def test_a_class_without_rows_has_no_average_precision():
    assert average_precision(np.zeros(5, dtype=bool), np.arange(5)) is None


def test_a_score_has_the_measures_of_uneven_classes():
    scorer_, true = scorer(), [row.label for row in REAL]
    model = scorer_.fit(TRAIN)
    score = scorer_.judge(model, REAL, len(TRAIN))
    called, proba = model.predict(scorer_.texts(REAL)), scorer_.proba(model, REAL)
    areas = [
        average_precision_score(np.array(true) == label, proba[:, place])
        for place, label in enumerate(LABELS)
    ]
    found = [score.per_class[label].pr_auc for label in LABELS]
    assert found == pytest.approx(areas)
    assert score.rarest == "account"
    assert score.uneven == pytest.approx(
        {
            "bal_acc": balanced_accuracy_score(true, called),
            "pr_auc": np.mean(areas),
            "rare_recall": recall_score(true, called, labels=["account"], average="macro"),
            "rare_pr_auc": areas[0],
        }
    )
    assert score.rare_proba == pytest.approx(proba[:, 0], abs=1e-6)


def test_a_model_without_probabilities_has_no_pr_auc_but_recall():
    score = scorer("tfidf-linearsvc").score(TRAIN, REAL)
    assert score.per_class["account"].pr_auc is None
    assert score.uneven["pr_auc"] is None
    assert score.uneven["rare_recall"] is not None


def test_classes_without_real_rows_are_left_out_of_the_means():
    per_class = scorer().score(TRAIN, [row for row in REAL if row.label != "account"]).per_class
    found = uneven(per_class, "account")
    assert found["rare_recall"] is None
    assert found["bal_acc"] == pytest.approx(
        np.mean([per_class[label].recall for label in ("delivery", "refund")])
    )


def test_a_topped_up_score_is_that_of_real_and_given_rows_together():
    added = rows(16, 0, start=4)
    student = TopUp(scorer(), TRAIN)
    score = student.score(added, REAL)
    assert score == scorer().score([*TRAIN, *added], REAL)
    assert score.train_rows == len(TRAIN) + 16
    half = student.score(added, REAL, [0.5] * 16)
    weights = [1.0] * len(TRAIN) + [0.5] * 16
    assert half == scorer().score([*TRAIN, *added], REAL, weights)


def test_class_weights_are_scikit_learns_balanced_ones():
    model = build("tfidf-logreg", {})
    model.steps[-1] = ("balanced", LogisticRegression(C=10, max_iter=1000, class_weight="balanced"))
    theirs = Scorer(model, "text", LABELS, "account").score(TRAIN, REAL)
    ours = BY_NAME["class weights"].score(scorer(), TRAIN, QUOTA, REAL, [0])[0]
    assert ours.confusion == theirs.confusion
    assert ours.uneven == pytest.approx(theirs.uneven, abs=1e-6)


def test_threshold_moving_changes_the_line_and_not_the_order_of_two_classes():
    two = [row for row in TRAIN if row.label != "refund"]
    real = [row for row in REAL if row.label != "refund"]
    binary = Scorer(build("tfidf-logreg", {}), "text", ("account", "delivery"), "account")
    plain = binary.score(two, real)
    moved = BY_NAME["threshold moving"].score(binary, two, QUOTA, real, [0])[0]
    assert moved.uneven["rare_pr_auc"] == pytest.approx(plain.uneven["rare_pr_auc"])
    assert moved.uneven["rare_recall"] > plain.uneven["rare_recall"]


@pytest.mark.parametrize("name", ["random oversampling", "SMOTE", "SMOTE on LSA vectors"])
def test_what_adds_rows_adds_as_many_as_a_top_up_and_repeats_itself(name):
    first = BY_NAME[name].score(scorer(), TRAIN, QUOTA, REAL, [0, 1])
    assert first == BY_NAME[name].score(scorer(), TRAIN, QUOTA, REAL, [0, 1])
    assert len(first) == 2
    assert first[0].train_rows == len(TRAIN) + 16
    assert first[0].uneven["rare_recall"] >= scorer().score(TRAIN, REAL).uneven["rare_recall"]


def test_all_remedies_are_compared_and_what_cannot_be_done_is_left_out():
    names = [item.name for item in remedies(scorer(), TRAIN, QUOTA, REAL, [0, 1])]
    assert names == [item.name for item in REMEDIES]
    lone = [row for row in TRAIN if row.label != "account" or row.id == "account-0"]
    assert Counter(row.label for row in lone)["account"] == 1
    found = [item.name for item in remedies(scorer(), lone, QUOTA, REAL, [0])]
    assert "SMOTE" not in found  # a single row has no neighbour
    assert "random oversampling" in found
    knn = [item.name for item in remedies(scorer("lsa-knn"), TRAIN, QUOTA, REAL, [0])]
    assert "class weights" not in knn  # it takes none


def test_a_classifier_without_features_cannot_be_resampled():
    whole = Scorer(_Whole(), "text", LABELS)
    with pytest.raises(SynthlabError, match="no features"):
        BY_NAME["SMOTE"].fit(whole, TRAIN, QUOTA, 0)


class _Whole(LogisticRegression):
    """Reads texts itself."""


def test_undersampling_trains_on_as_many_rows_of_each_class_as_the_smallest_has():
    under = BY_NAME["random undersampling"]
    first, again = under.score(scorer(), TRAIN, QUOTA, REAL, [0, 0])
    other = under.score(scorer(), TRAIN, QUOTA, REAL, [1])[0]
    assert first.train_rows == 3 * 4
    assert (first.rare_proba == again.rare_proba).all()
    assert (first.rare_proba != other.rare_proba).any()
