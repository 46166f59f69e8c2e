"""Axes, differences between prompts, and the words of a result."""

import pytest

from synthlab.comparisons import DIRECT, SYNTHETIC, Worth
from synthlab.report.curves import worth_in_words
from synthlab.report.page.answer import answer, worth
from synthlab.report.page.differences import value_diff, word_diff
from synthlab.report.page.numbers import MINUS, figure, interval, sentence, usd
from synthlab.report.page.scales import linear, logarithmic
from tests.report.page import made


def test_an_axis_holds_its_values_and_has_round_ticks():
    scale = linear([0.716, 0.978], bounds=(0, 1))
    assert scale.low <= 0.716
    assert scale.high >= 0.978
    assert [scale.label(tick) for tick in scale.ticks][:2] == ["0.70", "0.75"]
    assert (scale.at(scale.low), scale.at(scale.high), scale.at(2.0)) == (0, 100, 100)


@pytest.mark.parametrize("values", [[0.5], [0.0, 0.0], [1.0, 1.0], [], [float("nan")]])
def test_an_axis_of_one_value_or_none_has_a_length(values):
    scale = linear(values, bounds=(0, 1))
    assert scale.high > scale.low
    assert 2 <= len(scale.ticks) <= 8


def test_equal_factors_are_equally_far_apart():
    scale = logarithmic([1, 10, 100])
    assert scale.at(10) == pytest.approx(50)


def test_a_rounded_figure_carries_the_whole_one():
    assert figure(0.8619258350096427) == '<data value="0.8619258350096427">0.862</data>'
    assert f">{MINUS}0.104<" in figure(-0.1043, sign=True)
    assert interval(-0.1, 0.2, sign=True).count("<data") == 2
    assert sentence("(-0.003, 95% -0.010 to +0.003) and tfidf-logreg, 2024-11") == (
        f"({MINUS}0.003, 95% {MINUS}0.010 to +0.003) and tfidf-logreg, 2024-11"
    )
    assert [usd(x) for x in (None, 0, 0.00001, 0.012, 3.456)] == [
        "unknown",
        "0",
        "<0.0001",
        "0.012",
        "3.46",
    ]


def test_words_that_came_and_went_are_marked():
    assert word_diff("Write a short text", "Write a text") == "Write a <del>short </del>text"
    assert word_diff("a", "<b>") == "<del>a</del><ins>&lt;b&gt;</ins>"


def test_parameters_are_compared_one_by_one():
    old = {"axes": {"topic": {"a": 0.5, "b": 0.5}, "style": ["x", "y"]}}
    new = {"axes": {"topic": {"a": 0.25, "c": 0.75}, "style": ["x", "<z>"]}}
    found = value_diff(old, new)
    assert (found["changed"], found["added"], found["removed"]) == (2, 1, 1)
    lines = dict(found["groups"])
    assert "a: <del>0.5</del> → <ins>0.25</ins>" in lines["axes / topic"]
    assert lines["axes"] == ["style: <del>y</del>, x, <ins>&lt;z&gt;</ins>"]
    assert value_diff(old, old) is None


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (Worth(61.3, 48, 80), ("about ", "61", "48 to 80")),
        (Worth(1287, 900, 2400, high_open=True), ("about ", "1,300", "900 to more than 2,400")),
        (Worth(400, 350, 400, "above"), ("more than ", "400", "350 or more")),
        (Worth(3, 1, 20, "below"), ("fewer than ", "3", "up to 20")),
        (Worth(1, 1, 1, "below"), ("less than ", "1", None)),
    ],
)
def test_what_rows_are_worth_is_read_from_the_runs_own_sentence(found, shown):
    said = f"{worth_in_words(found, 200).capitalize()}."
    hit = worth({"said": ["Synthetic alone 0.86.", said]})
    assert (hit["about"], hit["rows"], hit["range"]) == shown


@pytest.mark.parametrize(
    ("p", "low", "headline", "note"),
    [
        (0.02, 0.158, "beats", ""),
        (0.08, 0.158, "cannot be told", "; p 0.08 after Holm"),
        (0.30, -0.100, "cannot be told", ""),
    ],
)
def test_an_interval_that_says_more_than_the_headline_stands_with_its_p(p, low, headline, note):
    gain = {"a": SYNTHETIC, "b": DIRECT, "value": 0.592, "low": low, "high": 0.926, "p_holm": p}
    estimate = {"value": 0.9, "low": 0.8, "high": 1.0}
    finals = {
        "arms": [{"name": name, "estimate": estimate} for name in (SYNTHETIC, DIRECT)],
        "contrasts": [gain],
        "finalists": [
            {"tokens_per_row": 30.0, "usd_per_1000": 0.0, "dev": {"generations": 2}},
        ],
        "said": [],
        "reads": 1,
        "families": [],
    }
    candidates = [made.entry("attributes", 0.9), made.entry("direct", 0.6, "direct")]
    found = answer(made.material(board=made.board(candidates, finals=finals)))
    assert headline in found.headline
    assert found.keys[1].note.endswith(f"0.926</data>{note}")
