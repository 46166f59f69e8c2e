"""Rows that say again what a kept row already says, exactly or nearly.

Real rows are not held against: that is ``overlap.py``.
"""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict, Field

from synthlab.curation.base import Known
from synthlab.features.near import NearIndex
from synthlab.features.words import fold_key

DUPLICATE = "duplicate"
NEAR = "near-duplicate"


class Duplicates:
    """Drops a text that equals a kept one, but for case, punctuation and space."""

    class Params(BaseModel):
        """There is nothing to set."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params, real: Known) -> None:
        self.params = params
        self._kept: set[bytes] = set()

    def check(self, text: str, label: str) -> str | None:
        return DUPLICATE if _digest(text) in self._kept else None

    def keep(self, text: str) -> None:
        self._kept.add(_digest(text))


class NearDuplicates:
    """Drops a text whose runs of three words are mostly those of a kept one."""

    class Params(BaseModel):
        """How close is too close."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        threshold: float = Field(
            default=0.8, gt=0, le=1, description="Similarity (Jaccard) from which a row is dropped."
        )

    def __init__(self, params: Params, real: Known) -> None:
        self.params = params
        self._kept = NearIndex(params.threshold)

    def check(self, text: str, label: str) -> str | None:
        return NEAR if self._kept.match(text) is not None else None

    def keep(self, text: str) -> None:
        self._kept.add("kept", text)


def _digest(text: str) -> bytes:
    """Stands for a text, so that a delivery of any length keeps none of them."""
    return hashlib.blake2b(fold_key(text).encode("utf-8", "surrogatepass"), digest_size=16).digest()
