"""What sections of a YAML file share: strictness, and a name with its parameters."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WrapValidator,
)
from pydantic_core import PydanticCustomError


class Strict(BaseModel):
    """Unknown keys are errors, and nothing changes after it was read."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False
    )


def named(value: Any) -> Any:
    """A bare name, as the section that it stands for."""
    return {"use": value} if isinstance(value, str) else value


class UseConfig(Strict):
    """A name and the parameters of the class that it names."""

    use: str = Field(description="short name, package.module:Class or path/to/file.py:Class")
    params: dict[str, Any] = Field(
        default_factory=dict, alias="with", description="parameters of that class"
    )


Use = Annotated[UseConfig, BeforeValidator(named)]


Rows = Annotated[int, Field(ge=1)]
ByLabel = Annotated[dict[str, Rows], Field(min_length=1)]
_NUMBER, _BY_LABEL = TypeAdapter(Rows), TypeAdapter(ByLabel)


def _one_or_by_label(value: Any, _: Any) -> Any:
    """Checked as what it looks like, so that a mistake is told once and at its key.

    YAML reads the labels 0 and 1 as numbers, and ``no`` as false.
    """
    if not isinstance(value, dict):
        return _NUMBER.validate_python(value)
    if wrong := [str(key).lower() for key in value if isinstance(key, bool)]:
        raise PydanticCustomError("label", f"a label is read as {wrong[0]}, put it in quotes")
    return _BY_LABEL.validate_python({str(key): rows for key, rows in value.items()})


RowsByLabel = Annotated[Rows | ByLabel, WrapValidator(_one_or_by_label)]
"""A number of rows for each class, or one by label."""
