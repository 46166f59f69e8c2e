"""Credit: which attribute values and rows are named, and what is said of noise."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from synthlab.errors import ConfigError
from synthlab.feedback.base import Evidence
from synthlab.feedback.cells import cells, surprising
from synthlab.feedback.credit import Credit
from synthlab.records import Brief, Lineage, Request, Row, Usage
from synthlab.registry import resolve
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer
from synthlab.workflow.lab import compile_file

WORDS = {
    "sport": ["match", "goal", "league", "coach", "striker", "cup", "pitch", "referee"],
    "tech": ["software", "chip", "phone", "browser", "server", "laptop", "network", "code"],
}
TOPICS = ("first", "second", "third", "wrong")
OTHER = {"sport": "tech", "tech": "sport"}
BRIEF = Brief("article", ("sport", "tech"), {})


def text(label: str, draw: random.Random, tail: str = "") -> str:
    return " ".join(draw.sample(WORDS[label], 4)) + tail


def synthetic(label: str, number: int, harmful: str = "sport") -> Row:
    """Rows on the topic ``wrong`` speak of the other class, in the class ``harmful``."""
    topic, draw = TOPICS[number % 4], random.Random(f"{label}/{number}")
    of = OTHER[label] if topic == "wrong" and label == harmful else label
    request = Request(label, number, number, {"topic": topic, "tone": str(number // 4 % 2)})
    lineage = Lineage("candidate", "fake/x", "call", request, Usage())
    return Row(f"{label}-{number}", {"text": text(of, draw, " report")}, label, lineage)


def evidence(harmful: str = "sport", each: int = 24, dev: int = 60, **changed) -> Evidence:
    kept = tuple(synthetic(label, n, harmful) for label in WORDS for n in range(each))
    real = tuple(
        Row(
            f"real-{label}-{n}",
            {"text": text(label, random.Random(f"r{label}{n}"), " news")},
            label,
        )
        for label in WORDS
        for n in range(dev)
    )
    scorer = Scorer(build("tfidf-logreg", {}), "text", BRIEF.labels)
    model = changed.get("model") or scorer.fit(kept)
    score = scorer.judge(model, real, len(kept)) if "model" not in changed else None
    return Evidence(BRIEF, kept, real, model, score, np.zeros((len(real), 2)), 5, 0)


def found(given: Evidence, **params):
    part = resolve("feedback", "credit")
    return part(part.Params(**params)).find(given)


def test_a_harmful_value_is_named_in_its_class_only_with_credit_and_error():
    findings = found(evidence())
    (about,) = [item for item in findings if item.label]
    assert (about.part, about.label) == ("credit", "sport")
    assert about.words[0] == "wrong"
    assert "topic 'wrong'" in about.text
    assert "harm" in about.text
    assert set(about.weights) == set(about.ses)
    assert {key.split("=")[0] for key in about.weights} == {"topic", "tone"}
    bad = "topic=wrong"
    assert about.weights[bad] + 2 * about.ses[bad] < 0 < about.weights["topic=first"]
    assert all(int(row.removeprefix("sport-")) % 4 == 3 for row in about.rows)


def test_the_gain_is_what_a_model_without_the_harmful_rows_wins_on_other_dev_rows():
    (about,) = [item for item in found(evidence()) if item.label]
    assert about.gain > 0
    assert f"changes by {about.gain:+.3f}" in about.text


def test_the_worst_rows_and_the_best_are_named_a_few_of_them():
    worst, best = [item for item in found(evidence(), most=2) if not item.label]
    assert worst.text.startswith(
        "Rows that pull real rows of other classes to their own: 6 of sport"
    )
    assert len(worst.rows) == 2
    assert all(int(row.removeprefix("sport-")) % 4 == 3 for row in worst.rows)
    assert best.gain == 0
    assert len(best.rows) <= 2
    assert not set(best.rows) & set(worst.rows)


def test_rows_that_are_all_alike_in_worth_give_no_finding_about_a_value():
    assert [item for item in found(evidence(harmful="none")) if item.label] == []


def test_noise_is_seldom_taken_for_a_value():
    """Credits drawn at random: at most the rate of runs may name anything."""
    rng, runs = np.random.default_rng(0), 200
    rows = [synthetic(label, n) for label in WORDS for n in range(24)]
    true, wrong = np.repeat([0, 1], 30), 0
    for _ in range(runs):
        lasting = rng.standard_normal(len(rows))  # how good a row is has nothing to do with values
        noise = rng.standard_normal((60, len(rows)))
        every = cells(rows, lasting + noise, true)
        wrong += any(surprising([cell.p for cell in every], 0.1))
    assert wrong / runs < 0.15


def test_a_cell_knows_how_far_off_its_mean_may_be():
    rng = np.random.default_rng(1)
    rows = [synthetic("sport", n) for n in range(24)]
    true = np.repeat([0, 1], 30)
    seen = []
    for _ in range(300):
        credit = 1 + rng.standard_normal(24) + rng.standard_normal((60, 24))
        seen.append(next(c for c in cells(rows, credit, true) if c.key == "topic=first"))
    means, ses = np.array([c.mean for c in seen]), np.array([c.se for c in seen])
    assert means.mean() == pytest.approx(1, abs=0.1)
    assert means.std() <= ses.mean() <= 1.3 * means.std()


def test_values_that_only_single_rows_have_say_nothing():
    rows = [synthetic("sport", n) for n in range(4)]
    rows = [row for row in rows if row.lineage]
    every = cells(rows, np.random.default_rng(0).random((10, 4)), np.repeat([0, 1], 5))
    assert {cell.axis for cell in every} == set()


def test_a_model_without_vectors_is_judged_in_tfidf():
    given = evidence(model=DummyClassifier().fit([[0]] * 2, ["sport", "tech"]))
    part = resolve("feedback", "credit")
    credit, true = Credit(part.Params())._credit(given)
    assert credit.shape == (120, 48)
    assert credit[:, 3].mean() < 0 < credit[:, 0].mean()
    assert true.sum() == 60


def test_too_few_dev_rows_say_nothing():
    assert found(evidence(dev=2)) == []


def test_by_gradient_the_same_harmful_value_is_named():
    findings = found(evidence(), by="gradient")
    (about,) = [item for item in findings if item.label]
    assert about.label == "sport"
    assert "wrong" in about.words
    assert about.weights["topic=wrong"] < 0 < about.weights["topic=first"]
    assert "for better or worse" in about.text


@pytest.mark.parametrize("model", ["tfidf-linearsvc", "lsa-knn"])
def test_a_gradient_is_refused_where_none_is_known(model):
    part = resolve("feedback", "credit")
    with pytest.raises(ConfigError, match="ends in a LogisticRegression"):
        part(part.Params(by="gradient")).check_model(build(model, {}))
    part(part.Params()).check_model(build(model, {}))
    part(part.Params(by="gradient")).check_model(build("tfidf-logreg", {}))


def test_a_gradient_that_the_runs_classifier_lacks_is_told_before_the_run(workplace):
    parts = "feedback.parts=[{use: credit, with: {by: gradient}}]"
    compile_file(Path("tickets.yaml"), [parts])
    with pytest.raises(ConfigError, match="credit by gradient needs"):
        compile_file(Path("tickets.yaml"), [parts, "scoring.use=tfidf-linearsvc"])
