"""The quality panel in words: what is good, what to watch, what is bad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlab.measures import Measure, Panel
from synthlab.report.page.numbers import DASH

ORDER = {"bad": 0, "watch": 1, "": 2, "good": 3}
WORDS = {"good": "good", "watch": "watch", "bad": "not good", "": "no threshold"}
BETTER = {"higher": "higher is better", "lower": "lower is better", "near": "near real is better"}


def panel(found: Panel | None) -> dict[str, Any] | None:
    """Measures, the bad ones first, and what could not be measured; None without a panel."""
    if found is None or not (found.measures or found.skipped):
        return None
    ordered = sorted(found.measures, key=lambda item: ORDER.get(item.verdict, 2))
    return {
        "of": found.of_rows,
        "rows": [_row(item) for item in ordered],
        "skipped": dict(found.skipped),
        "good": len(found.good),
        "judged": sum(item.verdict != "" for item in found.measures),
        "concerns": [item.said for item in found.concerns],
    }


def _row(item: Measure) -> Mapping[str, Any]:
    return {
        "name": item.name,
        "part": item.part,
        "said": item.said,
        "value": _number(item.value),
        "unit": item.unit,
        "reference": DASH if item.reference is None else _number(item.reference),
        "range": ""
        if item.low is None or item.high is None
        else f"{_number(item.low)} to {_number(item.high)}",
        "better": BETTER.get(item.direction, ""),
        "classes": _classes(item),
        "verdict": WORDS.get(item.verdict, item.verdict),
        "badge": item.verdict or "none",
    }


def _classes(item: Measure) -> list[tuple[str, str, str]]:
    """Each class's figure and that of its real rows, where there are such."""
    real = item.details.get("per_class_reference") or {}
    return [
        (label, _number(value), _number(real[label]) if label in real else "")
        for label, value in item.per_class.items()
    ]


def _number(value: float) -> str:
    """With three digits that matter."""
    if value and abs(value) < 0.001:
        return f"{value:.1g}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
