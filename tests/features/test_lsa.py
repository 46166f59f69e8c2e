"""LSA is TruncatedSVD where there is enough to see, and fewer directions where there is not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from synthlab.features.lsa import Lsa
from tests.conftest import table_rows


def weights(texts: list[str]):
    return TfidfVectorizer().fit_transform(texts)


def test_directions_are_those_of_truncated_svd():
    X = weights([text for text, _ in table_rows(30)])
    ours = Lsa(10).fit(X).transform(X)
    theirs = TruncatedSVD(10, algorithm="arpack", random_state=0).fit_transform(X)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


@pytest.mark.parametrize(
    ("texts", "rank"),
    [
        ([text for text, _ in table_rows(2)], 5),
        (["same words here"] * 40, 1),
        (["same words here"] * 39 + ["another thing"], 2),
        (["one line only"], 1),
        (["word", "word"], 1),
        (["", "some words", "other words", ""], 2),
    ],
)
def test_few_rows_words_or_distinct_texts_give_few_directions(texts, rank):
    X = weights(texts)
    lsa = Lsa().fit(X)
    assert lsa.transform(X).shape == (len(texts), rank)
    assert np.isfinite(lsa.transform(X)).all()
