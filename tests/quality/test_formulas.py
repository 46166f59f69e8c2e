"""The figures against plain definitions, and values that can be worked out by hand."""

import gzip
import itertools
import math
import random
from collections import Counter

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import mannwhitneyu

from synthlab.quality.matched import matched
from synthlab.quality.ngrams import compression, distinct, self_bleu
from synthlab.quality.privacy import auc_interval
from synthlab.quality.rates import above, beside, exact, judged, wilson
from synthlab.quality.spread import between, to_others, vendi, within
from synthlab.quality.vectors import tfidf
from tests.quality.faults import as_made, rows, subject


def texts(count=40, words=12, vocabulary=15, seed=0):
    draw = random.Random(seed)
    return [
        [f"w{draw.randrange(vocabulary)}" for _ in range(words + draw.randrange(6))]
        for _ in range(count)
    ]


def naive_bleu(hypothesis, references, most=4):
    """BLEU of one text by its definition: every n-gram against every reference."""
    logs, smooth, any_hit = [], 1.0, False
    for n in range(1, most + 1):
        own = Counter(zip(*(hypothesis[i:] for i in range(n)), strict=False))
        if not own:
            break
        others = [Counter(zip(*(r[i:] for i in range(n)), strict=False)) for r in references]
        hit = sum(min(c, max(o[gram] for o in others)) for gram, c in own.items())
        any_hit = any_hit or hit > 0
        if not hit:
            smooth *= 2
        logs.append(math.log((hit or 1 / smooth) / own.total()))
    if not any_hit:
        return 0.0
    size = len(hypothesis)
    closest = min((abs(len(r) - size), len(r)) for r in references)[1]
    penalty = 1.0 if size >= closest else math.exp(1 - closest / size)
    return penalty * math.exp(sum(logs) / len(logs))


def unit(rows, dimensions, seed=0):
    made = np.random.default_rng(seed).normal(size=(rows, dimensions))
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_distinct_counts_different_pairs_over_all_pairs():
    assert distinct([["a", "b", "a", "b"], ["b", "a"]], 2) == 2 / 4
    assert distinct([["a"], []], 2) == 0


@pytest.mark.parametrize("seed", range(4))
def test_self_bleu_is_the_mean_of_each_text_against_all_others(seed):
    made = [*texts(seed=seed, vocabulary=(4, 15, 60, 400)[seed]), ["w1"], ["w1", "w2"]]
    plain = [naive_bleu(t, made[:n] + made[n + 1 :]) for n, t in enumerate(made)]
    assert self_bleu(made) == pytest.approx(np.mean(plain), rel=1e-12)


def test_self_bleu_of_the_same_text_is_one_and_of_unlike_ones_zero():
    assert self_bleu([["a", "b", "c", "d", "e"]] * 3) == pytest.approx(1)
    assert self_bleu([["a", "b"], ["c", "d"]]) == 0
    assert self_bleu([["a", "b"]]) == 0


def test_compression_is_gzip_of_the_lines():
    made = texts()
    data = "\n".join(" ".join(t) for t in made).encode()
    assert compression(made) == len(data) / len(gzip.compress(data))
    assert compression([]) == 1


@pytest.mark.parametrize(("rows_", "dimensions"), [(30, 8), (8, 30)])
def test_vendi_is_the_exponential_of_the_eigenvalues_entropy(rows_, dimensions):
    made = unit(rows_, dimensions)
    values = np.linalg.eigvalsh(made @ made.T / rows_).clip(1e-15)
    assert vendi(made) == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-6)
    assert vendi(sparse.csr_matrix(made)) == pytest.approx(vendi(made))


def test_vendi_counts_groups_of_equal_rows():
    assert vendi(np.eye(7)) == pytest.approx(7)
    assert vendi(np.repeat(np.eye(3, 9), 5, axis=0)) == pytest.approx(3)


def test_within_and_between_are_mean_cosines_of_pairs():
    groups = [unit(n, 5, n) for n in (4, 7, 3)]
    pairs = [a @ b for a, b in itertools.combinations(groups[0], 2)]
    assert within(groups[0]) == pytest.approx(np.mean(pairs))
    assert within(sparse.csr_matrix(groups[0])) == pytest.approx(np.mean(pairs))
    both = [np.mean(x @ y.T) for x, y in itertools.combinations(groups, 2)]
    assert between(groups) == pytest.approx(np.mean(both))
    assert within(groups[0][:1]) == 0
    assert to_others(groups) == pytest.approx(
        [np.mean([both[0], both[1]]), np.mean([both[0], both[2]]), np.mean([both[1], both[2]])]
    )
    assert to_others(groups[:1]) == [0]


def test_vectors_have_length_one_or_no_words():
    a, b, c = tfidf(["one two", ""], [], ["two three three"])
    assert (a.shape[0], b.shape[0], c.shape[0]) == (2, 0, 1)
    assert np.sqrt(a.multiply(a).sum(axis=1)).ravel().tolist() == [[pytest.approx(1), 0]]
    assert (a @ c.T).toarray()[0, 0] > 0


def test_wilson_and_the_exact_interval_have_the_values_of_the_literature():
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert exact(81, 263) == pytest.approx((0.2527, 0.3676), abs=1e-4)
    assert exact(0, 20) == pytest.approx((0, 0.1684), abs=1e-4)
    assert exact(1, 29) == pytest.approx((0.0009, 0.1776), abs=1e-4)
    assert exact(20, 20)[1] == 1


def test_the_difference_of_shares_has_the_lower_end_of_the_literature():
    # Newcombe 1998, table II, method 10: 56/70 - 48/80 and 9/10 - 3/10.
    assert above(56, 70, (48, 80)) == pytest.approx(0.0524, abs=1e-4)
    assert above(9, 10, (3, 10)) == pytest.approx(0.1705, abs=1e-4)


def test_a_share_is_judged_by_what_exceeds_that_of_real_rows():
    assert judged(0, 200, (0, 400)) == "good"
    assert judged(1, 200, (0, 400)) == "good"  # once may be luck
    assert judged(8, 200, (0, 400)) == "watch"
    assert judged(40, 200, (0, 400)) == "bad"
    assert judged(40, 200, (80, 400)) == "good"
    assert (judged(1, 200, None), judged(20, 200, (0, 0))) == ("watch", "bad")


def test_a_figure_is_judged_by_how_many_times_worse_it_is():
    assert [beside(v, 1.0, "lower", 1.25, 2.0) for v in (0.1, 1.2, 1.9, 2.1)] == [
        "good", "good", "watch", "bad",
    ]  # fmt: skip
    assert [beside(v, 1.0, "higher", 1.25, 2.0) for v in (1.5, 0.81, 0.6, 0.4)] == [
        "good", "good", "watch", "bad",
    ]  # fmt: skip
    assert beside(0.0, 0.0, "lower", 1.25, 2.0) == "good"


def test_the_interval_of_an_auc_holds_it_in_nine_of_ten_draws_and_more():
    rng = np.random.default_rng(0)
    truth, held = 0.714, 0
    for _ in range(300):
        a, b = rng.normal(0.8, 1, 10), rng.normal(0, 1, 100)
        low, high = auc_interval(mannwhitneyu(a, b).statistic / 1000, 10, 100)
        held += low <= truth <= high
    assert held / 300 > 0.9


def test_the_interval_of_a_perfect_auc_is_not_empty():
    low, high = auc_interval(1.0, 5, 100)
    assert (high, low) == (1.0, pytest.approx(0.8, abs=0.01))
    assert auc_interval(0.0, 5, 100)[0] == 0


def test_both_sides_have_as_many_rows_and_words():
    pairs = matched(subject(as_made(rows("made", 20, length=50))), 15)
    assert [pair.label for pair in pairs] == ["match", "money", "music"]
    for pair in pairs:
        assert len(pair.made) == len(pair.real) == 15
        assert [len(text) for text in pair.made] == [len(text) for text in pair.real]
