"""Sample weights: whether a model takes them, and under which name its ``fit`` expects them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from synthlab.errors import SynthlabError
from synthlab.records import Row


def fit_key(model: Any) -> str | None:
    """The keyword by which ``model.fit`` hands weights to its last step; None if it has none."""
    prefix = ""
    while isinstance(model, Pipeline):
        name, model = model.steps[-1]
        prefix += f"{name}__"
    return f"{prefix}sample_weight" if has_fit_parameter(model, "sample_weight") else None


def own_weights(rows: Sequence[Row]) -> list[float] | None:
    """What each row counts by itself, 1 in the mean; None where all of them count 1.

    Scaled, as else rows that count less would make a model with a penalty a simpler one.
    """
    weights = [row.weight for row in rows]
    mean = sum(weights) / max(1, len(weights))
    if not mean or all(weight == 1 for weight in weights):
        return weights if rows and not mean else None
    return [weight / mean for weight in weights]


def check_weights(model: Any, weights: Sequence[float] | None, rows: int) -> dict[str, Any]:
    """Keyword arguments for ``model.fit``: none for equal weights, which say nothing.

    Raises:
        SynthlabError: not one finite weight from 0 for each row, all of them 0, or a model that
            takes none.
    """
    if weights is None:
        return {}
    values = np.asarray(weights, dtype=float)
    if values.shape != (rows,):
        raise SynthlabError(f"{values.size} weights were given for {rows} training rows")
    if rows and not (np.isfinite(values).all() and values.min() >= 0 and values.max() > 0):
        raise SynthlabError(
            "weights of training rows must be finite, from 0, and not all 0",
            "leave rows that shall not count out of the training rows",
        )
    if not rows or values.min() == values.max():
        return {}
    key = fit_key(model)
    if key is None:
        last = model.steps[-1][1] if isinstance(model, Pipeline) else model
        raise SynthlabError(
            f"the classifier {type(last).__name__} takes no weights of training rows",
            "score with equal weights, or with a model that takes them, such as tfidf-logreg",
        )
    return {key: values}
