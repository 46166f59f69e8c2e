"""Which rows are wanted: those of another class than was asked for, and those of each group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from synthlab.records import Curated, Dropped, Row
from synthlab.workflow.dealing import Dealer

FULL = "relabelled as a class that has its rows"
FULL_GROUP = "relabelled as a class that has its rows of this group"


def wanted(
    sifted: Curated,
    quota: Mapping[str, int],
    counts: Mapping[str, int],
    dealer: Dealer | None = None,
) -> Curated:
    """Without rows of another class than was asked for, where that class has enough.

    Rows that were asked for as what they are go first, so that no class, and no cell of class and
    group, gets more rows than it was to have, nor loses one to another's.

    Args:
        sifted: rows that were judged just now.
        quota: kept rows wanted by class; a class that is not in it wants none.
        counts: rows of each class that were kept before.
        dealer: knows the groups of those rows, and the quotas of groups.
    """
    own = [row for row in sifted.kept if not _moved(row)]
    had = Counter(row.label for row in own)
    room = Counter({label: n - counts.get(label, 0) - had[label] for label, n in quota.items()})
    cells = dealer.room(quota, own) if dealer else {}
    kept, dropped = [], list(sifted.dropped)
    for row in sifted.kept:
        if _moved(row):
            cell = dealer.cell(row) if dealer else None
            if full := _full(room[row.label], 1 if cell is None else cells.get(cell, 0)):
                dropped.append(Dropped(row, full))
                continue
            room[row.label] -= 1
            if cell is not None:
                cells[cell] -= 1
        kept.append(row)
    return Curated(tuple(kept), tuple(dropped))


def _full(room: int, of_group: int) -> str:
    """Why a row cannot be taken in; empty where there is room."""
    return FULL if room <= 0 else FULL_GROUP if of_group <= 0 else ""


def _moved(row: Row) -> bool:
    return row.lineage is not None and row.lineage.request.label != row.label


def readable(made: Sequence[Row | Dropped]) -> list[Row]:
    """What curation is to judge."""
    return [item for item in made if isinstance(item, Row)]


def unread(made: Sequence[Row | Dropped]) -> list[Dropped]:
    """What has its reason already."""
    return [item for item in made if isinstance(item, Dropped)]
