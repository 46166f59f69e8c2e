"""Rows to read: a few of each class, picked by no one, and what curation did not keep.

A row that is nearly a real one is not shown: this page may go where the real rows may not.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.report.page.material import Material, Sample

LONGEST = 600
TOO_NEAR = 0.2
TOO_MUCH = 0.2
COPIES = "copies real rows"


def samples(found: Material) -> dict[str, Any] | None:
    """A few kept rows of each class; None where no row was logged."""
    if not found.kept:
        return None
    labels = sorted({row.label for row in found.kept})
    each = 3 if len(labels) <= 8 else 2 if len(labels) <= 24 else 1
    known = [row.nearest for row in found.kept if row.nearest is not None]
    return {
        "classes": [
            {
                "label": label,
                "rows": [_shown(row) for row in _picked(found.kept, label, each)],
                "count": sum(row.label == label for row in found.kept),
            }
            for label in labels
        ],
        "open": len(labels) <= 8,
        "usual": found.usual,
        "median": sorted(known)[len(known) // 2] if known else None,
        "hidden": sum(hidden(row) for row in found.kept),
        "copied": sum((row.shared or 0.0) > 0 for row in found.kept),
        "known": len(known),
        "total": len(found.kept),
    }


def dropped(found: Material) -> dict[str, Any] | None:
    """Reasons with their counts by class, and an example of each."""
    made = len(found.kept) + len(found.dropped)
    if not made:
        return None
    reasons = Counter(row.reason for row in found.dropped).most_common()
    labels = sorted({row.label for row in (*found.kept, *found.dropped)})
    return {
        "made": made,
        "kept": len(found.kept),
        "dropped": len(found.dropped),
        "share": len(found.dropped) / made,
        "reasons": [
            {
                "reason": reason,
                "count": count,
                "share": count / made,
                "classes": _by_class(found.dropped, reason),
                "example": _example(found, reason),
            }
            for reason, count in reasons
        ],
        "labels": labels,
    }


def hidden(row: Sample) -> bool:
    """Whether a row is too near a real one to be printed."""
    near = row.nearest is not None and row.nearest < TOO_NEAR
    return near or row.reason == COPIES or (row.shared or 0.0) > TOO_MUCH


def _picked(rows: Sequence[Sample], label: str, count: int) -> list[Sample]:
    own = [row for row in rows if row.label == label]
    return sorted(own, key=lambda row: hashlib.sha256(row.id.encode()).hexdigest())[:count]


def _shown(row: Sample) -> Mapping[str, Any]:
    text = row.text.strip()
    return {
        "text": "" if hidden(row) else text[:LONGEST] + (" …" if len(text) > LONGEST else ""),
        "nearest": row.nearest,
        "shared": row.shared,
        "attributes": row.attributes,
        "id": row.id,
    }


def _by_class(rows: Sequence[Sample], reason: str) -> list[tuple[str, int]]:
    return Counter(row.label for row in rows if row.reason == reason).most_common()


def _example(found: Material, reason: str) -> Mapping[str, Any] | None:
    own = [row for row in found.dropped if row.reason == reason and row.text and not hidden(row)]
    if not own:
        return None
    first = min(own, key=lambda row: hashlib.sha256(row.id.encode()).hexdigest())
    return {**_shown(first), "label": first.label}
