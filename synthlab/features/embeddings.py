"""Sentence embeddings as a scikit-learn transformer: raw texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from synthlab.features.embedder import Embedder
from synthlab.features.minilm import minilm


class Embeddings(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Vectors of a GGUF embedding model; nothing is learnt from the training texts.

    Args:
        path: a GGUF file; None: all-MiniLM-L6-v2 from its installed package.
        max_tokens: tokens of a text that are read: MiniLM was trained on 128, and takes up to 512.
    """

    def __init__(self, path: str | None = None, max_tokens: int = 128) -> None:
        self.path = path
        self.max_tokens = max_tokens

    def fit(self, X: Iterable[str], y: Any = None) -> Embeddings:
        """Check parameters and weights.

        Raises:
            EngineError: the weights are missing, or are no GGUF file.
            ValueError: ``max_tokens`` cannot be.
        """
        self._embedder()
        return self

    def transform(self, X: Iterable[str]) -> NDArray[np.float64]:
        """Unit vectors of shape ``(texts, dimensions)``.

        Raises:
            EngineError: the weights are missing or cannot be loaded.
            StorageError: the store of embeddings cannot be read or written.
        """
        return self._embedder().embed([str(text) for text in X])

    def _embedder(self) -> Embedder:
        if not isinstance(self.max_tokens, int) or self.max_tokens < 8:
            raise ValueError(f"max_tokens must be a whole number from 8, not {self.max_tokens!r}")
        path = Path(self.path).expanduser() if self.path is not None else minilm()
        return Embedder(path, self.max_tokens)

    def __sklearn_is_fitted__(self) -> bool:
        return True
