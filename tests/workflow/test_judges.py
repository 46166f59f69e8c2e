"""Other families stand by to judge the finals, and their mistakes come with all others."""

from __future__ import annotations

import pytest

from synthlab.config.load import to_yaml
from synthlab.scoring.score import Scorer
from tests.workflow.test_compile import PLAIN, compiled, mistakes


@pytest.mark.parametrize(
    ("scoring", "others"),
    [
        ("tfidf-logreg", ["lsa-logreg"]),
        ("sklearn.naive_bayes:ComplementNB", ["lsa-logreg"]),
        ("lsa-trees", ["tfidf-logreg"]),
        ("{also: []}", []),
        ("{also: [lsa-trees, {use: lsa-knn, with: {k: 3}}, lsa-knn]}",
         ["lsa-trees", "lsa-knn(k=3)", "lsa-knn"]),
        ("{with: {C: 1}, also: [tfidf-logreg]}", ["tfidf-logreg"]),
    ],
)  # fmt: skip
def test_a_plan_carries_a_scorer_of_each_other_family(workplace, scoring, others):
    plan = compiled(PLAIN + f"scoring: {scoring}\n")
    assert list(plan.others) == others
    for scorer in plan.others.values():
        assert isinstance(scorer, Scorer)
        assert (scorer.field, scorer.labels) == (plan.scorer.field, plan.scorer.labels)
    again = compiled(to_yaml(plan.config))
    assert list(again.others) == others


BAD = """\
scoring:
  use: tfidf-logreg
  also:
    - lsa-logrek
    - use: lsa-knn
      with: {k: 0}
    - tfidf-logreg
    - lsa-trees
    - lsa-trees
    - {use: embedding-knn, with: {path: no.gguf}}
"""


def test_each_mistake_has_its_line(workplace):
    found = mistakes(PLAIN.replace("fake/words", "nowhere/words") + BAD)
    places = [line.split(": ")[:2] for line in found if line.startswith("x.yaml")]
    assert places == [
        ["x.yaml:7", "lm.model"],
        ["x.yaml:12", "scoring.also[0]"],
        ["x.yaml:14", "scoring.also[1].with"],
        ["x.yaml:15", "scoring.also[2]"],
        ["x.yaml:17", "scoring.also[4]"],
        ["x.yaml:18", "scoring.also[5].with"],
    ]
    text = "\n".join(found)
    assert "Did you mean 'lsa-logreg'" in text
    assert "k must be a whole number" in text
    assert "'tfidf-logreg' is there already" in text
    assert "no.gguf cannot be read" in text
