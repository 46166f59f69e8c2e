"""Turns keep their shares at every length."""

from __future__ import annotations

import pytest

from synthlab.statistics.turns import FINEST, cycle, turn_of

SHARES = [(1, 1), (1, 1, 1), (0.5, 0.25, 0.25), (0.7, 0.2, 0.1), (3, 0, 1), (5, 3, 1, 0.5, 0.5)]


@pytest.mark.parametrize("shares", SHARES)
def test_no_place_is_ever_a_whole_turn_off_its_share(shares):
    order = cycle(shares)
    for turns in range(1, len(order) + 1):
        for place, share in enumerate(shares):
            assert abs(order[:turns].count(place) - turns * share / sum(shares)) < 1


@pytest.mark.parametrize("shares", SHARES)
def test_turns_of_a_place_are_counted_on_through_every_round(shares):
    order = cycle(shares)
    seen = [turn_of(order, number) for number in range(3 * len(order))]
    for place in set(order):
        assert [before for at, before in seen if at == place] == list(range(3 * order.count(place)))


def test_only_the_ratio_of_the_shares_matters():
    assert cycle((0.2, 0.6)) == cycle((1, 3)) == cycle((10, 30))


def test_shares_without_a_short_cycle_are_kept_to_a_thousandth():
    order = cycle((0.123456789, 0.87, 1e-9))
    assert len(order) <= FINEST + 2
    assert order.count(0) / len(order) == pytest.approx(0.1243, abs=0.001)
    assert order.count(2) == 1
