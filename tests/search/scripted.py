"""An objective that reads its scores from a table of curves; its trials are real records."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from synthlab.outcomes import Candidate, Score, Trial
from synthlab.records import Curated, Row, Usage
from synthlab.statistics.macro import Patterns

LABELS = ("business", "sport", "tech", "politics", "arts")
TRUE = np.tile(np.arange(5, dtype=np.int16), 120)
# Every model finds the same rows hard, so that a difference is seen on few rows.
HARD = np.random.default_rng(3).permutation(np.linspace(0, 1, len(TRUE)))


def candidate(name: str, full: int = 40) -> Candidate:
    return Candidate(name, name.split("-")[0], {}, {}, "fake/x", name, full)


def score(accuracy: float, rows: int) -> Score:
    called = np.where(accuracy > HARD, TRUE, (TRUE + 1) % 5).astype(np.int16)
    f1 = float(Patterns.of(TRUE, called, 5).scores()[0])
    return Score(f1, accuracy, LABELS, {}, (), rows, called, TRUE)


class Scripted:
    """``curves[name][rows]`` is the accuracy at so many rows a class; None there is a failure.

    Attributes:
        asked: every call: (name, rows a class that the trial came to).
        dropped: reason by name.
    """

    def __init__(
        self,
        curves: Mapping[str, Mapping[int, float | Exception | None]],
        fulls: Mapping[str, int] | None = None,
        short: tuple[str, ...] = (),
    ) -> None:
        self.curves = curves
        self.short = short
        self.start = [candidate(name, (fulls or {}).get(name, 40)) for name in curves]
        self.asked: list[tuple[str, int]] = []
        self.dropped: dict[str, str] = {}
        self._last: dict[str, Trial] = {}

    def __call__(self, candidate: Candidate, rows_per_class: int | None = None) -> Trial | None:
        full = candidate.rows_per_class
        rows = min(rows_per_class or full, full)
        self.asked.append((candidate.name, rows))
        value = self.curves[candidate.name][rows]
        if isinstance(value, Exception):
            raise value
        if value is None:
            return None
        points = {n: v for n, v in self.curves[candidate.name].items() if n <= rows}
        curve = tuple((n, score(v, n).f1) for n, v in sorted(points.items()))
        kept = [
            Row(f"{label}-{n}", {"text": "x"}, label)
            for label in LABELS
            for n in range(rows - (candidate.name in self.short and label == "arts"))
        ]
        self._last[candidate.name] = Trial(
            candidate=candidate,
            curated=Curated(tuple(kept)),
            score=score(value, rows * len(LABELS)),
            augmented=None,
            usage=Usage(),
            shown=(),
            prompts={},
            program="{}",
            seconds=0.0,
            rows_per_class=rows,
            curve=curve,
        )
        return self._last[candidate.name]

    def drop(self, candidate: Candidate, reason: str) -> Trial:
        self.dropped[candidate.name] = reason
        return replace(self._last[candidate.name], out=reason)
