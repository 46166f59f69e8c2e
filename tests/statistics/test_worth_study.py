"""The study behind "worth N real rows" still runs, and its intervals still hold the truth."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.statistics.study import load


@pytest.fixture(scope="module")
def study() -> ModuleType:
    return load("worth")


def test_intervals_that_know_their_pool_hold_the_truth_where_others_do_not(study):
    """Of 120 intervals, a true 95% gives 108 or more in 99 of 100 tests."""
    held = study.held(study.POOLS[0], trials=120, worlds=2)
    unaware, aware = held[:, 0, 0], held[:, 1, 0]
    assert all(aware >= 0.9)
    assert all(unaware < 0.85)
