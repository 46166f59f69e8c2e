"""The ``balance`` section: real rows whose rare classes are topped up with synthetic ones."""

from __future__ import annotations

from pydantic import Field

from synthlab.config.uses import RowsByLabel, Strict


class BalanceConfig(Strict):
    """Top up classes that have few real rows, and train on real and synthetic rows together.

    Each class gets as many synthetic rows as its real seed rows lack to `target`; one that has
    enough gets none. A candidate's score is that of the classifier trained on the real seed rows
    and its rows, and stands beside what needs no LM: class weights, random oversampling and SMOTE.
    `budget.rows_per_class` does not hold then.
    """

    target: RowsByLabel = Field(
        description="rows that a class is to have, real seed rows and synthetic ones together: one "
        "number, or a number by label; a class that has them, or is left out, gets no synthetic "
        "row; budget.rows_per_class does not hold then"
    )
