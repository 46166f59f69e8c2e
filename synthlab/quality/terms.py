"""Texts as weighted words and word pairs, and folded into a few directions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from synthlab.features.lsa import Lsa
from synthlab.features.words import words
from synthlab.quality.base import Skip


def grams(text: str) -> list[str]:
    """The words of a text and its pairs of words, in any script."""
    found = words(text)
    return found + [f"{one} {two}" for one, two in pairwise(found)]


class Terms:
    """TF-IDF of words and word pairs that two texts or more hold.

    A word of a single text says nothing of another one, and may be a name.

    Args:
        texts: all texts.

    Raises:
        Skip: no two texts share a word.

    Attributes:
        matrix: CSR, shape (texts, terms), lines of length 1 or 0.
        names: every term, in the columns' order.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        reader = TfidfVectorizer(analyzer=grams, sublinear_tf=True, min_df=2)
        try:
            self.matrix: Any = reader.fit_transform(texts)
        except ValueError as exc:  # an empty vocabulary
            raise Skip("no two of the texts share a word") from exc
        self.names: NDArray[Any] = reader.get_feature_names_out()


def folded(matrix: Any, fit: NDArray[np.intp], components: int = 100) -> NDArray[np.float64]:
    """Unit vectors of the lines in the directions that some of them span (LSA).

    Args:
        matrix: of shape (texts, terms).
        fit: places of the lines that the directions are found from.
        components: most directions.

    Returns:
        Shape (texts, directions), the first ones with the largest share of the weights.
    """
    lsa = Lsa(components).fit(matrix[fit])
    found: NDArray[np.float64] = normalize(lsa.transform(matrix))
    return found
