"""What sections of a YAML file share: strictness, and a name with its parameters."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


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
