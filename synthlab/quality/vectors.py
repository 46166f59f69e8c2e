"""Texts as TF-IDF vectors of one vocabulary, which no LM and no network is needed for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from synthlab.features.threads import one_thread
from synthlab.features.words import fold


def tfidf(*sets: Sequence[str]) -> list[Any]:
    """Unit vectors of each set of texts, CSR of 32 bits; a text without words is all zeros.

    Args:
        sets: texts; words are weighed by how many texts of all sets together hold them.
    """
    folded = [[fold(text) for text in texts] for texts in sets]
    every = [text for texts in folded for text in texts]
    model = TfidfVectorizer(
        token_pattern=r"\S+", lowercase=False, sublinear_tf=True, dtype=np.float32
    )
    if not any(every):
        model.fit(["nothing"])
    else:
        model.fit(every)
    with one_thread():
        return [model.transform(texts) for texts in folded]
