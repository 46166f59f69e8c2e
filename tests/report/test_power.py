"""What a comparison can find is told in a sentence that a reader can act on."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console

from synthlab.report.power import gap, in_words, power_view

VIEW: dict[str, Any] = {
    "name": "",
    "test_rows": 1_000,
    "dev_rows": 400,
    "replicates": 5,
    "classes": [],
    "noise": {"generation": 0.03, "disagreement": 0.2, "lasting": 0.2, "efficiency": 1.0},
    "resolves": 0.0473,
    "contrasts": 3,
    "resolves_holm": 0.0621,
    "difference": 0.02,
    "found": 0.3,
    "rows_needed": {"count": None, "floor": 0.041},
    "generations_needed": {"count": 40, "floor": 0.01},
    "both_needed": None,
    "coarse": None,
    "table": [
        {"generations": count, "rows": rows, "resolves": None if count == 1 else 0.2 / count,
         "asked": (count, rows) == (5, 1_000)}
        for count in (1, 5) for rows in (400, 1_000)
    ],
}  # fmt: skip


def test_a_small_difference_is_told_with_what_it_takes_and_what_does_not_help():
    assert in_words(VIEW) == (
        "1,000 test rows and 5 generations of each prompt resolve 0.047, and 0.062 in the hardest "
        "of 3 contrasts (Holm). To see 0.02 you need 40 generations of each prompt on these 1,000 "
        "test rows. Not reachable by test rows alone: with 5 generations the generation noise "
        "alone hides differences below 0.041."
    )


def test_a_coarse_difference_is_told_before_the_fine_one_that_was_asked_for():
    coarse = {
        "difference": 0.05,
        "found": 0.5,
        "rows_needed": {"count": None, "floor": 0.06},
        "generations_needed": {"count": 9, "floor": 0.02},
        "both_needed": None,
    }
    assert (
        "(Holm). To see 0.05 you need 9 generations of each prompt on these 1,000 test rows. To "
        "see 0.02 you need 40 generations of each prompt on these 1,000 test rows. Not reachable "
        "by test rows alone: with 5 generations the generation noise alone hides differences below "
        "0.041."
    ) in in_words({**VIEW, "coarse": coarse})
    assert "(Holm). A true difference of 0.05 is found 91% of the time. To see 0.02" in in_words(
        {**VIEW, "coarse": {**coarse, "found": 0.91}}
    )


def test_every_way_that_helps_is_told():
    said = in_words(
        {
            **VIEW,
            "rows_needed": {"count": 9_000, "floor": 0.01},
            "both_needed": {"rows": 2_000, "generations": 12},
        }
    )
    assert (
        "you need 40 generations of each prompt on these 1,000 test rows, or 9,000 test rows with "
        "these 5 generations, or 2,000 test rows and 12 generations." in said
    )
    assert "Not reachable" not in said


def test_what_nothing_reaches_is_out_of_reach():
    nothing = {"count": None, "floor": 0.03}
    said = in_words({**VIEW, "rows_needed": nothing, "generations_needed": nothing})
    assert "0.02 is out of reach. Not reachable by test rows alone" in said
    assert "Not reachable by generations alone: 1,000 test rows hide differences below" in said


def test_a_difference_that_is_found_needs_no_more():
    assert in_words({**VIEW, "difference": 0.1, "found": 0.962}).endswith(
        "(Holm). A true difference of 0.1 is found 96% of the time."
    )


def test_one_generation_resolves_nothing():
    one = {**VIEW, "replicates": 1, "resolves": None, "resolves_holm": None, "found": 0.0}
    said = in_words({**one, "rows_needed": {"count": None, "floor": None}})
    assert said.startswith("1,000 test rows and 1 generation of each prompt resolve nothing: luck")
    assert said.endswith("with 1 generation the generation noise alone hides differences.")


def test_the_asked_for_cell_is_marked_and_what_resolves_nothing_says_none():
    out = StringIO()
    Console(width=160, file=out).print(power_view(VIEW))
    text = out.getvalue()
    assert "400 rows (dev)" in text
    assert "1,000 rows (test)" in text
    assert "> 0.040" in text
    assert text.count(">") == 1
    assert text.count("none") == 2


def test_a_difference_has_the_digits_that_matter():
    assert [gap(value) for value in (0.0473, 0.2, 0.00421)] == ["0.047", "0.200", "0.0042"]
