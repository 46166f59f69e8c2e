"""Whose turn it is: a fixed order of parts that keeps their shares at every length.

Rows are asked for a few at a time, and a race looks at the first ones: shares must hold in any
first so many, not only in all of them. Drawing parts at random would hold them on average only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

FINEST = 1000
"""Turns after which an order begins again, at most: shares are kept to about a thousandth."""


@cache
def cycle(shares: tuple[float, ...]) -> tuple[int, ...]:
    """The places in ``shares`` in the order of their turns; the order then begins again.

    After n turns, place j has had ``n * shares[j] / sum(shares)`` of them, give or take less than
    one (the chairman assignment of Tijdeman, Discrete Mathematics 32, 1980: of those that may have
    a turn, the one that must have it soonest).

    Args:
        shares: from 0, relative to each other; at least one is above 0.
    """
    weights = _whole(shares)
    places = [place for place, weight in enumerate(weights) if weight]
    length, slack = sum(weights), 2 * len(places) - 2
    had, order = dict.fromkeys(places, 0), list[int]()
    for turn in range(1, length + 1):
        due = {place: weights[place] * turn - had[place] * length for place in places}
        ready = [place for place in places if slack * due[place] >= length] if slack else places
        nxt = min(ready, key=lambda p: ((slack - 1) * length - slack * due[p]) / weights[p])
        had[nxt] += 1
        order.append(nxt)
    return tuple(order)


def turn_of(order: Sequence[int], number: int) -> tuple[int, int]:
    """Whose turn ``number`` (from 0) is, and how many turns that place has had before."""
    rounds, at = divmod(number, len(order))
    place = order[at]
    return place, rounds * order.count(place) + order[:at].count(place)


def _whole(shares: Sequence[float]) -> list[int]:
    """Whole numbers in the ratio of the shares, without a common factor, of a limited sum."""
    exact = [Fraction(str(share)) for share in shares]
    parts = [share / sum(exact) for share in exact]
    common = math.lcm(*(part.denominator for part in parts))
    if common <= FINEST:
        return [int(part * common) for part in parts]
    return [max(1, round(part * FINEST)) if part else 0 for part in parts]
