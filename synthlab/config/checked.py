"""Plain data -> a valid config, whatever mistakes are in it.

A section with a mistake is told and then replaced by one that is valid, so that the mistakes of
the other sections can be found in the same go. What comes back is for checking only as long as
there are problems.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pydantic import ValidationError

from synthlab.config.dotted import Path
from synthlab.config.models import ExperimentConfig
from synthlab.config.problems import Problems

STAND_INS: dict[str, Any] = {
    "name": "x",
    "task": {"use": "table"},
    "lm": {"model": "fake/words"},
}
"""For the sections that have no default."""


def checked(
    data: dict[str, Any], problems: Problems, place: Callable[[Path], Path] = lambda path: path
) -> ExperimentConfig:
    """The config in ``data``; ``place`` says where in the file a path was written."""
    try:
        return ExperimentConfig.model_validate(data)
    except ValidationError as exc:
        problems.add_validation(exc, ExperimentConfig, place)
        broken = {error["loc"][0] for error in exc.errors()}
        return ExperimentConfig.model_validate(without(data, broken))


def without(data: dict[str, Any], sections: Collection[Any]) -> dict[str, Any]:
    """``data`` with valid sections in the place of those named."""
    kept = {key: value for key, value in data.items() if key not in sections}
    return {**{key: STAND_INS[key] for key in sections if key in STAND_INS}, **kept}
