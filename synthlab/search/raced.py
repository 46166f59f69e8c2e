"""A race as a part of another search: ``racing: true``, or the race's own parameters."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from synthlab.search.grid import Grid
from synthlab.search.racing import Racing


def _given(value: Any) -> Any:
    return ({} if value else None) if isinstance(value, bool) else value


Raced = Annotated[
    Racing.Params | None,
    BeforeValidator(_given),
    Field(description="true, or parameters of racing: who falls behind makes no more rows"),
]


def way(race: Racing.Params | None, at_once: int = 1) -> Grid | Racing:
    """How a set of candidates is run, so many of them side by side at least."""
    if race is None:
        return Grid(Grid.Params(at_once=at_once))
    return Racing(race.model_copy(update={"at_once": max(race.at_once, at_once)}))
