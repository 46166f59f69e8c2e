"""``confusions``: which classes the model takes for which, and the words that would tell them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from synthlab.feedback.base import Evidence
from synthlab.findings import Finding


class Confusions:
    """Confused pairs."""

    class Params(BaseModel):
        """No parameters yet."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params) -> None:
        self.params = params

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """Nothing."""
        return []
