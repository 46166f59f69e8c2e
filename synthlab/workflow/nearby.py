"""How near a candidate's rows are to real ones, as numbers that are logged with the rows."""

from __future__ import annotations

from synthlab.features.nearness import Nearness
from synthlab.outcomes import Near
from synthlab.records import Curated


def near_real(real: Nearness | None, curated: Curated, field: str) -> Near:
    """Distances of kept and dropped rows; a row without a text has none.

    Args:
        real: the rows that the run may look at: seed and dev, never test; None where there is
            none, and then nothing is known.
        curated: the rows.
        field: the name of their text.
    """
    if real is None:
        return Near()
    texts = {row.id: str(row.values.get(field) or "") for row in curated.rows}
    texts = {row: text for row, text in texts.items() if text.strip()}
    nearest = real.distances(list(texts.values()))
    columns = {
        "nearest": dict(zip(texts, (round(value, 4) for value in nearest), strict=True)),
        "shared": {row: round(real.shared(text), 4) for row, text in texts.items()},
    }
    return Near(columns, real.usual)
