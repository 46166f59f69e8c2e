"""Two halves of some rows, each class's rows shared out: what one chooses, the other judges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.statistics.macro import Codes


def halves(codes: Codes, seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Places of rows, each class's in equal numbers in both halves (or one more in one).

    Args:
        codes: shape (rows,): class codes.
        seed: of the shuffle.

    Returns:
        Two ascending arrays, which have every place between them.
    """
    draw = np.random.default_rng(seed)
    found: tuple[list[int], list[int]] = ([], [])
    extra = 0
    for code in np.unique(codes):
        own = draw.permutation(np.flatnonzero(codes == code))
        for place, row in enumerate(own, extra):
            found[place % 2].append(int(row))
        extra += len(own)
    return np.sort(np.array(found[0], dtype=int)), np.sort(np.array(found[1], dtype=int))
