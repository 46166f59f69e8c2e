"""Row credit: kNN-Shapley against its definition, influence against models fitted again."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.linear_model import LogisticRegression

from synthlab.features.threads import one_thread
from synthlab.statistics.credit import Logistic, influence, influences, knn_shapley, over_real


def made(real: int, train: int, classes: int, seed: int):
    rng = np.random.default_rng(seed)
    return (
        rng.random((real, train)),
        rng.integers(classes, size=train),
        rng.integers(classes, size=real),
    )


def worth(similar, labels, true, rows, k, guess=0.0):
    nearest = sorted(rows, key=lambda row: (-similar[row], row))[:k]
    return (sum(labels[row] == true for row in nearest) + guess * (k - len(nearest))) / k


def by_enumeration(similar, labels, true, k, guess):
    """The mean over all orders of what a row adds to those before it."""
    count = len(labels)
    values = np.zeros(count)
    for order in itertools.permutations(range(count)):
        for place, row in enumerate(order):
            before, after = order[:place], order[: place + 1]
            values[row] += worth(similar, labels, true, after, k, guess)
            values[row] -= worth(similar, labels, true, before, k, guess)
    return values / math.factorial(count)


@pytest.mark.parametrize("guess", [0.0, 0.5])
@pytest.mark.parametrize("k", [1, 2, 3, 6, 9])
def test_each_credit_is_the_mean_of_what_the_row_adds_in_every_order(k, guess):
    similar, labels, true = made(3, 6, 2, seed=k)
    found = knn_shapley(similar, labels, true, k, guess)
    for row in range(3):
        expected = by_enumeration(similar[row], labels, true[row], k, guess)
        assert found[row] == pytest.approx(expected)


@pytest.mark.parametrize("guess", [0.0, 1 / 3])
@pytest.mark.parametrize(("train", "k"), [(200, 5), (4, 10), (1, 3)])
def test_credits_add_up_to_the_worth_of_all_rows_less_that_of_none(train, k, guess):
    similar, labels, true = made(150, train, 3, seed=2)
    found = knn_shapley(similar, labels, true, k, guess)
    every = [worth(similar[r], labels, true[r], range(train), k, guess) for r in range(150)]
    none = worth(similar[0], labels, true[0], [], k, guess)
    assert found.sum(axis=1) == pytest.approx(np.array(every) - none)


def test_equally_near_rows_are_ordered_by_their_place():
    tied = np.zeros((1, 3))
    apart = np.array([[3.0, 2.0, 1.0]])
    labels, true = np.array([0, 1, 0]), np.array([0])
    assert (knn_shapley(tied, labels, true, 2) == knn_shapley(apart, labels, true, 2)).all()


def test_ten_thousand_rows_on_five_hundred_take_seconds():
    similar, labels, true = made(500, 10_000, 5, seed=0)
    began = time.process_time()
    found = knn_shapley(similar, labels, true)
    assert time.process_time() - began < 20
    assert found.shape == (500, 10_000)


def test_the_mean_over_real_rows_counts_every_class_alike_and_knows_its_error():
    rng = np.random.default_rng(0)
    true = np.repeat([0, 1], [90, 10])
    centres = np.array([1.0, 3.0])
    draws = [
        over_real(centres[true][:, None] + rng.standard_normal((100, 4)), true) for _ in range(200)
    ]
    means = np.array([mean for mean, _ in draws])
    assert means.mean() == pytest.approx(2.0, abs=0.03)
    assert np.mean([se for _, se in draws]) == pytest.approx(means.std(), rel=0.1)


@pytest.fixture(params=[2, 3])
def fitted(request):
    """A small sparse problem with some wrong labels, and its model."""
    classes, rng = request.param, np.random.default_rng(5)
    centres = rng.random((classes, 30)) < 0.3
    labels = rng.integers(classes, size=60)
    true = rng.integers(classes, size=200)

    def rows(codes):
        return sparse.csr_matrix((centres[codes] * 0.5 + 0.1 > rng.random((len(codes), 30))) * 1.0)

    train, real = rows(labels), rows(true)
    wrong = np.arange(6)
    labels[wrong] = (labels[wrong] + 1) % classes
    return train, labels, real, true, wrong


def model_of(train, labels, weights=None):
    with one_thread():
        fit = LogisticRegression(C=0.5, tol=1e-9, max_iter=5000).fit(train, labels, weights)
    return Logistic(fit.coef_, fit.intercept_, 1 / 0.5)


def loss(model, real, true):
    proba = model.proba(real)
    if proba.shape[1] == 1:
        proba = np.c_[1 - proba, proba]
    return -np.log(proba[np.arange(len(true)), true]).mean()


def test_influence_is_what_leaving_a_row_out_does(fitted):
    train, labels, real, true, _ = fitted
    model = model_of(train, labels)
    found = influence(model, train, labels, real, true)
    before = loss(model, real, true)
    rows = np.arange(len(labels))
    again = np.array(
        [loss(model_of(train[rows != r], labels[rows != r]), real, true) - before for r in rows]
    )
    assert stats.spearmanr(found, again).statistic > 0.95
    large = np.abs(again) > np.abs(again).mean()
    assert (np.sign(found) == np.sign(again))[large].all()
    first = influence(model, train, labels, real, true, hessian=False)
    assert stats.spearmanr(first, again).statistic > 0.4


def test_influence_is_the_slope_of_the_loss_by_the_weight_of_a_row(fitted):
    train, labels, real, true, _ = fitted
    found = influence(model_of(train, labels), train, labels, real, true)
    for row in (0, 3, 30):
        ends = []
        for weight in (0.9, 1.1):
            weights = np.ones(len(labels))
            weights[row] = weight
            ends.append(loss(model_of(train, labels, weights), real, true))
        assert found[row] == pytest.approx((ends[0] - ends[1]) / 0.2, rel=0.02)


def test_rows_with_wrong_labels_have_the_least_influence(fitted):
    train, labels, real, true, wrong = fitted
    found = influence(model_of(train, labels), train, labels, real, true)
    assert set(np.argsort(found)[:4]) <= set(wrong)
    dense = influence(model_of(train, labels), train.toarray(), labels, real.toarray(), true)
    assert dense == pytest.approx(found, rel=1e-4)


def test_the_influences_on_each_real_row_have_the_influence_on_all_as_their_mean(fitted):
    train, labels, real, true, _ = fitted
    model = model_of(train, labels)
    each = influences(model, train, labels, real, true)
    whole = influence(model, train, labels, real, true)
    assert each.shape == (200, 60)
    assert np.corrcoef(each.mean(axis=0), whole)[0, 1] > 0.999
    one = influence(model, train, labels, real[:1], true[:1])
    assert np.corrcoef(each[0], one)[0, 1] > 0.99
