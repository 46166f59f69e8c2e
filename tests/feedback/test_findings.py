"""Each part finds what was put there, and not what was not."""

import numpy as np
import pytest

from synthlab.feedback.confusions import Confusions, gain, macro_f1
from synthlab.feedback.coverage import Coverage
from synthlab.feedback.labels import Labels
from synthlab.feedback.tics import Tics
from synthlab.findings import Feedback, Finding
from synthlab.records import Row
from tests.feedback.evidence import CLASSES, evidence, made, real

BOTH = dict.fromkeys(CLASSES, (0, 1))
TENNIS = {"racket", "serve", "wimbledon", "court", "umpire"}
NO_TENNIS = {**BOTH, "match": (0,)}


def test_a_topic_that_no_synthetic_row_has_is_a_hole() -> None:
    found = Coverage(Coverage.Params(groups=2)).find(evidence(made(NO_TENNIS), real()))
    assert found[0].label == "match"
    assert set(found[0].words) & TENNIS
    assert found[0].weights["made"] == 0
    assert found[0].weights["missed"] > 0.5
    assert found[0].gain > 0.05


def test_every_topic_of_every_class_is_told_also_where_nothing_is_missed() -> None:
    found = Coverage(Coverage.Params(groups=2)).find(evidence(made(BOTH), real()))
    assert sorted(f.label for f in found) == sorted(CLASSES * 2)
    assert all(
        abs(sum(f.weights["share"] for f in found if f.label == c) - 1) < 1e-9 for c in CLASSES
    )


def test_a_confused_pair_is_told_with_words_that_would_part_it() -> None:
    kept = [r for r in made(NO_TENNIS) if r.label != "match"]
    # What is called match is about music, so that tennis rows look like nothing in particular.
    kept += [Row(f"odd{n}", r.values, "match") for n, r in enumerate(made({"match": (0,)}, 6))]
    found = Confusions(Confusions.Params()).find(evidence(kept, real()))
    worst = found[0]
    assert worst.label == "match"
    assert set(worst.words[:5]) & TENNIS
    assert worst.gain == max(f.gain for f in found)


def test_nothing_is_confused_where_every_row_is_called_right() -> None:
    found = evidence(made(BOTH, each=30), real())
    assert found.score.f1 == 1.0
    assert list(Confusions(Confusions.Params()).find(found)) == []


def test_words_of_the_llm_that_no_real_row_uses_are_tics() -> None:
    tics = ("overall", "delve")
    (found,) = Tics(Tics.Params()).find(evidence(made(BOTH, extra=tics), real()))
    assert set(found.words) == set(tics)
    assert "100%" in found.text


def test_rows_that_speak_as_real_ones_do_have_no_tics() -> None:
    assert list(Tics(Tics.Params()).find(evidence(made(BOTH), real()))) == []


def test_rows_with_the_wrong_label_are_doubted_and_shown() -> None:
    kept = made(BOTH, each=20)
    wrong = {"made-music-0", "made-music-1", "made-music-2", "made-music-3"}
    values = {f"made-market-{n}": r.values for n, r in enumerate(made({"market": (0,)}, 4))}
    swapped = [
        Row(r.id, values[r.id.replace("music", "market")], r.label) if r.id in wrong else r
        for r in kept
    ]
    (found,) = Labels(Labels.Params()).find(evidence(swapped, real()))
    assert (found.label, found.other) == ("music", "market")
    assert set(found.rows) <= wrong
    assert "4 of 20" in found.text


def test_right_labels_are_not_doubted() -> None:
    assert list(Labels(Labels.Params()).find(evidence(made(BOTH), real()))) == []


def test_a_reader_is_told_the_first_few_and_a_search_gets_all() -> None:
    found = tuple(Finding("tics", f"finding {n}", n / 100) for n in range(5, 0, -1))
    told = Feedback(found, most=2)
    assert told.lines == ("finding 5 (up to +0.050)", "finding 4 (up to +0.040)")
    assert told.of("tics") == found


def test_the_gain_of_a_pair_is_that_of_the_whole_table_with_the_pair_put_right() -> None:
    table = np.array([[20, 5, 1], [3, 30, 0], [0, 2, 9]])
    right = np.array([[25, 0, 1], [3, 30, 0], [0, 2, 9]])
    assert gain(table, 0, 1) == pytest.approx(macro_f1(right) - macro_f1(table))
