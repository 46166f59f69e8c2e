"""The pool: all rows of a search, chosen on dev, judged on test beside the winner's rows."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from synthlab.comparisons import POOL_BEST, POOL_SAME, SYNTHETIC, PoolMethod
from synthlab.errors import SynthlabError
from synthlab.outcomes import PoolSet
from synthlab.records import Row
from synthlab.report.finals import sentences
from synthlab.scoring.baselines import first_rows
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer
from synthlab.tracking import predictions
from synthlab.workflow.choosing import (
    ALL,
    CREDIT,
    HARMLESS,
    MINE,
    OWN,
    RANDOM,
    TWICE,
    WEIGHTS,
    Chooser,
)
from synthlab.workflow.exam import Exam, Marks, difference, family_of
from synthlab.workflow.fresh import Fresh
from synthlab.workflow.lab import compile_file, open_store, run_file
from synthlab.workflow.pool import RowPool, pooled
from synthlab.workflow.poolexam import Own, _beats, ask, without
from synthlab.workflow.verdict import Papers, _of_pool
from tests.conftest import set_out, table_rows

RACE = "search={use: racing, with: {rungs: [2], keep: 1}}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One finished run of a race with finals, shared by the tests that only read it."""
    folder = set_out(tmp_path_factory.mktemp("pool"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result, found = run_file(Path("tickets.yaml"), ["finals.replicates=2", RACE])
        yield result, found, open_store(), compile_file(Path("tickets.yaml"))


def real(per_class: int, start: int = 0) -> list[Row]:
    """Rows whose words tell their class."""
    each = table_rows(start + per_class)
    return [
        Row(f"real-{n}", {"text": text}, label)
        for n, (text, label) in enumerate(each)
        if n % (start + per_class) >= start
    ]


def chooser(per_class: int = 4, wrong: int = 3, model: str = "tfidf-logreg") -> Chooser:
    """A pool of which the first rows of ``refund`` speak of deliveries."""
    rows = real(12, start=20)
    speaks = [row for row in rows if row.label == "delivery"]
    bad = [Row(f"bad-{n}", speaks[n].values, "refund") for n in range(wrong)]
    scorer = Scorer(build(model, {}), "text", ("account", "delivery", "refund"))
    return Chooser(scorer, [*bad, *rows], real(20), per_class, seed=0)


def build_of(last) -> Pipeline:
    return make_pipeline(TfidfVectorizer(), last)


def chosen(found: Chooser, name: str) -> PoolSet:
    return found.ways[name][0](np.arange(len(found.dev)))


def test_credit_takes_the_most_helpful_rows_of_each_class_the_best_first():
    found = chosen(chooser(), CREDIT)
    assert Counter(row.label for row in found.rows) == {"account": 4, "delivery": 4, "refund": 4}
    assert not any(row.id.startswith("bad") for row in found.rows)
    larger = chosen(chooser(per_class=6), CREDIT)
    assert {row.id for row in found.rows} < {row.id for row in larger.rows}
    assert len(chosen(chooser(), TWICE).rows) == 24


def test_rows_that_harm_are_left_out_or_count_least():
    pool = chooser()
    assert not any(row.id.startswith("bad") for row in chosen(pool, HARMLESS).rows)
    weighted = chosen(pool, WEIGHTS)
    assert weighted.rows == pool.rows
    assert max(weighted.weights[:3]) == min(weighted.weights)
    assert np.mean(weighted.weights) == pytest.approx(1)
    assert max(weighted.weights) / min(weighted.weights) <= 16


def test_a_class_in_which_every_row_harms_keeps_its_rows():
    """Refund rows that all speak of deliveries still are all that there is to know of refunds."""
    pool = chooser(wrong=6)
    rows = [row for row in pool.rows if row.label != "refund" or row.id.startswith("bad")]
    again = Chooser(pool.scorer, rows, pool.dev, 4, 0)
    assert {row.label for row in chosen(again, HARMLESS).rows} == {"account", "delivery", "refund"}


def test_a_random_choice_is_balanced_seeded_and_not_the_dev_rows_business():
    draws = chooser().ways[RANDOM]
    first = draws[0](np.arange(3))
    assert first == draws[0](np.arange(60))
    assert first != draws[1](np.arange(3))
    assert set(Counter(row.label for row in first.rows).values()) == {4}


def test_a_classifier_without_weights_is_not_offered_any():
    assert WEIGHTS not in chooser(model="lsa-knn").ways


def test_what_one_half_of_dev_chooses_knows_nothing_of_the_other_half():
    pool = chooser()
    half = np.arange(0, 60, 2)
    before = pool.ways[CREDIT][0](half)
    odd = [
        Row(row.id, {"text": "zzz"}, row.label) if n % 2 else row for n, row in enumerate(pool.dev)
    ]
    other = Chooser(pool.scorer, pool.rows, odd, 4, 0)
    assert other.ways[CREDIT][0](half) == before


def test_rows_are_left_out_with_their_weights():
    rows = tuple(real(1))
    found = without(PoolSet("x", rows, (1.0, 2.0, 3.0)), {rows[1].id})
    assert (found.rows, found.weights) == ((rows[0], rows[2]), (1.0, 3.0))
    assert without(PoolSet("x", rows), {rows[0].id}) == PoolSet("x", rows[1:])


def test_the_pool_holds_the_rows_of_the_races_losers_too(lab):
    result, _, _, _ = lab
    pool = result.finals.pool
    assert [bool(trial.out) for trial in result.trials] == [False, True]
    assert pool.candidates == 2
    assert pool.rows <= sum(len(trial.curated.kept) for trial in result.trials) == 18 + 6
    assert pool.rows > 18
    assert (pool.methods[0].name, pool.methods[0].rows) == (OWN, 18)


def test_the_same_size_has_the_winners_number_of_rows_and_the_best_may_have_any(lab):
    result, _, _, _ = lab
    same, best = result.pool[POOL_SAME], result.pool[POOL_BEST]
    assert Counter(row.label for row in same.rows) == {"account": 6, "delivery": 6, "refund": 6}
    scores = {item.name: item.f1 for item in result.finals.pool.methods}
    assert scores[best.method] == max(score for name, score in scores.items() if name != OWN)
    assert same.method in (RANDOM, CREDIT)
    assert {row.lineage.candidate for row in best.rows} <= {
        trial.candidate.digest for trial in result.trials
    }


def test_its_questions_are_a_family_of_their_own_beside_the_fixed_ones(lab):
    result, found, _, _ = lab
    finals, pool = result.finals, result.finals.pool
    assert [(item.a, item.b) for item in pool.contrasts] == [
        (POOL_SAME, "synthetic alone"),
        (POOL_BEST, "synthetic alone"),
    ]
    assert POOL_SAME not in [arm.name for arm in finals.arms]
    assert len(finals.contrasts) == 3
    assert [item.p_holm for item in family_of(pool.contrasts)] == [
        item.p_holm for item in pool.contrasts
    ]
    assert found["finals"]["pool"]["arms"][0]["name"] == POOL_SAME


def test_its_rows_weights_and_calls_are_logged_with_the_run(lab, tmp_path):
    result, _, store, _ = lab
    place = store.client.download_artifacts(result.run_id, "", str(tmp_path))
    best = pd.read_parquet(Path(place, "rows/pool.parquet"))
    assert list(best["text"]) == [row.values["text"] for row in result.pool[POOL_BEST].rows]
    weights = result.pool[POOL_BEST].weights or (1.0,) * len(best)
    assert list(best["weight"]) == pytest.approx(list(weights))
    assert len(pd.read_parquet(Path(place, "rows/pool-same-size.parquet"))) == 18
    called = predictions.read(Path(place, predictions.of_test(POOL_BEST))).called
    assert called.shape == (1, 24)
    metrics = store.client.get_run(result.run_id).data.metrics
    assert metrics["pool_f1"] == pytest.approx(result.finals.pool.arms[1].estimate.value, abs=1e-4)
    assert metrics["same_low"] <= metrics["same_f1"] <= metrics["same_high"]


def test_one_sentence_says_whether_it_beats_the_winner_and_one_what_the_interval_holds(lab):
    result, found, _, _ = lab
    said = sentences(found["finals"])
    (verdict,) = [line for line in said if line.startswith("From all ")]
    first, second = result.finals.pool.contrasts
    own = "the winner's fresh rows"
    assert _beats(first, own) in verdict
    assert _beats(second, own) in verdict
    assert any("leaves the luck of generations out" in line for line in said)


def test_a_difference_that_is_not_found_is_not_called_a_win():
    true = np.tile(np.arange(3, dtype=np.int16), 40)
    scorer = Scorer(build("tfidf-logreg", {}), "text", ("account", "delivery", "refund"))

    def marks(name: str, share: float, sets: int) -> Marks:
        scores = []
        for n in range(sets):
            draw = random.Random(f"{name}/{n}")
            called = [int(c) if draw.random() < share else (int(c) + 1) % 3 for c in true]
            labels = scorer.labels
            scores.append(
                scorer._judge([labels[c] for c in true], [labels[c] for c in called], None, 9)
            )
        return Marks(name, tuple(scores))

    mine = marks("synthetic alone", 0.75, 5)
    (small,) = family_of([difference(marks("pool, best", 0.77, 1), mine, 0.01, paired=False)])
    assert _beats(small, "it").startswith("which cannot be told from it")
    (large,) = family_of([difference(marks("pool, best", 0.99, 1), mine, 0.01, paired=False)])
    assert _beats(large, "it").startswith("which beats it (+0.2")
    single = difference(marks("pool, best", 0.99, 1), marks("x", 0.75, 1), 0.01, paired=False)
    assert single.se > 0.03 * np.sqrt(2)  # the luck of two generations is assumed


def test_a_single_candidate_has_no_pool(lab):
    result, _, _, plan = lab
    assert pooled(plan, result.trials[:1], result.trials[0], 6) is None


class NeedsTwenty(LogisticRegression):
    """A classifier that cannot be trained on fewer rows."""

    def fit(self, X, y, sample_weight=None):
        if X.shape[0] < 20:
            raise ValueError("20 rows are needed")
        return super().fit(X, y, sample_weight)


def test_a_way_that_the_classifier_cannot_be_trained_with_is_left_out(lab):
    result, _, _, plan = lab
    trials = result.trials
    needs = replace(plan, scorer=Scorer(build_of(NeedsTwenty()), "text", plan.brief.labels))
    # The winner's 18 rows are too few: there is nothing to compare the pool with.
    assert pooled(needs, trials, trials[0], 6) is None
    rows = trials[0].curated
    whole = replace(trials[0], curated=replace(rows, kept=(*rows.kept, *trials[1].curated.kept)))
    found = pooled(needs, trials, whole, 7)
    assert RANDOM in [item.name for item in found.methods]
    assert pooled(needs, trials, whole, 6) is None


def test_near_duplicates_across_candidates_count_once_as_the_better_ones(lab):
    result, _, _, plan = lab
    twice = [result.trials[0], result.trials[0]]
    found = pooled(plan, twice, result.trials[0], 6)
    assert found.rows == result.trials[0].curated.kept


def test_the_pool_can_be_switched_off(workplace):
    result, found = run_file(Path("tickets.yaml"), ["finals.pool=false"])
    assert result.finals.pool is None
    assert found["finals"]["pool"] is None
    assert not any(line.startswith("From all") for line in sentences(found["finals"]))


SCORER = Scorer(build("tfidf-logreg", {}), "text", ("account", "delivery", "refund"))
TEST = real(20)


def row_pool(rows, **changed) -> RowPool:
    """A pool of rows, all of which are to be had in any number."""
    methods = (PoolMethod(OWN, 0.5, 9), PoolMethod(RANDOM, 0.6, 9), PoolMethod(ALL, 0.7, 9))
    whole = RowPool(tuple(rows), 2, methods, PoolSet(RANDOM, rows), PoolSet(ALL, rows))
    return replace(whole, **changed)


def own_of(rows, sets: int = 1) -> Own:
    return Own([list(rows)] * sets)


def asked(pool: RowPool, own: Own, copies=(), real_rows: str = "train"):
    return ask(SCORER, pool, own, TEST, set(copies), 0.01, real_rows)


def test_rows_that_stand_in_test_are_replaced_in_the_set_of_the_winners_size():
    rows = tuple(real(8, start=20))
    copies = [row.id for row in rows if row.label == "refund"][:2]
    found = asked(row_pool(rows), own_of(real(5, start=28)), copies)
    same = found.sets[POOL_SAME].rows
    assert Counter(row.label for row in same) == {"account": 5, "delivery": 5, "refund": 5}
    assert not {row.id for row in (*same, *found.sets[POOL_BEST].rows)} & set(copies)


def test_both_have_equal_rows_where_the_pool_has_too_few_and_the_best_faces_all_of_the_winners():
    rows, mine = tuple(real(4, start=20)), real(6, start=28)
    found = asked(row_pool(rows), own_of(mine))
    cut = SCORER.score([row for n, row in enumerate(mine) if n % 6 < 4], TEST)
    uncut = SCORER.score(mine, TEST)
    same, best = found.marks
    first, second = found.found.contrasts
    assert first.value == pytest.approx(same.scores[0].f1 - cut.f1)
    assert second.value == pytest.approx(best.scores[0].f1 - uncut.f1)
    assert {first.b, second.b} == {SYNTHETIC}
    assert "At the same size, both have 4 rows a class." in found.said
    assert any(text.startswith("At any number, the winner has all its rows") for text in found.said)


@pytest.mark.parametrize("copies", [0, 4])
def test_a_pool_that_cannot_be_judged_once_test_is_open_is_said_and_ends_nothing(copies):
    rows = tuple(real(4, start=20))
    out = [row.id for row in rows if row.label == "refund"][:copies]
    scorer = SCORER if copies else Scorer(build_of(NeedsTwenty()), "text", SCORER.labels)
    found = ask(scorer, row_pool(rows), own_of(real(4, start=28)), TEST, set(out), 0.01)
    assert (found.found, found.marks, dict(found.sets)) == (None, (), {})
    (said,) = found.said
    assert said.startswith("The pool was not judged on test: ")


@pytest.mark.parametrize(
    ("real_rows", "same", "best", "how"),
    [
        ("train", CREDIT, WEIGHTS, None),
        ("seed", RANDOM, ALL, None),
        ("seed", CREDIT, ALL, "chosen"),
        ("seed", RANDOM, WEIGHTS, "weighted"),
        ("seed", CREDIT, WEIGHTS, "chosen and weighted"),
    ],
)
def test_that_dev_labels_taught_what_to_take_is_said_where_they_may_not_be_trained_on(
    real_rows, same, best, how
):
    rows = tuple(real(4, start=20))
    pool = row_pool(rows, same=PoolSet(same, rows), best=PoolSet(best, rows))
    found = asked(pool, own_of(real(4, start=28)), real_rows=real_rows)
    said = [text for text in found.said if "by the labels of dev rows" in text]
    assert said == (
        [f"The pool was {how} by the labels of dev rows, which the winner's fresh rows were not."]
        if how
        else []
    )


def test_where_real_rows_may_only_score_no_row_gets_credit(lab):
    result, _, _, plan = lab
    task = plan.config.task.model_copy(update={"real_rows": "score"})
    strict = replace(plan, config=plan.config.model_copy(update={"task": task}))
    found = pooled(strict, result.trials, result.trials[0], 6)
    assert [item.name for item in found.methods] == [OWN, ALL, RANDOM]
    assert found.notes == ("Rows of the pool got no credit, as real rows may only score.",)


def test_no_credit_is_given_where_it_would_take_gigabytes(monkeypatch):
    monkeypatch.setattr("synthlab.workflow.choosing.CELLS", 60 * 39 - 1)
    found = chooser()
    assert list(found.ways) == [ALL, RANDOM]
    assert "dev rows times rows" in found.notes[0]
    monkeypatch.setattr("synthlab.workflow.choosing.CELLS", 60 * 39)
    assert CREDIT in chooser().ways


class Counting(Scorer):
    """Remembers the sets that it was fitted on."""

    def fit(self, train, weights=None):
        self.sets.append((tuple(row.id for row in train), tuple(weights or ())))
        return super().fit(train, weights)


def test_a_set_that_no_half_of_dev_changes_is_fitted_once(lab):
    result, _, _, plan = lab
    counting = Counting(plan.scorer.model, "text", plan.brief.labels)
    counting.sets = []
    found = pooled(replace(plan, scorer=counting), result.trials, result.trials[0], 6)
    drawn = Chooser(counting, found.rows, plan.splits.dev, 6, plan.config.seed).ways[RANDOM]
    for way in drawn:
        ids = tuple(row.id for row in way(np.arange(1)).rows)
        assert counting.sets.count((ids, ())) == 1


class FailsOnAll(Scorer):
    """Cannot be trained on what all of dev chooses by credit."""

    def fit(self, train, weights=None):
        if tuple(row.id for row in train) == self.never:
            raise SynthlabError("it cannot be trained on these rows")
        return super().fit(train, weights)


def test_a_way_whose_final_set_cannot_be_trained_on_is_no_way(lab):
    result, _, _, plan = lab
    rows = result.trials[0].curated.kept
    trials = [result.trials[0], result.trials[0]]
    scorer = FailsOnAll(plan.scorer.model, "text", plan.brief.labels)
    every = np.arange(len(plan.splits.dev))
    scorer.never = ()
    way = Chooser(scorer, rows, plan.splits.dev, 4, plan.config.seed).ways[CREDIT][0]
    scorer.never = tuple(row.id for row in way(every).rows)
    found = pooled(replace(plan, scorer=scorer), trials, result.trials[0], 4)
    assert CREDIT not in [item.name for item in found.methods]


def test_the_best_of_the_pool_is_never_the_winners_own_rows(lab):
    result, _, _, plan = lab
    found = pooled(plan, result.trials, result.trials[0], 6)
    assert found.best.method not in MINE


def test_the_winners_rows_of_the_search_are_cut_to_the_size_of_the_pools(lab):
    result, _, _, plan = lab
    found = pooled(plan, result.trials, result.trials[0], 4)
    sizes = {item.name: item.rows for item in found.methods}
    assert sizes[OWN] == sizes[RANDOM] == sizes[CREDIT] == 12
    assert len(found.same.rows) == len(found.rows)
    assert pooled(plan, result.trials, result.trials[0], 0) is None


def test_a_direct_prompt_with_few_rows_takes_none_from_the_winner_that_the_best_faces(lab):
    result, _, _, plan = lab
    mine = list(result.trials[0].curated.kept)
    exam = Exam(plan.scorer, {}, TEST, [])
    cut = [first_rows(mine, 2)]
    fresh = Fresh(result.trials[0], (result.trials[0].curated,), (result.trials[0].score,))
    papers = Papers(fresh, {fresh: [mine]}, cut, cut, ())
    pool = pooled(plan, result.trials, result.trials[0], 6)
    found = _of_pool(exam, plan, pool, exam.alone(SYNTHETIC, cut), papers)
    best = found.marks[1].scores[0].f1
    expected = best - plan.scorer.score(mine, TEST).f1
    assert found.found.contrasts[1].value == pytest.approx(expected)


def test_copies_of_test_rows_are_found_in_every_set_not_only_in_the_pool(lab):
    result, _, _, plan = lab
    pool = pooled(plan, result.trials, result.trials[0], 6)
    copy = Row("copy", {"text": TEST[0].values["text"].upper()}, TEST[0].label)
    best = PoolSet(ALL, (*pool.rows, copy))
    mine = [list(result.trials[0].curated.kept)]
    fresh = Fresh(result.trials[0], (result.trials[0].curated,), (result.trials[0].score,))
    papers = Papers(fresh, {fresh: mine}, mine, None, ())
    exam = Exam(plan.scorer, {}, TEST, [])
    found = _of_pool(exam, plan, replace(pool, best=best), exam.alone(SYNTHETIC, mine), papers)
    assert copy not in found.sets[POOL_BEST].rows
