"""The ``feedback`` section: what is found out about rows, and how much of dev it may tell."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from synthlab.config.uses import Strict, Use, UseConfig

DEFAULT_FEEDBACK: tuple[UseConfig, ...] = tuple(
    UseConfig(use=name) for name in ("confusions", "coverage", "labels", "tics")
)


PRIVATE_FEEDBACK = ("lacking",)
"""The parts that can work from noisy counts, where none are named."""


class FeedbackPrivacy(Strict):
    """Noise on what feedback tells of dev rows; of what exactly, the run's description says."""

    epsilon: float = Field(
        gt=0,
        le=100,
        description="bound on what the noisy counts tell of any one dev row (differential "
        "privacy): the smaller, the more noise and the fewer words; 1 is usual",
    )
    delta: float = Field(
        gt=0,
        lt=0.01,
        description="how likely that bound may fail; less than 1 over the number of dev rows",
    )
    words: int = Field(
        10,
        ge=1,
        description="how many words of a dev row are counted, from its start; fewer: less noise",
    )


class FeedbackConfig(Strict):
    """What is found out about the rows of each candidate, for a search and for the user."""

    parts: tuple[Use, ...] = Field(DEFAULT_FEEDBACK, description="what is looked for")
    least: int = Field(
        5, ge=1, description="dev rows that must share a word before a finding may tell it"
    )
    most: int = Field(12, ge=1, description="findings that are told, by expected gain")
    privacy: FeedbackPrivacy | None = Field(
        None,
        description="tell only what one noisy count of dev rows holds; parts: [lacking] then",
    )

    @model_validator(mode="before")
    @classmethod
    def _private_parts(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("privacy") and "parts" not in given:
            return {**given, "parts": PRIVATE_FEEDBACK}
        return given
