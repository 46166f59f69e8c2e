"""Which rows are wanted: those of another class than was asked for, and those of each group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from synthlab.records import Curated, Dropped, Row

FULL = "relabelled as a class that has its rows"


def wanted(sifted: Curated, quota: Mapping[str, int], counts: Mapping[str, int]) -> Curated:
    """Without rows of another class than was asked for, where that class has enough.

    Rows that were asked for as what they are go first, so that no class gets more rows than it was
    to have, nor loses one to another's.

    Args:
        sifted: rows that were judged just now.
        quota: kept rows wanted by class; a class that is not in it wants none.
        counts: rows of each class that were kept before.
    """
    own = Counter(row.label for row in sifted.kept if not _moved(row))
    room = Counter({label: n - counts.get(label, 0) - own[label] for label, n in quota.items()})
    kept, dropped = [], list(sifted.dropped)
    for row in sifted.kept:
        if _moved(row) and room[row.label] <= 0:
            dropped.append(Dropped(row, FULL))
            continue
        room[row.label] -= _moved(row)
        kept.append(row)
    return Curated(tuple(kept), tuple(dropped))


def _moved(row: Row) -> bool:
    return row.lineage is not None and row.lineage.request.label != row.label


def readable(made: Sequence[Row | Dropped]) -> list[Row]:
    """What curation is to judge."""
    return [item for item in made if isinstance(item, Row)]


def unread(made: Sequence[Row | Dropped]) -> list[Dropped]:
    """What has its reason already."""
    return [item for item in made if isinstance(item, Dropped)]
