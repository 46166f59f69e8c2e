"""Where the rows of each draw lie: unit vectors of folded words, or of an embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.sparse import vstack

from synthlab.features.embeddings import Embeddings
from synthlab.quality.base import Subject
from synthlab.quality.draws import Draw, Sides, draws
from synthlab.quality.lengths import cut
from synthlab.quality.terms import Terms, folded

Space = Literal["lsa", "embeddings"]

TWIN = 0.7
"""Cosine of words from which a row repeats another one: with a tenth deleted it is about 0.9."""
BLOCK = 500
"""Rows whose cosines are held at a time."""


class InSpace(BaseModel):
    """Parameters of a part that compares where rows lie."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    space: Space = Field(
        "lsa",
        description="where rows lie: 'lsa' folds their words, 'embeddings' asks a GGUF model",
    )
    path: str | None = Field(None, description="the GGUF file; all-MiniLM-L6-v2 if left out")


@dataclass(frozen=True, eq=False)
class Placed:
    """Where the rows of a subject lie, their texts cut to like lengths.

    Attributes:
        terms: words of the synthetic and the real rows, in this order.
        drawn: rows to compare.
        sides: the vectors of each draw's rows.
    """

    terms: Terms
    drawn: list[Draw]
    sides: list[Sides]


def placed(subject: Subject, most: int, space: Space, path: str | None = None) -> Placed:
    """The rows of a subject in a space.

    Args:
        subject: whose rows.
        most: rows of a draw.
        space: see ``spaces``.
        path: the GGUF file of ``embeddings``.

    Raises:
        Skip: too few rows can be matched, or no two texts share a word.
    """
    kept, real = ([row.label for row in rows] for rows in (subject.kept, subject.real))
    drawn = draws(kept, real, subject.seed, most)
    own, theirs = subject.texts(subject.kept), subject.texts(subject.real)
    texts = cut(own, theirs), cut(theirs, own)
    terms = Terms([*texts[0], *texts[1]])
    return Placed(terms, drawn, spaces(texts, drawn, terms, space, path))


def spaces(
    texts: tuple[list[str], list[str]],
    drawn: Sequence[Draw],
    terms: Terms,
    space: Space,
    path: str | None = None,
) -> list[Sides]:
    """The vectors of each draw's rows.

    Args:
        texts: of the synthetic rows and of the real rows.
        drawn: the draws.
        terms: words of the synthetic and the real rows, in this order.
        space: ``lsa``: the space that the rows of a draw span, another one for each.
        path: the GGUF file of ``embeddings``.

    Raises:
        EngineError: weights are missing.
    """
    count = len(texts[0])
    if space == "embeddings":
        every = [*texts[0], *texts[1]]
        vectors = Embeddings(path).fit(every).transform(every)
        return [draw.sides(vectors[:count], vectors[count:]) for draw in drawn]
    return [_folded(draw.sides(terms.matrix[:count], terms.matrix[count:])) for draw in drawn]


def _folded(words: Sides) -> Sides:
    """All rows are in the space's fit, but synthetic rows that nearly repeat a real one.

    Rows that a space was fitted on lie closer together in it than others, so that a fit on one side
    alone would tell the sides apart. A row that repeats another one lies where that one does; twice
    in the fit, both would count double.
    """
    real = vstack([words.real, words.other]).tocsr()
    new = np.flatnonzero(_nearest(words.synthetic, real) < TWIN)
    vectors = folded(
        vstack([words.synthetic, real]).tocsr(),
        np.concatenate([new, np.arange(real.shape[0]) + words.synthetic.shape[0]]),
    )
    return Sides(words.labels, *np.split(vectors, 3))


def _nearest(rows: Any, others: Any) -> NDArray[np.float64]:
    """The cosine of each row with the nearest of the others, shape (rows,)."""
    turned = others.T.tocsc()
    parts = [
        np.asarray((rows[start : start + BLOCK] @ turned).max(axis=1).todense()).ravel()
        for start in range(0, rows.shape[0], BLOCK)
    ]
    return np.concatenate(parts)
