"""Training rows can count for less; a model that cannot tell says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from synthlab.errors import SynthlabError
from synthlab.features.counts import CachedTfidf
from synthlab.features.threads import one_thread
from synthlab.registry import TABLE
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer
from tests.scoring.test_score import LABELS, rows, scorer

TRAIN, REAL = rows(8), rows(12, start=10)
WRONG = rows(12, start=20)
MISLED = [
    *TRAIN,
    *(type(row)(f"w{n}", row.values, LABELS[(LABELS.index(row.label) + 1) % 3])
      for n, row in enumerate(WRONG)),
]  # fmt: skip
TAKERS = [name for name in sorted(TABLE["model"]) if scorer(name).takes_weights]


def test_all_but_the_neighbours_take_weights():
    assert sorted(set(TABLE["model"]) - set(TAKERS)) == ["embedding-knn", "lsa-knn"]


@pytest.mark.parametrize("model", TAKERS)
def test_rows_that_mislead_do_less_harm_with_a_small_weight(model):
    light = [1.0] * len(TRAIN) + [0.01] * len(WRONG)
    assert scorer(model).score(MISLED, REAL, light).f1 > scorer(model).score(MISLED, REAL).f1 + 0.2


def test_weights_are_those_of_the_last_steps_fit():
    weights = np.linspace(0.1, 1, len(MISLED))
    model = build("tfidf-logreg", {})
    with one_thread():
        texts = [row.values["text"] for row in MISLED]
        model.fit(texts, [row.label for row in MISLED], logisticregression__sample_weight=weights)
        called = model.predict([row.values["text"] for row in REAL])
    found = scorer().score(MISLED, REAL, weights.tolist())
    assert [LABELS[place] for place in found.called] == called.tolist()


def test_a_pipeline_in_a_pipeline_takes_them_too():
    inner = make_pipeline(MaxAbsScaler(), build("tfidf-linearsvc", {})[-1])
    nested = Scorer(make_pipeline(CachedTfidf(), inner), "text", LABELS)
    light = [1.0] * len(TRAIN) + [0.001] * len(WRONG)
    assert nested.score(MISLED, REAL, light).f1 > nested.score(MISLED, REAL).f1


@pytest.mark.parametrize("model", sorted(TABLE["model"]))
def test_equal_weights_are_no_weights(model):
    plain = scorer(model).score(TRAIN, REAL)
    assert scorer(model).score(TRAIN, REAL, None) == plain
    assert scorer(model).score(TRAIN, REAL, [0.25] * len(TRAIN)) == plain


def test_a_model_without_weights_is_named():
    with pytest.raises(SynthlabError, match="Neighbours takes no weights") as caught:
        scorer("lsa-knn").score(TRAIN, REAL, [1.0] * 23 + [0.5])
    assert "tfidf-logreg" in caught.value.fix


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0], "1 weights were given for 24 training rows"),
        ([0.0] * 24, "not all 0"),
        ([-1.0] + [1.0] * 23, "finite, from 0"),
        ([float("nan")] + [1.0] * 23, "finite"),
    ],
)
def test_weights_that_cannot_be_are_an_error(weights, said):
    with pytest.raises(SynthlabError, match=said):
        scorer().score(TRAIN, REAL, weights)


def weighed(weights):
    return [replace(row, weight=weight) for row, weight in zip(MISLED, weights, strict=True)]


@pytest.mark.parametrize("model", TAKERS)
def test_what_rows_count_by_themselves_is_given_to_every_fit_one_in_the_mean(model):
    own = np.array([1.0] * len(TRAIN) + [0.01] * len(WRONG))
    given = scorer(model).score(MISLED, REAL, (own / own.mean()).tolist())
    assert scorer(model).score(weighed(own), REAL) == given
    assert scorer(model).score(weighed(own * 0.001), REAL) == given


def test_given_weights_and_the_rows_own_are_multiplied():
    own = np.linspace(0.2, 1, len(MISLED))
    given = np.linspace(2, 1, len(MISLED))
    both = scorer().score(weighed(own), REAL, given.tolist())
    assert both == scorer().score(MISLED, REAL, (given * own / own.mean()).tolist())


@pytest.mark.parametrize("model", sorted(set(TABLE["model"]) - set(TAKERS)))
def test_rows_count_alike_for_a_model_that_takes_no_weights(model):
    own = weighed([0.5] * len(TRAIN) + [0.1] * len(WRONG))
    assert scorer(model).score(own, REAL) == scorer(model).score(MISLED, REAL)


def test_rows_that_all_count_nothing_are_told():
    with pytest.raises(SynthlabError, match="not all 0"):
        scorer().score(weighed([0.0] * len(MISLED)), REAL)


def test_a_row_that_counts_nothing_teaches_nothing():
    own = weighed([1.0] * len(TRAIN) + [0.0] * len(WRONG))
    assert scorer().score(own, REAL).f1 > scorer().score(MISLED, REAL).f1 + 0.2
