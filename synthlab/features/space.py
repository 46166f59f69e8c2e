"""How near texts are to each other in the vectors that a classifier reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import normalize

from synthlab.features.counts import CachedTfidf
from synthlab.features.threads import one_thread


def similarity(model: Any, train: Sequence[str], real: Sequence[str]) -> NDArray[np.float64]:
    """Cosines of shape (real texts, training texts).

    Args:
        model: fitted on ``train``; a Pipeline's vectors are those that its last step reads. Of any
            other model they are not known, and TF-IDF of words and word pairs stands in.
        train: training texts.
        real: other texts.
    """
    with one_thread():
        if isinstance(model, Pipeline) and len(model.steps) > 1:
            vectors = model[:-1]
        else:
            vectors = CachedTfidf(ngram_range=(1, 2), sublinear_tf=True).fit(train)
        mine, other = (normalize(vectors.transform(texts)) for texts in (train, real))
        found = other @ mine.T
    dense = found.toarray() if sparse.issparse(found) else found
    return np.asarray(dense, dtype=np.float64)
