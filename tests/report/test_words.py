"""What a result is said to mean follows from its figures, and from nothing else."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from synthlab.outcomes import Baseline
from synthlab.report.verdict import verdict, winning
from synthlab.report.words import describe, ending, real_worth
from tests.tracking import made

SIZES = [
    Baseline("label names", 0.3, 5),
    Baseline("real x 1 a class", 0.5, 5, per_class=1),
    Baseline("real x 4 a class", 0.7, 20, per_class=4),
    Baseline("real x 16 a class", 0.9, 80, per_class=16),
    Baseline("all seed rows", 0.98, 900),
]


@pytest.mark.parametrize(
    ("f1", "said"),
    [
        (0.4, "less than the 0.50 of 1 real row a class"),
        (0.5, "the score of 1 real row a class"),
        (0.6, "the score of about 2 real rows a class"),
        (0.7, "the score of 4 real rows a class"),
        (0.9, "the score of 16 real rows a class"),
        (0.95, "more than the 0.90 of 16 real rows a class"),
    ],
)
def test_a_score_is_told_in_real_rows_between_the_sizes_that_were_measured(f1, said):
    assert real_worth(f1, SIZES) == f"That is {said}."


def test_baselines_of_other_names_are_understood_by_their_size():
    renamed = [Baseline(f"n{b.rows}", b.f1, b.rows, per_class=b.per_class) for b in SIZES]
    assert real_worth(0.6, renamed) == real_worth(0.6, SIZES)
    assert real_worth(0.6, SIZES[:2]) == ""


def test_a_short_candidate_is_named_with_its_rows_and_why_it_stands_last():
    trials = [made.trial("attributes"), made.trial("few_shot", missing=9)]
    said = describe(made.result("r", trials))
    assert said.startswith("attributes wins: 200 of its rows")
    assert "Ranked after the others whatever the score" in said
    assert "few_shot (tech 31 of 40)" in said


def test_the_winner_is_not_measured_against_a_direct_prompt_with_fewer_rows():
    complete = [made.trial("few_shot"), made.trial("direct")]
    searched = replace(made.result("r", complete), finals=None)
    assert "above the direct prompt" in describe(searched)
    short = [made.trial("few_shot"), made.trial("direct", missing=5)]
    assert "above the direct prompt" not in describe(replace(searched, trials=short))


def test_after_finals_the_winner_is_told_by_its_fresh_generations():
    said = describe(made.result("r", [made.trial("attributes"), made.trial("direct")]))
    assert "0.84 macro-F1 on the sealed test rows, opened once (mean of 5 fresh gener" in said
    assert "On dev, where it was picked, it has 0.83 (95% 0.79 to 0.87)." in said
    assert "generated once" not in said


def test_a_run_and_compare_tell_the_same_figures_in_the_same_words():
    found = made.result("r", [made.trial("attributes"), made.trial("direct")])
    board = {"name": "r", "candidates": [{}], "finals": asdict(found.finals)}
    assert describe(found) == verdict(board)


def test_what_only_its_interval_says_and_the_corrected_p_does_not_is_not_claimed():
    gain = {
        "a": "synthetic alone", "b": "direct prompt", "value": 0.6, "low": 0.1, "high": 1.0,
        "se": 0.1, "generations": [5, 5], "p_holm": 0.11,
    }  # fmt: skip
    found = asdict(made.result("r", [made.trial("attributes")]).finals)
    (said,) = (text for text in winning({**found, "contrasts": [gain]}) if "direct" in text)
    assert said.startswith("They cannot be told from the rows of the direct prompt (+0.60, 95%")
    assert said.endswith("; p 0.11 after Holm).")
    (said,) = (
        text
        for text in winning({**found, "contrasts": [{**gain, "p_holm": 0.01}]})
        if "direct" in text
    )
    assert said.startswith("They are better than the rows of the direct prompt (+0.60, 95%")


def test_complete_candidates_need_no_word_about_rows():
    said = describe(made.result("r", [made.trial("attributes"), made.trial("direct")]))
    assert "Ranked after" not in said
    assert "every row asked for" not in said


def test_a_run_ends_with_the_commands_that_come_next_each_on_its_line():
    said = ending(made.result("r", [made.trial("direct")])).splitlines()
    steps = said[said.index("next:") + 1 :]
    assert [step.split()[1] for step in steps] == ["report", "compare", "ui", "promote"]
    assert max(map(len, steps)) <= 80
