"""Words that synthetic rows lack, from exact or noisy counts of real ones."""

from __future__ import annotations

import pytest

from synthlab.feedback.counts import Counts
from synthlab.feedback.lacking import Lacking
from synthlab.records import Row
from tests.feedback.evidence import BRIEF, CLASSES, TOPICS, evidence, made, real

PART = Lacking(Lacking.Params())
ONE = dict.fromkeys(CLASSES, (0,))


def test_words_of_the_topic_that_is_missing_come_first():
    found = {one.label: one for one in PART.find(evidence(made(ONE), real()))}
    for label in CLASSES:
        missing = set(TOPICS[label][1].split())
        assert set(found[label].words[:4]) <= missing
        assert all(0 < gap <= 1 for gap in found[label].weights.values())


def test_nothing_is_lacking_where_rows_speak_of_all_of_it():
    whole = made(dict.fromkeys(CLASSES, (0, 1)), each=60)
    lacking = PART.find(evidence(whole, real(60)))
    assert all(gap < 0.2 for one in lacking for gap in one.weights.values())


def test_counts_alone_are_enough_and_noisy_ones_may_be_odd():
    kept = [Row(str(n), {"text": "ordinary things"}, "match") for n in range(5)]
    counts = Counts({"match": 10, "market": 0, "music": 40},
                    {"match": {"goal": 14, "team": 6, "ordinary": 3}, "market": {"oil": 9},
                     "music": {"team": 30}})  # fmt: skip
    (found,) = PART.tell(BRIEF, kept, counts)
    assert found.words == ("goal",)
    assert found.weights["goal"] == pytest.approx(1.0)
    assert "goal" in found.text
    assert PART.tell(BRIEF, [], counts) == []
