"""The score is scikit-learn's, the draws are nested and shared, the models are deterministic."""

from __future__ import annotations

import pytest
from sklearn.metrics import f1_score
from sklearn.pipeline import Pipeline

from synthlab.errors import ConfigError, SynthlabError
from synthlab.records import Row
from synthlab.registry import TABLE
from synthlab.scoring.baselines import RealRows, few_real, label_names, real_rows
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer
from tests.conftest import WORDS, table_rows

LABELS = sorted(WORDS)


def rows(per_class: int, start: int = 0) -> list[Row]:
    return [
        Row(f"{label}-{n}", {"text": text}, label)
        for n, (text, label) in enumerate(table_rows(per_class + start))
        if n % (per_class + start) >= start
    ]


def scorer(model: str = "tfidf-logreg") -> Scorer:
    return Scorer(build(model, {}), "text", LABELS)


@pytest.mark.parametrize("model", sorted(TABLE["model"]))
def test_every_built_in_model_learns_and_repeats_itself(model):
    first = scorer(model).score(rows(10), rows(12, start=10))
    assert first.f1 > 0.9
    assert scorer(model).score(rows(10), rows(12, start=10)) == first


def test_a_score_agrees_with_scikit_learn_and_with_itself():
    real = rows(12, start=10)
    train = rows(10)[:14]  # uneven, and one class is missing
    score = scorer().score(train, real)
    model = build("tfidf-logreg", {}).fit(
        [r.values["text"] for r in train], [r.label for r in train]
    )
    called = model.predict([r.values["text"] for r in real])
    true = [r.label for r in real]
    assert score.f1 == pytest.approx(f1_score(true, called, average="macro", labels=LABELS))
    assert score.accuracy == pytest.approx((called == true).mean())
    assert sum(map(sum, score.confusion)) == len(real)
    assert [sum(line) for line in score.confusion] == [12, 12, 12]
    assert min(item.f1 for item in score.per_class.values()) == 0.0
    assert score.train_rows == 14


def test_an_estimator_by_import_path_is_put_behind_tfidf():
    model = build("sklearn.naive_bayes:ComplementNB", {"alpha": 0.5})
    assert isinstance(model, Pipeline)
    assert Scorer(model, "text", LABELS).score(rows(10), rows(12, start=10)).f1 > 0.9


@pytest.mark.parametrize(
    ("ref", "params", "said"),
    [
        ("tfidf-logrek", {}, "Did you mean 'tfidf-logreg'"),
        ("tfidf-logreg", {"D": 1}, "unexpected keyword"),
        ("sklearn.metrics:f1_score", {"y_true": [1], "y_pred": [1]}, "no fit and predict"),
        ("sklearn.nowhere:X", {}, "cannot import"),
    ],
)
def test_a_model_that_cannot_be_built_says_why(ref, params, said):
    with pytest.raises(ConfigError, match=said):
        build(ref, params)


def test_rows_that_cannot_train_a_model_are_an_error_and_no_score():
    with pytest.raises(SynthlabError, match="cannot be trained on these 10 rows"):
        scorer().score(rows(10)[:10], rows(5))


def test_draws_are_nested_balanced_and_the_same_for_the_same_seed():
    pool = RealRows(rows(20), LABELS, draws=3, seed=1)
    small, large = pool.draw(0, 2), pool.draw(0, 5)
    assert {r.id for r in small} < {r.id for r in large}
    assert [sum(r.label == label for r in large) for label in LABELS] == [5, 5, 5]
    assert RealRows(reversed(rows(20)), LABELS, 3, 1).draw(0, 5) == large
    assert {r.id for r in pool.draw(1, 5)} != {r.id for r in large}


def test_baselines_stop_at_the_smallest_class_and_end_with_all_rows():
    pool = RealRows(rows(8), LABELS, draws=2)
    found = real_rows(scorer(), pool, [1, 5, 40], rows(12, start=8))
    assert [b.name for b in found] == ["real x 1 a class", "real x 5 a class", "all seed rows"]
    assert [b.rows for b in found] == [3, 15, 24]
    assert [b.per_class for b in found] == [1, 5, None]
    assert found[0].f1 < found[-1].f1
    assert label_names(scorer(), {}, rows(5))[0].rows == 3


def test_candidates_are_added_to_the_rows_of_the_baseline_of_that_size():
    pool = RealRows(rows(8), LABELS, draws=2)
    real = rows(12, start=8)
    alone = few_real(scorer(), pool, 2, real)
    mixed = few_real(scorer(), pool, 2, real, rows(3, start=8))
    assert alone is not None
    assert alone == real_rows(scorer(), pool, [2], real)[0]
    assert mixed is not None
    assert (mixed.name, mixed.per_class, mixed.rows) == ("+ real x 2 a class", 2, 6 + 9)
    by_hand = [scorer().score([*draw, *rows(3, start=8)], real).f1 for draw in pool.draws(2)]
    assert mixed.f1 == pytest.approx(sum(by_hand) / 2)
    assert few_real(scorer(), pool, 9, real, rows(3)) is None
    assert few_real(scorer(), pool, 0, real, rows(3)) is None


def test_labels_that_are_no_words_have_no_floor():
    numbered = [Row(f"{n}", {"text": f"word{n % 2} again"}, str(n % 2)) for n in range(20)]
    numeric = Scorer(build("tfidf-logreg", {}), "text", ("0", "1"))
    assert label_names(numeric, {}, numbered) == []
