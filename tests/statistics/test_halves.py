"""Halves hold every row once, and each class's rows in equal numbers."""

import numpy as np

from synthlab.statistics.halves import halves

CODES = np.array([0] * 7 + [1] * 4 + [2] * 1 + [3] * 5)


def test_halves_share_out_each_class_and_have_every_row_once():
    first, second = halves(CODES, 0)
    assert sorted([*first, *second]) == list(range(len(CODES)))
    for code in range(4):
        assert abs((CODES[first] == code).sum() - (CODES[second] == code).sum()) <= 1
    assert abs(len(first) - len(second)) <= 1


def test_halves_hang_on_the_seed_alone():
    assert np.array_equal(halves(CODES, 3)[0], halves(CODES, 3)[0])
    assert not np.array_equal(halves(CODES, 3)[0], halves(CODES, 4)[0])


def test_a_single_row_leaves_one_half_empty():
    assert [len(half) for half in halves(np.array([0]), 0)] == [1, 0]
