"""Fidelity moves when rows differ from real ones, and only then; it does not see copying."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from synthlab.measures import Measure
from synthlab.quality.base import Skip
from synthlab.quality.distances import frechet, mmd2, mmd2_by_class
from synthlab.quality.draws import draws
from synthlab.quality.fidelity import Fidelity
from synthlab.quality.lengths import cut, middle
from synthlab.quality.manifold import cover
from synthlab.quality.mauve import Mauve, of_histograms
from tests.quality import sets

REAL = sets.real(240)
JUDGED = ("c2st_auc", "precision", "coverage", "mmd2", "mauve")


def measured(kept: sets.Pairs, against: sets.Pairs = REAL, seed: int = 0) -> dict[str, Measure]:
    subject = sets.subject(kept, against, seed)
    parts = (Fidelity(Fidelity.Params()), Mauve(Mauve.Params()))
    return {item.name: item for part in parts for item in part.measure(subject)}


def verdicts(found: dict[str, Measure]) -> dict[str, str]:
    return {name: found[name].verdict for name in JUDGED}


GOOD = dict.fromkeys(JUDGED, "good")


@pytest.mark.parametrize("seed", range(3))
def test_other_real_rows_look_real(seed):
    assert verdicts(measured(sets.real(120, seed + 1), seed=seed)) == GOOD


def test_identical_sets_look_real():
    assert verdicts(measured(REAL)) == GOOD


def test_a_shuffled_copy_looks_real_and_gives_the_same_judgement():
    shuffled = random.Random(0).sample(REAL, len(REAL))
    assert verdicts(measured(shuffled)) == GOOD


def test_a_copy_with_a_tenth_of_its_words_deleted_looks_perfect():
    """The warning: fidelity does not see copying, so that it must never be shown alone."""
    found = measured(sets.deleted(REAL))
    assert verdicts(found) == GOOD
    assert found["c2st_auc"].value < 0.5
    assert "repeat" in found["c2st_auc"].said


def test_a_collapsed_set_covers_little():
    found = measured(sets.collapsed(REAL, 120))
    assert found["coverage"].verdict == "bad"
    assert found["mauve"].verdict == "watch"
    assert found["mmd2"].verdict == "watch"
    assert found["frechet"].value > 3 * found["frechet"].reference


def test_wrong_labels_move_the_classes_and_nothing_else():
    found = measured(sets.mislabelled(sets.real(120, 1)))
    assert verdicts(found) == GOOD
    by_class = found["mmd2_class"]
    assert (by_class.verdict, by_class.per_class.keys()) == ("watch", set(sets.LABELS))
    assert by_class.value > 5 * abs(by_class.reference)
    assert by_class.details["p"] < 0.01
    coverage = found["coverage"]
    reference = coverage.details["per_class_reference"]
    assert all(coverage.per_class[label] < reference[label] - 0.1 for label in sets.LABELS)
    right = measured(sets.real(120, 1))["coverage"]
    assert all(
        right.per_class[label] > right.details["per_class_reference"][label] - 0.1
        for label in sets.LABELS
    )


@pytest.mark.parametrize("seed", range(5))
def test_classes_of_other_real_rows_lie_where_theirs_do(seed):
    assert measured(sets.real(120, seed + 1), seed=seed)["mmd2_class"].verdict == "good"


def test_the_class_whose_rows_are_another_s_is_named():
    rows = sets.real(160, 1)
    wrong = [("sport", each) for each, label in rows if label == "art"]
    kept = [pair for pair in rows if pair[1] != "sport"] + [(one, label) for label, one in wrong]
    found = measured(kept)["mmd2_class"]
    assert found.details["worst"] == "sport"
    assert "rows of sport lie off" in found.said
    assert found.details["per_class_p"]["money"] > 0.1


def test_another_domain_is_told_apart_by_its_words():
    found = measured(sets.foreign(120))
    assert found["c2st_auc"].value > 0.95
    assert {found[name].verdict for name in ("precision", "coverage")} == {"bad"}
    assert {found[name].verdict for name in ("c2st_auc", "mauve")} == {"watch"}
    assert "usual for an LM's text" in found["c2st_auc"].said
    words = [item["word"] for item in found["c2st_auc"].details["by"]]
    assert words
    assert all(word.startswith("other") for part in words for word in part.split())
    assert found["precision"].value < found["precision"].reference


def test_only_words_that_several_rows_share_are_told():
    kept = sets.real(120, 1)
    kept = [(f"secret{n} {one}", label) for n, (one, label) in enumerate(kept)]
    details = measured(kept)["c2st_auc"].details
    told = " ".join(item["word"] for part in ("by", "lacks") for item in details[part])
    assert "secret" not in told
    assert all(item["own"] * 120 >= 4.99 for item in details["by"])


def test_longer_rows_are_longer_and_nothing_else():
    kept = [(f"{one} {two}", label) for (one, label), (two, _) in zip(REAL, REAL[4:], strict=False)]
    longer = measured(kept, sets.real(240, 1))
    shorter = measured(sets.real(240, 1), kept)
    for found in (longer, shorter):
        assert found["row_words"].verdict == "watch"
        assert verdicts(found) == GOOD


def test_texts_are_cut_to_the_lengths_of_others():
    assert cut(["a b c d", "a b c"], ["x", "x y"]) == ["a b", "a"]
    assert cut(["a  b", "c"], ["x y z"]) == ["a  b", "c"]
    assert cut(["a  b"], []) == ["a  b"]
    long = [" ".join(["word"] * n) for n in (100, 90, 80, 70)]
    assert sorted(len(text.split()) for text in cut(long, ["a b", "a b c d"])) == [2, 2, 4, 4]
    assert cut(["b x", "a x"], ["x", "x y"]) == cut(["a x", "b x"], ["x", "x y"])[::-1]
    assert middle(["a", "a b", "a b c d"]) == 2
    assert middle(["a", "a b"]) == 1.5


def test_the_mix_of_classes_is_no_part_of_fidelity():
    kept = [row for row in sets.real(240, 1) if row[1] in ("art", "money")]
    assert verdicts(measured(kept)) == GOOD


def test_measures_follow_from_the_seed_alone():
    kept = sets.real(100, 1)
    assert measured(kept, seed=3) == measured(kept, seed=3)


def test_every_figure_stands_beside_other_real_rows_and_has_a_short_name():
    found = measured(sets.real(100, 1))
    assert set(found) == {*JUDGED, "recall", "density", "frechet", "row_words", "mmd2_class"}
    assert all(item.reference is not None and len(item.name) <= 12 for item in found.values())
    assert all(item.said and item.unit for item in found.values())


@pytest.mark.parametrize("part", [Fidelity, Mauve])
@pytest.mark.parametrize(
    ("kept", "against", "why"),
    [
        ([], REAL, "0 synthetic rows can be matched"),
        (REAL, sets.real(24), "12 synthetic rows can be matched"),
        (
            [(f"word{n}", "art") for n in range(100)],
            [(f"x{n}", "art") for n in range(100)],
            "share",
        ),
    ],
)
def test_what_cannot_be_measured_is_skipped_with_its_reason(part, kept, against, why):
    with pytest.raises(Skip, match=why):
        part(part.Params()).measure(sets.subject(kept, against))


def test_odd_texts_do_no_harm():
    odd = ["", " ", "\x00", "😀", "a" * 5000, "今天股市上涨", "\ud800"]
    kept = [(odd[n % len(odd)] + " " + one, label) for n, (one, label) in enumerate(sets.real(100))]
    assert measured(kept)


def test_draws_match_classes_and_halves_share_no_row():
    kept, real = ["a"] * 30 + ["b"] * 5 + ["c"], ["b"] * 40 + ["a"] * 45
    for draw in draws(kept, real, 0):
        assert Counter(draw.labels.tolist()) == {"a": 22, "b": 5}
        assert not set(draw.real) & set(draw.other)
        assert all(kept[at] == label for at, label in zip(draw.synthetic, draw.labels, strict=True))
        assert all(real[at] == label for at, label in zip(draw.real, draw.labels, strict=True))
        assert all(real[at] == label for at, label in zip(draw.other, draw.labels, strict=True))
    assert sum(len(draw) for draw in draws(kept, real, 0, 20)) <= 5 * 20


def test_neighbour_figures_agree_with_the_package_prdc():
    """Values of prdc 0.2 on the same vectors."""
    rng = np.random.default_rng(0)
    real, rows = rng.normal(size=(50, 4)), rng.normal(size=(50, 4)) * 0.7 + 0.4
    found = cover(real, rows)
    assert [found.precision, found.recall, found.density, found.coverage] == pytest.approx(PRDC)


PRDC = [1.0, 0.92, 1.376, 0.94]


def test_mauve_of_histograms_agrees_with_the_package_mauve_text():
    """The value of mauve-text 0.4 for the same histograms."""
    p, q = np.array([0.6, 0.3, 0.1, 0.0]), np.array([0.2, 0.3, 0.2, 0.3])
    assert of_histograms(p, q) == pytest.approx(0.42039478906540384)
    assert of_histograms(p, p) == pytest.approx(1.0)


def test_the_frechet_distance_is_that_of_the_closed_form():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(20_000, 2)), rng.normal(size=(20_000, 2)) * [2, 1] + [3, 0]
    assert frechet(one, two) == pytest.approx(9 + 1, rel=0.05)
    assert frechet(one, one) == pytest.approx(0, abs=1e-6)


def test_mmd_is_the_unbiased_estimate_and_its_p_is_even_under_the_null():
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(12, 3)), rng.normal(size=(12, 3)) + 0.5
    both = np.vstack([one, two])
    gaps = ((both[:, None] - both[None]) ** 2).sum(axis=2)
    kernel = np.exp(-gaps / (2 * np.median(gaps[np.triu_indices(24, 1)])))
    np.fill_diagonal(kernel, 0)
    n = 12
    value = (kernel[:n, :n].sum() + kernel[n:, n:].sum()) / (n * (n - 1))
    value -= 2 * kernel[:n, n:].mean()
    strata = np.array(["a"] * n)
    assert mmd2(one, two, strata, 0).value == pytest.approx(value)
    p = [mmd2(rng.normal(size=(n, 3)), rng.normal(size=(n, 3)), strata, at).p for at in range(100)]
    assert 0.35 < np.mean(p) < 0.65
    assert sum(value < 0.05 for value in p) < 15


def test_mmd_by_class_is_that_of_each_class_and_its_least_p_is_even_under_the_null():
    rng = np.random.default_rng(2)
    strata = np.array(["a"] * 12 + ["b"] * 15 + ["c"] * 12)

    def drawn():
        return rng.normal(size=(39, 3))

    one, two = drawn(), drawn() + np.where(strata == "b", 3.0, 0.0)[:, None]
    found = mmd2_by_class(one, two, strata, 0)
    own = strata == "b"
    assert found.values["b"] == pytest.approx(mmd2(one[own], two[own], strata[own], 0).value)
    assert found.ps["b"] == pytest.approx(1 / 201)
    assert min(found.ps["a"], found.ps["c"]) > 0.05
    least = [min(mmd2_by_class(drawn(), drawn(), strata, at).ps.values()) for at in range(100)]
    assert 0.35 < np.mean(least) < 0.65
    assert sum(value < 0.05 for value in least) < 15
