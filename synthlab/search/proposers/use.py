"""A proposer as a config names it: ``use`` and ``with``, checked when the config is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthlab.errors import ConfigError
from synthlab.registry import resolve
from synthlab.search.proposers.base import Proposer


class ProposerUse(BaseModel):
    """A name and the parameters of the class that it names."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    use: str = Field(description="short name, package.module:Class or path/to/file.py:Class")
    params: dict[str, Any] = Field(
        default_factory=dict, alias="with", description="parameters of that class"
    )

    def made(self) -> Proposer:
        """The proposer.

        Raises:
            ValueError: it cannot be found, or its parameters are wrong.
        """
        try:
            kind = resolve("proposer", self.use)
            made: Proposer = kind(kind.Params(**self.params))
        except ConfigError as exc:
            raise ValueError(exc.what) from exc
        except ValidationError as exc:
            first = exc.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"with.{place} of {self.use}: {first['msg']}") from exc
        return made
