"""Which group of people each request asks for, so that every cell of a class gets its quota."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from synthlab.generators.base import Generator
from synthlab.records import Request, Row
from synthlab.statistics.cells import Cell

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

    def add(self, rows: Sequence[Row]) -> None:
        """Rows that were kept just now."""
        made = ((row.label, row.lineage.request.attributes) for row in rows if row.lineage)
        self.count(made)

    def count(self, rows: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Rows that are there already: their classes and attributes."""
        if self._cells:
            for label, counts in self._cells.count(rows).items():
                self.kept[label].update(counts)


def _of_group(request: Request, groups: Mapping[str, str]) -> Request:
    return replace(request, attributes={**request.attributes, **groups})
