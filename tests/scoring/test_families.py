"""Every registered model learns from very little, repeats itself, and says what is wrong."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from synthlab.errors import ConfigError, SynthlabError
from synthlab.features.lsa import Lsa
from synthlab.features.threads import one_thread
from synthlab.registry import TABLE
from synthlab.scoring.models import build, check_fit
from tests.conftest import WORDS
from tests.scoring.test_score import LABELS, rows, scorer

MODELS = sorted(TABLE["model"])
EMBEDDING = [name for name in MODELS if name.startswith("embedding-")]


@pytest.mark.parametrize("model", MODELS)
def test_two_rows_a_class_are_enough_to_be_fitted(model):
    few, real = rows(2), rows(12, start=10)
    score = scorer(model).score(few, real)
    assert score.train_rows == 6
    assert score.called.min() >= 0  # no label that is not known
    assert scorer(model).score(few, real) == score
    assert score.f1 > 0.4


@pytest.mark.parametrize("model", MODELS)
def test_one_row_a_class_is_the_least_that_is_scored(model):
    assert scorer(model).score(rows(1), rows(5, start=10)).called.min() >= 0
    with pytest.raises(SynthlabError, match="cannot be trained on these 4 rows"):
        scorer(model).score(rows(4)[:4], rows(5))


@pytest.mark.parametrize("model", MODELS)
def test_clones_and_pickles_predict_the_same(model):
    train, texts = rows(4), [row.values["text"] for row in rows(12, start=10)]
    built = build(model, {})
    data = [row.values["text"] for row in train], [row.label for row in train]
    with one_thread():
        first = built.fit(*data)
        other = clone(first).fit(*data)
    assert repr(other) == repr(first)
    assert (other.predict(texts) == first.predict(texts)).all()
    assert (pickle.loads(pickle.dumps(first)).predict(texts) == first.predict(texts)).all()


@pytest.mark.parametrize("model", MODELS)
def test_the_same_text_many_times_and_two_classes_do_no_harm(model):
    check_fit(build(model, {}), ("yes", "no"), 50)
    twice = [row for row in rows(1) for _ in range(20)]
    assert scorer(model).score(twice, rows(5)).called.min() >= 0


@pytest.mark.parametrize(
    ("model", "params", "said"),
    [
        ("lsa-logreg", {"C": -1}, "'C' parameter"),
        ("lsa-logreg", {"components": 0}, "components must be a whole number from 1, not 0"),
        ("lsa-knn", {"k": 2.5}, "k must be a whole number from 1, not 2.5"),
        ("lsa-knn", {"components": "all"}, "components must be a whole number"),
        ("lsa-trees", {"rounds": 0}, "'max_iter' parameter"),
        ("embedding-logreg", {"max_tokens": 1}, "max_tokens must be a whole number from 8"),
        ("embedding-knn", {"k": 0}, "k must be a whole number from 1, not 0"),
        ("embedding-knn", {"path": "no/such.gguf"}, "no/such.gguf cannot be read"),
    ],
)
def test_wrong_values_are_found_when_the_config_is_checked(model, params, said):
    with pytest.raises(ConfigError, match="the classifier cannot be fitted") as caught:
        check_fit(build(model, params), LABELS, 6)
    assert said in str(caught.value)


@pytest.mark.parametrize("model", MODELS)
def test_unknown_parameters_are_named(model):
    with pytest.raises(ConfigError, match="unexpected keyword argument 'depth'"):
        build(model, {"depth": 3})


def test_neighbours_are_no_more_than_a_class_has_rows():
    built = build("lsa-knn", {"k": 10})
    texts = [row.values["text"] for row in rows(4)]
    built.fit(texts, [row.label for row in rows(4)])
    assert built[-1].knn_.n_neighbors == 4
    assert built.predict_proba(texts).shape == (12, 3)
    assert sorted(built.classes_) == LABELS


def test_lsa_sees_the_training_rows_only():
    train, real = rows(10), [row.values["text"] for row in rows(12, start=10)]
    by_hand = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        Lsa(100),
        Normalizer(),
        LogisticRegression(C=10, max_iter=1000),
    )
    data = [row.values["text"] for row in train], [row.label for row in train]
    with one_thread():
        expected = by_hand.fit(*data).predict_proba(real)
        for seen in (real[:1], real):  # what else is asked changes no answer
            found = build("lsa-logreg", {}).fit(*data).predict_proba(seen)
            np.testing.assert_allclose(found, expected[: len(seen)], atol=1e-12)


@pytest.mark.parametrize("model", EMBEDDING)
def test_embeddings_know_words_that_no_training_row_has(model):
    built = build(model, {})
    built.fit(
        ["I want my money back", "the courier lost my box", "I cannot sign in with my password"]
        * 2,
        ["refund", "delivery", "account"] * 2,
    )
    asked = ["reimburse me", "where has the parcel gone", "locked out of my login"]
    assert built.predict(asked).tolist() == ["refund", "delivery", "account"]
    assert set(WORDS) == set(built.classes_)
