"""How near texts are to each other in the vectors that a classifier reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        model: fitted on ``train``; a Pipeline's vectors are those that its last step reads, also
            of Pipelines in one another. Of any other model, and of one whose last step reads no
            numbers, they are not known, and TF-IDF of words and word pairs stands in.
        train: training texts.
        real: other texts.
    """
    with one_thread():
        vectors, _ = before_last(model)
        mine = vectors(train)
        if not _numeric(mine):
            vectors = CachedTfidf(ngram_range=(1, 2), sublinear_tf=True).fit(train).transform
            mine = vectors(train)
        found = normalize(vectors(real)) @ normalize(mine).T
    dense = found.toarray() if sparse.issparse(found) else found
    return np.asarray(dense, dtype=np.float64)


def before_last(model: Any) -> tuple[Callable[[Sequence[str]], Any], Any]:
    """What the last step of a model reads of texts, and that step.

    Args:
        model: fitted or not. The last step of a Pipeline may be a Pipeline again; of any other
            model, it is the last step itself, and reads the texts.
    """
    steps: list[Any] = []
    while isinstance(model, Pipeline):
        if len(model.steps) > 1:
            steps.append(model[:-1])
        model = model.steps[-1][1]

    def read(texts: Sequence[str]) -> Any:
        for step in steps:
            texts = step.transform(texts)
        return texts

    return read, model


def _numeric(found: Any) -> bool:
    """Whether these are vectors, dense or sparse."""
    kind = getattr(getattr(found, "dtype", None), "kind", "O")
    return kind in "buif" and len(found.shape) == 2
