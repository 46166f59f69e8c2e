"""What the quality panel measured of a set of synthetic rows: the records, not the measuring.

A measure stands beside the same figure of real rows against real rows (``reference``), because most
of them mean nothing alone. Who measures what stands in ``quality/``; gates, reports and MLflow read
these records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Direction = Literal["higher", "lower", "near"]
"""Which way is better: higher, lower, or near the reference."""

Verdict = Literal["good", "watch", "bad", ""]
"""What to make of it; empty where the figure has no threshold of its own."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the panel.

    Attributes:
        name: at most 12 characters, as MLflow's table shows them: ``copied``, ``distinct2``.
        part: the plug-in that measured it, by its short name.
        value: the figure, in ``unit``.
        direction: which way is better.
        unit: such as ``share of rows``, ``AUC``, ``rows per 1,000``.
        said: it in one sentence, for a person who does not know the metric; without a full stop,
            as it stands in lists.
        verdict: what to make of it.
        reference: the same figure of held-out real rows against real rows, at equal n; None where
            there is none.
        low: lower end of its 95% interval, None where it has none.
        high: upper end.
        per_class: by label, where it is measured so.
        details: what else a report may show: JSON values, no real row.
    """

    name: str
    part: str
    value: float
    direction: Direction
    unit: str
    said: str
    verdict: Verdict = ""
    reference: float | None = None
    low: float | None = None
    high: float | None = None
    per_class: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Panel:
    """All measures of one set of rows.

    Attributes:
        seconds: what measuring took, wall time.
        skipped: why a part could not measure, by its name.
        generations: how many fresh generations' rows it is of, all together; 0: those that the
            search saw.
    """

    measures: tuple[Measure, ...] = ()
    seconds: float = 0.0
    skipped: Mapping[str, str] = field(default_factory=dict)
    generations: int = 0

    def get(self, name: str) -> Measure | None:
        """The measure of that name, or None."""
        return next((item for item in self.measures if item.name == name), None)

    def of(self, part: str) -> tuple[Measure, ...]:
        """Those of one plug-in."""
        return tuple(item for item in self.measures if item.part == part)

    @property
    def of_rows(self) -> str:
        """Which rows it is of, in words."""
        made = self.generations
        if not made:
            return "the rows that the search saw"
        return f"the rows of {made} fresh generation{'s' if made > 1 else ''}, together"

    @property
    def concerns(self) -> Sequence[Measure]:
        """Those that are not good, the bad ones first."""
        return [
            item
            for verdict in ("bad", "watch")
            for item in self.measures
            if item.verdict == verdict
        ]

    @property
    def good(self) -> Sequence[Measure]:
        """Those that are good."""
        return [item for item in self.measures if item.verdict == "good"]

    def as_dict(self) -> dict[str, Any]:
        """For ``panel.json``; ``panel_of`` reads it."""
        return asdict(self)


def panel_of(data: Mapping[str, Any]) -> Panel:
    """The panel that ``Panel.as_dict`` wrote."""
    measures = tuple(Measure(**item) for item in data.get("measures", ()))
    return Panel(
        measures,
        float(data.get("seconds", 0.0)),
        dict(data.get("skipped", {})),
        int(data.get("generations", 0)),
    )
