"""How near texts are, in whatever a classifier reads."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from synthlab.features.space import similarity

TRAIN = ["money card bank", "parcel courier late", "bank card refund", "courier parcel box"]
LABELS = ["a", "b", "a", "b"]
REAL = ["card money", "late parcel"]


def lower(texts):
    return [text.lower() for text in texts]


def fitted(*steps) -> Pipeline:
    return make_pipeline(*steps).fit(TRAIN, LABELS)


FLAT = fitted(TfidfVectorizer(), LogisticRegression())


@pytest.mark.parametrize(
    "model",
    [
        fitted(make_pipeline(TfidfVectorizer()), LogisticRegression()),
        fitted(make_pipeline(TfidfVectorizer(), LogisticRegression())),
        fitted(FunctionTransformer(lower), make_pipeline(TfidfVectorizer(), LogisticRegression())),
    ],
)
def test_a_pipeline_in_a_pipeline_has_the_vectors_that_its_very_last_step_reads(model):
    assert similarity(model, TRAIN, REAL) == pytest.approx(similarity(FLAT, TRAIN, REAL))


class Texts(DummyClassifier):
    """A classifier that reads texts itself."""


@pytest.mark.parametrize("model", [fitted(FunctionTransformer(lower), Texts()), Texts()])
def test_where_no_vectors_are_known_tfidf_stands_in(model):
    found = similarity(model, TRAIN, REAL)
    assert found.shape == (2, 4)
    assert list(np.argmax(found, axis=1)) == [0, 1]
