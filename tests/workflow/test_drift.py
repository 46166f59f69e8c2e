"""New rows are held against those of the promoted run: luck is no drift, another LM is."""

from __future__ import annotations

import json
import random
from collections import Counter

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from synthlab.deliveries import Origin, Reference
from synthlab.statistics import two_sample
from synthlab.workflow.drift import Drift, compare, sample

SPOKEN = "the a of and to in is was for on that with as by".split()  # noqa: SIM905
SPORT = "match goal team coach player season league win score game ball cup"
TECH = "phone chip software data code screen user network cloud app device update"
TOPICS = {"sport": SPORT.split(), "tech": TECH.split()}


def rows(count: int, seed: object, formal: float = 0.0, astray: float = 0.0, words: int = 20):
    """Rows of two classes; a share of formal words, and of rows of the wrong topic."""
    draw = random.Random(f"{seed}")
    made = []
    for place in range(count):
        label = ("sport", "tech")[place % 2]
        topic = ("tech", "sport")[place % 2] if draw.random() < astray else label
        pool = TOPICS[topic]
        text = [
            "Moreover," if draw.random() < formal else draw.choice([*pool, *SPOKEN])
            for _ in range(draw.randint(words - 6, words + 6))
        ]
        made.append((" ".join(text), label))
    return made


def verdicts(run, fresh) -> dict[str, str]:
    return {item.name: item.verdict for item in compare(run, fresh)}


def test_rows_of_the_same_source_are_no_drift():
    for seed in range(8):
        found = verdicts(rows(80, f"run {seed}"), rows(80, f"new {seed}"))
        assert set(found.values()) == {"good"}, seed


def test_another_style_longer_rows_and_rows_astray_are_each_seen():
    run = rows(120, "run")
    assert verdicts(run, rows(120, "new", formal=0.15))["auc"] == "bad"
    longer = verdicts(run, rows(120, "new", words=26))
    assert longer["words"] == "bad"
    assert verdicts(run, rows(120, "new", astray=0.4))["agree"] == "bad"
    few = [(" ".join(text.split()[:4] * 5), label) for text, label in rows(120, "new")]
    assert verdicts(run, few)["distinct2"] == "bad"


def test_leave_one_out_scores_are_those_of_as_many_fits():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(24, 4))
    target = rng.choice([-1.0, 1.0], 24)
    fitted, hat = two_sample._ridge(vectors @ vectors.T, 1.0)
    scores = two_sample._left_out(fitted, hat, target[:, None])[:, 0]
    for place in range(24):
        rest = np.arange(24) != place
        model = Ridge(alpha=1.0).fit(vectors[rest], target[rest])
        assert scores[place] == pytest.approx(model.predict(vectors[[place]])[0])


def test_classes_are_judged_by_a_classifier_of_the_run_alone():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(30, 3))
    vectors[:, 0] += np.repeat([3.0, -3.0], 15)
    labels = ["a"] * 15 + ["b"] * 15
    new = np.arange(30) % 3 == 0
    right = two_sample.agreement(vectors @ vectors.T, labels, new)
    target = np.where(np.array(labels) == "a", 1.0, -1.0)
    model = Ridge(alpha=1.0).fit(vectors[~new], target[~new])
    assert list(right[new]) == list(np.sign(model.predict(vectors[new])) == target[new])


def test_shuffles_keep_the_number_of_new_rows_of_each_class():
    new = np.array([True, False, True, False, False, False])
    made = two_sample.shuffled(new, list("aabbbb"), 50, 0)
    assert made[:, 0].tolist() == new.astype(float).tolist()
    assert set(made[:2].sum(axis=0)) == {1.0}
    assert set(made[2:].sum(axis=0)) == {1.0}


def test_a_sample_is_spread_from_the_first_to_the_last_row():
    pairs = [(str(place), "ab"[place % 2]) for place in range(100)]
    taken = sample(pairs, Counter(label for _, label in pairs), {"a": 5, "b": 2})
    assert [text for text, label in taken if label == "a"] == ["0", "20", "40", "60", "80"]
    assert [text for text, label in taken if label == "b"] == ["1", "51"]


def drift(count: int = 60, dropped: int = 0) -> Drift:
    texts, labels = zip(*rows(count, "run"), strict=True)
    reasons = {"refusal": dropped, "near-duplicate": 50}
    origin = Origin("x@champion", "1", "r", reference=Reference(texts, labels, reasons))
    return Drift.of(origin, "text")


def records(count: int = 60):
    return [{"text": text, "label": label} for text, label in rows(count, "new")]


def test_more_refusals_are_drift_and_more_duplicates_are_not():
    counts = {"sport": 30, "tech": 30}
    found = drift().check(records(), counts, {"near-duplicate": 400})
    assert found.get("drop_rate").verdict == "good"
    found = drift().check(records(), counts, {"refusal": 20})
    assert found.get("drop_rate").verdict == "bad"
    assert "25% of the new rows were dropped" in found.get("drop_rate").said


def test_what_cannot_be_compared_says_why():
    assert Drift.of(None, "text").check(records(), {}, {}) is None
    assert "not at hand" in Drift.of(None, "text").missing
    few = drift(20)
    assert few.check(records(), {"sport": 30, "tech": 30}, {}) is None
    assert "kept 20 rows and 40 are needed" in few.missing
    other = drift()
    assert other.check(records(10), {"sport": 5, "tech": 5}, {}) is None
    assert "10 rows of each can be compared" in other.missing


def test_a_class_that_the_run_has_not_is_left_out():
    more = [*records(), *({"text": f"other {n}", "label": "new"} for n in range(30))]
    found = drift().check(more, {"sport": 30, "tech": 30, "new": 30}, {"refusal": 90})
    assert not found.concerns
    assert found.get("drop_rate") is None


def test_the_measures_are_plain_numbers_that_json_takes():
    found = drift().check(records(), {"sport": 30, "tech": 30}, {})
    names = [item["name"] for item in json.loads(json.dumps(found.as_dict()))["measures"]]
    assert names == ["drop_rate", "words", "distinct2", "auc", "agree"]
