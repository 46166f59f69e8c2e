"""Words that several dev rows share, and how much they tell of a class.

The privacy rule lives here: a word that fewer than ``least`` dev rows hold is not even counted, and
neither are numbers nor words of one or two letters. What parts do with the words is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from synthlab.features.counts import CachedCounts

TOKEN = r"(?u)\b[^\W\d_]{3,}\b"
_SMOOTH = 0.5
"""Added to each count of rows, so that a word of one class only has a finite ratio (Jeffreys)."""


class Telling:
    """Which rows hold which words.

    Args:
        texts: of real rows.
        labels: of each.
        classes: every class.
        least: rows that must hold a word.

    Attributes:
        terms: every word that may be told, in a fixed order.
        holds: shape (rows, terms), bool.
    """

    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        classes: Sequence[str],
        least: int,
    ) -> None:
        self.classes = tuple(classes)
        self.labels = np.asarray(labels)
        counter = CachedCounts(
            binary=True,
            token_pattern=TOKEN,
            stop_words=sorted(ENGLISH_STOP_WORDS),
        )
        try:
            counts = counter.fit_transform(list(texts))
        except ValueError:  # no word in any text
            self.terms, self.holds = (), np.zeros((len(texts), 0), dtype=bool)
            return
        enough = np.asarray(counts.sum(axis=0)).ravel() >= least
        self.terms = tuple(counter.get_feature_names_out()[enough].tolist())
        self.holds = counts[:, enough].astype(bool).toarray()

    def log_odds(self, own: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How much more often rows of one kind hold each word than rows of another, shape (terms,).

        The difference of the log odds in units of its standard error: Monroe, Colaresi and Quinn,
        "Fightin' Words" (2008), equation 22, with a flat prior.

        Args:
            own: which rows are of the one kind.
            other: which are of the other.
        """
        parts, errors = [], []
        for rows in (own, other):
            with_word = self.holds[rows].sum(axis=0) + _SMOOTH
            without = rows.sum() + 2 * _SMOOTH - with_word
            parts.append(np.log(with_word / without))
            errors.append(1 / with_word + 1 / without)
        return np.asarray((parts[0] - parts[1]) / np.sqrt(errors[0] + errors[1]), dtype=float)

    def shared(self, rows: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
        """Which words at least so many of these rows hold, shape (terms,)."""
        return np.asarray(self.holds[rows].sum(axis=0) >= least)

    def best(self, odds: NDArray[np.float64]) -> list[str]:
        """The words with odds above 0, the highest first; ties by the alphabet."""
        order = sorted(range(len(self.terms)), key=lambda at: (-odds[at], self.terms[at]))
        return [self.terms[at] for at in order if odds[at] > 0]


class Held:
    """Which texts hold which of some known words."""

    def __init__(self, texts: Sequence[str], terms: Sequence[str]) -> None:
        token = re.compile(TOKEN)
        places = {term: at for at, term in enumerate(terms)}
        self.holds = np.zeros((len(texts), len(terms)), dtype=bool)
        for line, text in enumerate(texts):
            for word in token.findall(text.lower()):
                if word in places:
                    self.holds[line, places[word]] = True

    def share(self, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Share of these texts that hold each word, shape (terms,); 0 where there are no texts."""
        if not rows.any():
            return np.zeros(self.holds.shape[1])
        return np.asarray(self.holds[rows].mean(axis=0))


def said(words: Sequence[str], most: int = 6) -> str:
    """The first few words, for a sentence."""
    return ", ".join(words[:most])
