"""Which group of people each request asks for, so that every cell of a class gets its quota."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from synthlab.deliveries import Groups
from synthlab.features.lexicon import NONE, group_of
from synthlab.generators.base import Generator
from synthlab.records import Brief, Request, Row
from synthlab.statistics.cells import Cell, Cells

Orders = list[tuple[Request, ...]]


class Dealer:
    """Counts the kept rows of each cell, and deals what is missing to the next requests.

    Args:
        generator: whose brief says which attributes have quotas; without any, orders stay as they
            are.
    """

    def __init__(self, generator: Generator) -> None:
        self._cells = generator.cells
        self.kept: dict[str, Counter[Cell]] = {label: Counter() for label in generator.brief.labels}

    def deal(self, orders: Orders, label: str, rows: int) -> Orders:
        """The same orders, of the groups that are missing to ``rows`` rows of a class."""
        if not self._cells:
            return orders
        asked = sorted((request for order in orders for request in order), key=lambda r: r.index)
        missing = self._cells.missing(label, rows, self.kept[label], len(asked))
        groups = {request.index: cell for request, cell in zip(asked, missing, strict=True)}
        return [tuple(_of_group(request, groups[request.index]) for request in o) for o in orders]

    def room(self, quota: Mapping[str, int], rows: Sequence[Row]) -> Counter[tuple[str, Cell]]:
        """Rows that each cell lacks to the quota of its class, once these are kept, too."""
        wanted = {label: self._cells.wanted(label, n) for label, n in quota.items() if self._cells}
        left = Counter({(label, c): n for label, own in wanted.items() for c, n in own.items()})
        left.subtract({(label, c): n for label, own in self.kept.items() for c, n in own.items()})
        left.subtract(cell for row in rows if (cell := self.cell(row)) is not None)
        return left

    def cell(self, row: Row) -> tuple[str, Cell] | None:
        """The class and the groups of a row; None where it was not asked for by group."""
        own = self._cells.of(row.lineage.request.attributes) if row.lineage else None
        return None if own is None else (row.label, own)

    def add(self, rows: Sequence[Row]) -> None:
        """Rows that were kept just now."""
        made = ((row.label, row.lineage.request.attributes) for row in rows if row.lineage)
        self.count(made)

    def count(self, rows: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Rows that are there already: their classes and attributes."""
        if self._cells:
            for label, counts in self._cells.count(rows).items():
                self.kept[label].update(counts)


def tally(
    brief: Brief, quota: Mapping[str, int], records: Iterable[Mapping[str, Any]], name: str
) -> Groups:
    """Requested and delivered rows by attribute, class and group, of rows as they are on disk.

    Args:
        brief: whose attributes have quotas; none: nothing is counted.
        quota: rows asked for, by class.
        records: the rows.
        name: of their column with the text, whose words tell the group, where words are declared.
    """
    if not brief.sensitive:
        return {}
    cells = Cells(brief.sensitive, brief.labels)
    found: dict[str, dict[str, dict[str, list[int]]]] = {
        item.name: {
            label: {group: [0, 0] for group in (*item.names, NONE)} for label in brief.labels
        }
        for item in brief.sensitive
    }
    for label, rows in quota.items():
        for cell, count in cells.wanted(label, rows).items():
            for item, group in zip(brief.sensitive, cell, strict=True):
                found[item.name][label][group][0] += count
    for record in records:
        for item in brief.sensitive:
            asked = json.loads(record["attributes"]).get(item.name, NONE)
            group = group_of(record[name], item) if item.has_words else asked
            found[item.name][record["label"]][group][1] += 1
    return found


def _of_group(request: Request, groups: Mapping[str, str]) -> Request:
    return replace(request, attributes={**request.attributes, **groups})
