"""The ``balance`` section: real rows whose rare classes are topped up with synthetic ones."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from synthlab.config.uses import Strict

Rows = Annotated[int, Field(ge=1)]


def _by_text(value: Any) -> Any:
    """YAML reads the labels 0 and 1 as numbers."""
    if not isinstance(value, dict):
        return value
    return {key if isinstance(key, bool) else str(key): rows for key, rows in value.items()}


class BalanceConfig(Strict):
    """Top up classes that have few real rows, and train on real and synthetic rows together.

    Each class gets as many synthetic rows as its real seed rows lack to `target`; one that has
    enough gets none. A candidate's score is that of the classifier trained on the real seed rows
    and its rows, and stands beside what needs no LM: class weights, random oversampling and SMOTE.
    `budget.rows_per_class` does not hold then.
    """

    target: Annotated[Rows | dict[str, Rows], BeforeValidator(_by_text)] = Field(
        description="rows that a class is to have, real seed rows and synthetic ones together: one "
        "number, or a number by label; a class that has them, or is left out, gets no synthetic "
        "row; budget.rows_per_class does not hold then"
    )
