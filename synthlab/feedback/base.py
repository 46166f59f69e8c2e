"""The contract of a feedback part: evidence in, findings out.

A part may look at real dev rows; what it says must hold for several of them (``Evidence.least``),
so that no finding repeats a row. It never raises for odd rows: nothing found is an empty list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray
from pydantic import BaseModel

from synthlab.findings import Finding
from synthlab.outcomes import Score
from synthlab.records import Brief, Row


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of a candidate's rows.

    Attributes:
        kept: its rows, as the classifier was trained on them.
        real: the dev rows, as ``score`` judged them.
        model: the classifier, fitted on ``kept``: a scikit-learn estimator that reads texts.
        score: of ``model`` on ``real``.
        proba: shape (dev rows, classes): what ``model`` gives each class, in the brief's order;
            0 or 1 where it gives no probabilities.
        least: dev rows that must share what is told.
        seed: of everything that is drawn.
    """

    brief: Brief
    kept: tuple[Row, ...]
    real: tuple[Row, ...]
    model: Any
    score: Score
    proba: NDArray[Any]
    least: int
    seed: int

    def texts(self, rows: Sequence[Row]) -> list[str]:
        """The text of each row."""
        return [str(row.values[self.brief.field]) for row in rows]


class Part(Protocol):
    """Built-in and user classes alike; ``Params`` are checked from the config.

    A part that needs no real row has ``tell(brief, kept, counts)`` too (``lacking.py``): with
    ``feedback.privacy``, only such parts are let in, and they get noisy counts.

    A part that can use some classifiers only has ``check_model(model)`` too, which gets the
    unfitted one before a run begins and raises a ``ConfigError``.
    """

    Params: type[BaseModel]

    def __init__(self, params: Any) -> None: ...

    def find(self, evidence: Evidence) -> Sequence[Finding]: ...
