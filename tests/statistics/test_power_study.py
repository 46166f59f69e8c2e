"""The study behind ``synthlab power`` still runs, and still agrees with it."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.statistics.study import load


@pytest.fixture(scope="module")
def study() -> ModuleType:
    return load("power")


@pytest.mark.parametrize(
    ("rows", "generations", "noise", "equal"),
    [(200, 5, 0.03, True), (200, 3, 0.01, True), (400, 5, 0.005, False)],
)
def test_the_smallest_difference_told_is_the_one_that_simulated_tests_find(
    study, rows, generations, noise, equal
):
    """Within 10%; 300 trials place the simulated one to about 3%."""
    shares = study.EQUAL if equal else study.UNEQUAL
    cell = study.Cell(rows, generations, noise, shares=shares)
    it = study.compare(cell, 300, 1)
    assert it.told / it.seen == pytest.approx(1.0, abs=0.1)
    assert it.there == pytest.approx(0.8, abs=0.07)
    assert it.half_told == pytest.approx(it.half_seen, abs=0.08)
    assert it.none < 0.08


def test_rows_disagree_as_often_and_as_lastingly_as_asked(study):
    """600,000 simulated rows give both shares to about 0.5%."""
    import numpy as np
    from scipy import special

    common, own, fresh = study.weights(0.2, 0.3)
    assert common**2 + own**2 + fresh**2 == pytest.approx(1.0)
    rng, rows = np.random.default_rng(0), 600_000
    shared = common * rng.standard_normal(rows)
    edge = special.ndtri(study.ACCURACY)
    kept = [shared + own * rng.standard_normal(rows) for _ in range(2)]
    right = [part + fresh * rng.standard_normal(rows) > -edge for part in kept]
    chance = [special.ndtr((part + edge) / fresh) for part in kept]
    assert np.mean(right[0] != right[1]) == pytest.approx(0.2, abs=0.003)
    assert np.var(chance[0] - chance[1]) / 0.2 == pytest.approx(0.3, abs=0.006)
