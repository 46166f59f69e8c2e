"""What a learning curve is said to mean."""

from __future__ import annotations

import pytest

from synthlab.comparisons import Estimate, Needed, Worth
from synthlab.report.curves import needed_in_words, round_rows, worth_in_words

ABOUT = "about 1,300 rows in all (95% 900 to 2,300, over draws of rows)"
LEVEL = Estimate(0.872, 0.854, 0.891, 0.01, float("inf"))


def needed(target: float, rows: float, bound: str = "", **changed) -> Needed:
    known = {"low": 0.7 * rows, "high": 1.8 * rows, "level": LEVEL, "high_open": False}
    return Needed(target, rows, bound=bound, **{**known, "measured": 2_000, **changed})


@pytest.mark.parametrize(
    ("rows", "worth", "said"),
    [
        (400, Worth(61.3, 48.2, 80.1),
         "these 400 rows are worth about 61 real rows (95% 48 to 80, over draws of rows)"),
        (1, Worth(1.2, 1.0, 2.0, low_open=True),
         "this row is worth about 1 real row (95% fewer than 1 to 2, over draws of rows)"),
        (400, Worth(150, 90, 200, high_open=True),
         "these 400 rows are worth about 150 real rows "
         "(95% 90 to more than 200, over draws of rows)"),
        (2_000, Worth(286.2, 201.4, 400, high_open=True, measured=200),
         "these 2,000 rows are worth about 290 real rows (95% 200 to more than 400, over draws of "
         "rows); extrapolated, at most 200 real rows were tried"),
        (4_000, Worth(10, 10, 14, "below", low_open=True),
         "these 4,000 rows are worth fewer than 10 real rows, the fewest that were tried "
         "(95% up to 14, over draws of rows)"),
        (400, Worth(5, 5, 5.2, "below", low_open=True),
         "these 400 rows are worth fewer than 5 real rows, the fewest that were tried"),
        (400, Worth(1, 1, 1, "below", low_open=True),
         "these 400 rows are worth less than 1 real row, the fewest that were tried"),
        (400, Worth(100, 81, 200, "above", high_open=True, measured=100),
         "these 400 rows are worth more than 100 real rows, the most that were tried "
         "(95% 81 or more, over draws of rows)"),
        (400, Worth(10, 20, 20, "above", high_open=True),
         "these 400 rows are worth more than 10 real rows, the most that were tried"),
        (400, Worth(1_000, 1_000, 2_000, "above", high_open=True),
         "these 400 rows are worth more than 1,000 real rows, the most that were tried"),
    ],
)  # fmt: skip
def test_worth_is_told_in_real_rows(rows, worth, said):
    assert worth_in_words(worth, rows) == said


@pytest.mark.parametrize(
    ("found", "cost", "said"),
    [
        (needed(0.9, 1_287), 0.00162, f"to reach 0.90: {ABOUT}, 2.11 USD"),
        (needed(0.9, 1_287), 0.0, f"to reach 0.90: {ABOUT}, 0 USD"),
        (needed(0.9, 1_287), None, f"to reach 0.90: {ABOUT}, USD unknown (give lm.price)"),
        (needed(0.9, 1_287, high_open=True, high=20_000), 0.0,
         "to reach 0.90: about 1,300 rows in all "
         "(95% 900 to more than 20,000, over draws of rows), 0 USD"),
        (needed(0.855, 50, measured=40), 0.01,
         "to reach 0.855: about 50 rows in all (95% 35 to 90, over draws of rows), 0.50 USD; "
         "extrapolated, at most 40 rows were tried"),
        (needed(0.5, 1, "below"), 0.001, "to reach 0.50: 1 row or fewer, 0.001 USD"),
        (needed(0.5, 40, "below"), None,
         "to reach 0.50: 40 rows or fewer, USD unknown (give lm.price)"),
        (needed(0.95, 20_000, "never"), 0.1,
         "to reach 0.95: not reachable, as the scores level off at 0.87 (95% 0.85 to 0.89)"),
        (needed(0.874, 20_000, "beyond"), 0.1,
         "to reach 0.874: more than 20,000 rows, or never: the scores seem to level off at 0.872 "
         "(95% 0.854 to 0.891)"),
        (needed(0.86, 20_000, "beyond"), 0.1,
         "to reach 0.86: more than 20,000 rows, which is further than these sizes can tell"),
    ],
)  # fmt: skip
def test_what_a_score_takes_is_told_with_its_cost_or_why_not(found, cost, said):
    assert needed_in_words(found, cost) == said


def test_a_count_is_told_with_the_digits_that_a_curve_carries():
    counts = (0.4, 7.6, 99.4, 126, 996, 1_287, 15_501, 999_999)
    assert [round_rows(c) for c in counts] == [1, 8, 99, 130, 1_000, 1_300, 16_000, 1_000_000]
