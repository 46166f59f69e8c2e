"""The ``quality`` section: what is measured of each candidate's rows beside their score."""

from __future__ import annotations

from pydantic import Field

from synthlab.config.uses import Strict, Use, UseConfig

DEFAULT_QUALITY: tuple[UseConfig, ...] = tuple(
    UseConfig(use=name) for name in ("copying", "diversity", "pii")
)


class QualityConfig(Strict):
    """The quality panel: measures that judge rows without steering the search."""

    parts: tuple[Use, ...] = Field(
        DEFAULT_QUALITY, description="what is measured of each candidate; [] switches off"
    )
