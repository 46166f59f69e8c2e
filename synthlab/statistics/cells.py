"""Quotas of groups within classes: which (class, group) cell each row is to fill.

The shares are kept by counting, not by chance: any first n requests of a class have each group's
share of n, give or take less than one (``turns.py``), and all of it where n is a whole number of
cycles. A cell that curation left short is asked for again, and no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod

from synthlab.groups import Sensitive
from synthlab.statistics.turns import cycle

Cell = tuple[str, ...]
"""A group of each sensitive attribute, in their order."""


class Cells:
    """The cells of every class, and in which order they are asked for.

    Several attributes are crossed: a cell's share is the product of its groups' shares.

    Args:
        sensitive: the declared attributes; none: there is nothing to keep.
        labels: every class.
    """

    def __init__(self, sensitive: Sequence[Sensitive], labels: Sequence[str]) -> None:
        self.names = tuple(item.name for item in sensitive)
        self._orders = {
            label: _order(sensitive, label, place) for place, label in enumerate(labels)
        }

    def __bool__(self) -> bool:
        return bool(self.names)

    def at(self, label: str, index: int) -> dict[str, str]:
        """The groups of a class's request ``index``, from 0, by attribute."""
        order = self._orders[label]
        return self._named(order[index % len(order)])

    def wanted(self, label: str, rows: int) -> Counter[Cell]:
        """How many of so many rows of a class each cell is to have."""
        order = self._orders[label]
        rounds, rest = divmod(rows, len(order))
        return Counter({c: n * rounds for c, n in Counter(order).items()}) + Counter(order[:rest])

    def missing(
        self, label: str, rows: int, kept: Mapping[Cell, int], count: int
    ) -> list[dict[str, str]]:
        """The groups of the next ``count`` requests of a class.

        Args:
            label: the class.
            rows: wanted of it in all.
            kept: rows of each cell that are there.
            count: at most the rows that are missing.
        """
        left = Counter(kept)
        found: list[dict[str, str]] = []
        for place in range(rows):
            cell = self._orders[label][place % len(self._orders[label])]
            if left[cell] > 0:
                left[cell] -= 1
            elif len(found) < count:
                found.append(self._named(cell))
        # Rows of no cell, such as those that were given another class, fill no place.
        return found + [self.at(label, place) for place in range(count - len(found))]

    def of(self, attributes: Mapping[str, str]) -> Cell | None:
        """The cell of a row with these attributes; None where one is missing."""
        if not self.names or any(name not in attributes for name in self.names):
            return None
        return tuple(attributes[name] for name in self.names)

    def count(self, rows: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, Counter[Cell]]:
        """Rows of each cell by class, of ``(class, attributes)``."""
        found: dict[str, Counter[Cell]] = {label: Counter() for label in self._orders}
        for label, attributes in rows:
            cell = self.of(attributes)
            if cell is not None:
                found[label][cell] += 1
        return found

    def _named(self, cell: Cell) -> dict[str, str]:
        return dict(zip(self.names, cell, strict=True))


def _order(sensitive: Sequence[Sensitive], label: str, place: int) -> list[Cell]:
    """The cells of one cycle; what does not divide goes to another cell in each class."""
    cells = list(product(*(item.names for item in sensitive)))
    shares = list(product(*(item.shares(label) for item in sensitive)))
    start = place % len(cells)
    turned = [*range(start, len(cells)), *range(start)]
    turns = cycle(tuple(round(prod(shares[at]), 9) for at in turned))
    return [cells[turned[at]] for at in turns]
