"""Two candidates side by side, as an object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from synthlab.api import frames, html
from synthlab.report.pairs import verdict

SIDES = ("candidate", "f1", "low", "high", "generations", "fresh", "rows", "cost_usd", "run_id")


class Comparison:
    """What ``synthlab.compare`` found.

    Args:
        found: what ``workflow.compare.compare`` returns.

    Attributes:
        verdict: the difference in a sentence.
        sides: the two: candidate, f1 with low and high (95%, on dev), generations, fresh (of the
            finals, not of the search), rows (of one generation), cost_usd, run_id.
        difference: one line with the columns of ``Run.contrasts``.
        notes: what to know before it is quoted.
    """

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.verdict: str = verdict(found["contrast"])
        self.sides = pd.DataFrame([_side(found[key]) for key in ("a", "b")], columns=list(SIDES))
        self.difference = frames.contrasts([found["contrast"]])
        self.notes: list[str] = list(found["notes"])

    def __repr__(self) -> str:
        return f"<synthlab comparison: {self.verdict}>"

    def _repr_html_(self) -> str:
        tables = [
            html.table("on the same dev rows", self.sides, SIDES[:-1]),
            html.table("difference", self.difference, frames.CONTRASTS),
        ]
        return html.page(self.verdict, "; ".join(self.notes), tables)


def _side(side: Mapping[str, Any]) -> list[Any]:
    level = side["estimate"]
    ends = [level["value"], level["low"], level["high"]]
    rest = [side[key] for key in ("generations", "fresh", "rows", "cost_usd", "run_id")]
    return [side["name"], *ends, *rest]
