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


def counted(
    model: Any, rows: Sequence[Row], given: Sequence[float] | None
) -> Sequence[float] | None:
    """``given`` times what the rows count by themselves, 1 in the mean; None where all count alike.

    The rows' own are scaled, as else rows that count less would make a model with a penalty a
    simpler one. To a model that takes no weights, rows that have their own count alike.
    """
    own = [row.weight for row in rows]
    if all(weight == 1 for weight in own) or fit_key(model) is None:
        return given
    if given is not None and len(given) != len(own):
        return given  # a mistake, which is told by who checks them
    mean = sum(own) / len(own) or 1.0
    times = [1.0] * len(own) if given is None else given
    return [weight / mean * other for weight, other in zip(own, times, strict=True)]


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
