"""Texts as TF-IDF vectors of one vocabulary, which no LM and no network is needed for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from synthlab.features.threads import one_thread
from synthlab.features.words import fold


def tfidf(*sets: Sequence[str]) -> list[Any]:
    """Unit vectors of each set of texts, CSR of 32 bits; a text without words is all zeros.

    Args:
        sets: texts; words are weighed by how many texts of all sets together hold them.
    """
    every = [fold(text) for texts in sets for text in texts]
    model = TfidfVectorizer(
        token_pattern=r"\S+", lowercase=False, sublinear_tf=True, dtype=np.float32
    )
    with one_thread():
        whole = (
            model.fit_transform(every) if any(every) else csr_matrix((len(every), 1), dtype="f4")
        )
    ends = np.cumsum([len(texts) for texts in sets])
    return [whole[end - len(texts) : end] for end, texts in zip(ends, sets, strict=True)]
