"""Rows to compare at equal n and an equal mix of classes: synthetic, real, and other real ones.

Nearly every figure of fidelity depends on how many rows there are, and on how many of each class.
So each draw takes equally many rows of a class from the synthetic rows and from two halves of the
real ones that share no row. One half is what both others are held against: what the synthetic rows
come to is the figure, what the other real rows come to is its reference. How the classes are mixed
is thereby no part of fidelity; balance is measured elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthlab.quality.base import Skip

Places = NDArray[np.intp]
Figure = TypeVar("Figure")

LEAST = 20
"""Rows of a draw below which nothing is measured."""
MOST_DRAWS, FEWEST_DRAWS, ROWS = 5, 2, 3000
"""Draws: as many as hold about so many rows together; few rows differ more from draw to draw."""


@dataclass(frozen=True, eq=False)
class Draw:
    """One draw; all three have the classes ``labels``, row by row.

    Attributes:
        labels: shape (n,): the class of each row, equal classes together.
        synthetic: shape (n,): places among the synthetic rows.
        real: shape (n,): places among the real rows.
        other: shape (n,): places among the real rows, none of them in ``real``.
    """

    labels: NDArray[np.str_]
    synthetic: Places
    real: Places
    other: Places

    def __len__(self) -> int:
        return len(self.labels)

    def sides(self, synthetic: Any, real: Any) -> Sides:
        """Features of these rows.

        Args:
            synthetic: those of all synthetic rows, a line each.
            real: those of all real rows.
        """
        return Sides(self.labels, synthetic[self.synthetic], real[self.real], real[self.other])


@dataclass(frozen=True, eq=False)
class Sides:
    """Features of the rows of a draw, a line for each row of it.

    Attributes:
        labels: shape (n,): the class of each line of all three.
        synthetic: shape (n, columns), dense or sparse.
        real: what the others are held against.
        other: further real rows.
    """

    labels: NDArray[np.str_]
    synthetic: Any
    real: Any
    other: Any

    def of(self, label: str) -> Sides:
        """The lines of one class."""
        return self.at(np.flatnonzero(self.labels == label))

    def at(self, lines: Places) -> Sides:
        """These lines."""
        return Sides(self.labels[lines], self.synthetic[lines], self.real[lines], self.other[lines])

    def both(self, figure: Callable[[Any, Any], Figure]) -> tuple[Figure, Figure]:
        """A figure of the synthetic rows, and the same of the other real rows.

        Args:
            figure: of rows, and of the real rows that they are held against.
        """
        return figure(self.synthetic, self.real), figure(self.other, self.real)


def draws(
    synthetic: Sequence[str], real: Sequence[str], seed: int, most: int = 10**9
) -> list[Draw]:
    """Draws without replacement.

    Args:
        synthetic: the class of each synthetic row.
        real: the class of each real row.
        seed: of the draws.
        most: rows of a draw; where there are more, each class keeps its share of them.

    Raises:
        Skip: fewer than 20 rows can be matched.
    """
    mine, theirs = _by_class(synthetic), _by_class(real)
    counts = {
        label: min(len(mine[label]), len(theirs[label]) // 2)
        for label in sorted(mine)
        if label in theirs
    }
    total = sum(counts.values())
    if total < LEAST:
        raise Skip(
            f"{total} synthetic rows can be matched by class with two halves of the real rows; "
            f"{LEAST} are needed"
        )
    if total > most:
        counts = {label: count * most // total for label, count in counts.items()}
        total = sum(counts.values())
    rng = np.random.default_rng(seed)
    number = min(MOST_DRAWS, max(FEWEST_DRAWS, ROWS // total))
    return [_draw(mine, theirs, counts, rng) for _ in range(number)]


def _draw(
    mine: dict[str, Places],
    theirs: dict[str, Places],
    counts: dict[str, int],
    rng: np.random.Generator,
) -> Draw:
    labels: list[str] = []
    parts: tuple[list[Places], list[Places], list[Places]] = ([], [], [])
    for label, count in counts.items():
        drawn = rng.permutation(theirs[label])
        parts[0].append(rng.permutation(mine[label])[:count])
        parts[1].append(drawn[:count])
        parts[2].append(drawn[count : 2 * count])
        labels += [label] * count
    return Draw(np.array(labels), *(np.concatenate(part) for part in parts))


def _by_class(labels: Sequence[str]) -> dict[str, Places]:
    found = np.asarray(labels)
    return {str(label): np.flatnonzero(found == label) for label in np.unique(found)}
