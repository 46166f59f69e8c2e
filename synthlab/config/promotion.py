"""The ``promotion`` section: what a run's winner must reach before an alias points at it.

Its values are those of the run that is promoted, as it logged them; they change no row and no
score. ``workflow/gates.py`` asks them.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PromotionConfig(BaseModel):
    """The gates; one that is null or false is shown, and lets everything pass."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    margin: float = Field(
        0.0,
        gt=-1,
        lt=1,
        description="macro-F1 that the 95% interval of the difference to the champion must lie "
        "above; below 0 it may be so much worse, as a cheaper one may",
    )
    usd_per_1000: float | None = Field(None, ge=0, description="US dollars of 1,000 kept rows")
    max_copied: float | None = Field(
        None, ge=0, le=1, description="share of kept rows that repeat a run of a real row's words"
    )
    max_pii: float | None = Field(
        None,
        ge=0,
        le=1000,
        description="rows with personal data among 1,000 kept rows, by each part that looks for "
        "it: pii, and presidio where it is one of quality.parts",
    )
    replicates: int = Field(
        0,
        ge=0,
        le=100,
        description="fresh generations that the score must stand on; 0: the search's rows will do",
    )
    beats_direct: bool = Field(
        False, description="the 95% interval of the difference to the direct prompt must be above 0"
    )
