"""Wrong labels light up, those of real rows and of faithful ones do not."""

from __future__ import annotations

import numpy as np
import pytest

from synthlab.measures import Measure
from synthlab.quality.base import Skip
from synthlab.quality.confident import issues
from synthlab.quality.labels import LabelQuality
from tests.quality import sets

REAL = sets.real(200)


def measured(kept: sets.Pairs, against: sets.Pairs = REAL, seed: int = 0) -> dict[str, Measure]:
    part = LabelQuality(LabelQuality.Params())
    return {item.name: item for item in part.measure(sets.subject(kept, against, seed))}


@pytest.mark.parametrize("seed", range(3))
def test_labels_of_other_real_rows_are_good(seed):
    found = measured(sets.real(200, seed + 1), seed=seed)
    assert found["label_wrong"].verdict == found["label_issues"].verdict == "good"
    assert found["trts"].value == pytest.approx(found["trts"].reference, abs=0.1)


@pytest.mark.parametrize("copy", [REAL, sets.deleted(REAL), sets.collapsed(REAL, 200)])
def test_copies_have_good_labels(copy):
    assert measured(copy)["label_wrong"].verdict == "good"


def test_labels_that_are_wrong_throughout_are_seen_by_the_real_rows_only():
    found = measured(sets.mislabelled(sets.real(200, 1)))
    assert found["label_wrong"].value > 0.8
    assert found["label_wrong"].verdict == "bad"
    assert found["label_wrong"].details["taken_for"]["money"]["art"] > 40
    assert found["trts"].value < 0.2
    assert found["label_issues"].verdict == "good"


def test_some_wrong_labels_contradict_the_rest():
    found = measured(sets.some_mislabelled(sets.real(200, 1)))
    assert found["label_wrong"].value == pytest.approx(0.3, abs=0.1)
    assert found["label_wrong"].low < found["label_wrong"].value < found["label_wrong"].high
    assert found["label_wrong"].verdict != "good"
    assert found["label_issues"].value > found["label_issues"].reference + 0.15


def test_one_wrong_class_is_told_by_its_name():
    kept = [(one, "tech" if label == "art" else label) for one, label in sets.real(200, 1)]
    kept += [(one, label) for one, label in sets.real(200, 2) if label == "art"]
    wrong = measured(kept)["label_wrong"]
    assert wrong.per_class["tech"] > 0.35
    assert max(wrong.per_class[label] for label in ("art", "money", "sport")) < 0.2


def test_another_mix_of_classes_changes_no_reference_by_class():
    even = measured(sets.real(200, 1))["label_wrong"]
    kept = [row for row in sets.real(400, 1) if row[1] != "art"]
    kept += [row for row in sets.real(40, 2) if row[1] == "art"]
    odd = measured(kept)["label_wrong"]
    same = odd.details["per_class_reference"] == even.details["per_class_reference"]
    assert same
    assert odd.verdict == "good"


def test_real_rows_are_judged_by_as_many_words_as_synthetic_ones():
    kept = [(" ".join(one.split()[:3]), label) for one, label in sets.real(200, 1)]
    wrong = measured(kept)["label_wrong"]
    whole = measured(sets.real(200, 1))["label_wrong"]
    assert wrong.reference > whole.reference + 0.05
    assert wrong.verdict == "good"


def test_labels_are_judged_the_same_for_the_same_seed():
    kept = sets.real(60, 1)
    assert measured(kept, seed=2) == measured(kept, seed=2)


def test_a_class_without_real_rows_is_not_judged_and_that_is_told():
    against = [row for row in REAL if row[1] != "art"]
    wrong = measured(sets.real(100, 1), against)["label_wrong"]
    assert set(wrong.per_class) == {"money", "sport", "tech"}
    assert wrong.details["not_judged"] == 25


def test_few_synthetic_rows_of_a_class_leave_out_what_needs_more():
    kept = [row for row in sets.real(100, 1) if row[1] != "art"] + [(REAL[0][0], "art")]
    assert set(measured(kept)) == {"label_wrong", "trts"}


def test_without_two_classes_nothing_is_judged():
    with pytest.raises(Skip, match="two classes of 5 real rows are needed, there are 1"):
        measured(REAL, [row for row in REAL if row[1] == "art"])


def test_confident_learning_marks_what_cleanlab_marks():
    """Places that cleanlab 2.9 finds with filter_by="confident_learning"."""
    rng = np.random.default_rng(0)
    given = rng.integers(0, 3, 60)
    proba = rng.dirichlet(np.ones(3) * 0.6, 60)
    proba[np.arange(60), given] += 0.3
    proba /= proba.sum(axis=1, keepdims=True)
    assert np.flatnonzero(issues(given, proba)).tolist() == CLEANLAB


CLEANLAB = [2, 8, 11, 14, 24, 27, 36, 40, 45, 46, 48]
