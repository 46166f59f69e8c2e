"""Tables with a column a set: at 80 columns names fold and parts go below, figures stay whole."""

import io

import pytest
from rich.console import Console

from synthlab.report.finals import curve_table
from synthlab.report.panel import whole_panels
from synthlab.report.parts import folded
from synthlab.report.scores import scores

SETS = [
    "a-rather-long-set-name-of-some-tool-v2",
    "another/long-folder-name/rows-generated",
    "real",
    "nobreaksinthisnameofasetthatisverylong",
]
LEVEL = {"value": 0.9123, "low": 0.8, "high": 0.954, "se": 0.02, "df": 4, "generations": 5}


def drawn(view, width=80):
    file = io.StringIO()
    Console(file=file, width=width).print(view)
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    return "\n".join(lines)


def points(first):
    return [
        {"per_class": n, "rows": 3 * n, "f1": first, "sd": 0.033, "draws": 5, "weight": 0.5}
        for n in (5, 10_000)
    ]


@pytest.mark.parametrize("width", [80, 160])
def test_no_figure_of_a_curve_is_cut_however_long_the_names_are(width):
    shown = [("real", points(0.5)), *((name, points(0.6 + n / 10)) for n, name in enumerate(SETS))]
    text = drawn(curve_table("learning curves", shown), width)
    for first in ("0.500", "0.600", "0.700", "0.800", "0.900"):
        assert text.count(f"{first} (0.033) at 0.5") == 2
    assert text.count("10,000") == text.count("rows a class")


def scored():
    arms = [
        {"name": name, "estimate": LEVEL, "rows": 21_000, "real": real, "weight": 1}
        for name, real in (("synthetic alone", 0), ("real alone", 1000), ("both", 1000))
    ]
    models = ("lsa-logreg", "embeddings-logreg-of-minilm")
    families = [{"model": model, "arms": arms} for model in models]
    one = {"generations": 5, "rows": 21_000, "arms": arms, "families": families}
    sets = [{**one, "name": name, "curve": points(0.7), "said": []} for name in SETS]
    test = {"rows": 1000, "reads": 1}
    return {"test": test, "real": [], "sets": sets, "contrasts": [], "notes": []}


@pytest.mark.parametrize("width", [80, 160])
def test_what_sets_score_stands_whole_with_every_classifier(width):
    text = drawn(scores(scored()), width)
    # Four sets and the real rows: alone, beside real ones, and by two other classifiers.
    assert text.count("0.912") == 5 + 4 + 10
    assert text.count("0.800 to 0.954") == 5
    assert text.count("21,000") == 5
    assert "macro-F1 on 1,000 real rows" in text


def test_candidates_that_do_not_fit_beside_each_other_have_real_rows_beside_them_all_the_same():
    measure = {
        "name": "self_bleu", "value": 1234.5, "verdict": "watch", "reference": 0.25,
        "direction": "lower", "said": "it is so",
    }  # fmt: skip
    panel = {"measures": [measure], "skipped": {}}
    text = drawn(whole_panels(dict.fromkeys(SETS, panel))[0])
    assert text.count("1,234.5 watch") == 4
    assert text.count("0.250") == text.count("good is") == text.count("self_bleu") == 2


def test_a_name_is_broken_after_a_mark_and_none_of_it_is_lost():
    lines = folded(SETS[0], 20).splitlines()
    assert lines == ["a-rather-long-set-", "name-of-some-tool-v2"]
    assert "".join(folded(SETS[3], 20).splitlines()) == SETS[3]
    assert folded("short", 20) == "short"
