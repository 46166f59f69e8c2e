"""The page from what a run logged: harmless, self-contained, small, and sensible with little."""

import re
from html.parser import HTMLParser

import pytest

from synthlab.measures import Measure, Panel
from synthlab.report.page.material import Material, Prompt, Sample, Step
from synthlab.report.page.render import page
from tests.report.page import made

SCRIPT = "<script>alert(1)</script>"
VOID = {"meta", "link", "br", "img", "rect", "circle", "line", "path", "polyline", "input", "hr"}


class Nesting(HTMLParser):
    """Fails where an element is not closed in its place."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def parsed(html):
    found = Nesting()
    found.feed(html)
    assert found.open == []
    return found.seen


def test_the_page_is_well_formed_and_asks_for_nothing():
    html = page(made.material())
    for tag, attributes in parsed(html):
        assert tag not in {"script", "link", "img", "iframe", "object", "form"}
        assert not {"src", "srcset", "onload", "onclick"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")
    assert "http" not in html
    assert not re.search(r"url\(|@import", html)


def test_what_an_lm_wrote_is_text_wherever_it_stands():
    prompt = Prompt(SCRIPT, SCRIPT, {SCRIPT: SCRIPT}, {SCRIPT: [SCRIPT]}, {}, {SCRIPT: SCRIPT})
    entries = [made.entry(SCRIPT, 0.9, out=SCRIPT), made.entry("direct", 0.6, "direct")]
    found = made.material(
        board=made.board(
            entries,
            failed=[{"name": SCRIPT, "reason": SCRIPT}],
            baselines=[
                {"name": SCRIPT, "f1": 0.5, "sd": 0.1, "rows": 4, "draws": 2, "per_class": 2}
            ],
            stopped=SCRIPT,
            ending=SCRIPT,
        ),
        kept=[Sample(SCRIPT, SCRIPT, SCRIPT, 0.9, 0.0, {SCRIPT: SCRIPT})],
        dropped=[Sample("x", SCRIPT, SCRIPT, reason=SCRIPT)],
        findings=[{"text": SCRIPT, "gain": 0.1}],
        origins={"direct": (SCRIPT, SCRIPT)},
        prompt=prompt,
        config=SCRIPT,
        versions={SCRIPT: SCRIPT},
        panel=Panel((Measure(SCRIPT, SCRIPT, 1.0, "higher", SCRIPT, SCRIPT),), 0.0, {"a": SCRIPT}),
    )
    html = page(found)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") > 15
    parsed(html)
    assert html.startswith("<!doctype html>")


def test_a_row_that_is_nearly_a_real_one_is_not_printed():
    rows = [
        Sample("a", "refund", "far from all", 0.9, 0.0),
        Sample("b", "refund", "the secret itself", 0.1, 0.0),
        Sample("c", "refund", "a secret sentence", 0.9, 0.5),
    ]
    gone = [Sample("d", "refund", "one more secret", reason="copies real rows")]
    html = page(made.material(kept=rows, dropped=gone))
    assert "far from all" in html
    assert "secret" not in html
    assert "2 come too near" in html


def test_a_run_without_finals_has_a_lead_and_no_result():
    html = page(made.material())
    assert "leads on dev" in html
    assert "A lead is not a result" in html
    assert "beats" not in html


def test_a_run_that_scored_nothing_says_so():
    nothing = Material(made.board([], stopped="no class has rows"), {}, {}, 0.0, None, "")
    html = page(nothing)
    parsed(html)
    assert "No candidate was scored" in html
    assert "no class has rows" in html


def test_the_classes_are_scored_from_the_calls():
    html = page(made.material())
    # After: 2 of 3 delivery rows are right, the third is called refund, as are all refund rows.
    assert ">0.857<" in html
    assert ">0.800<" in html
    assert "delivery</b> rows called refund: 100% → <b>33%" in re.sub(r"\s+", " ", html)


def test_steps_say_what_was_changed_word_by_word():
    assert "Write a {document}<ins> about {topic}</ins>." in page(made.material())


def test_rows_without_an_lm_are_made_of_real_rows_and_no_prompt_is_said_to_show_them():
    asked = Prompt("few_shot", "few_shot", shows_real=10)
    made_of = Prompt("augment", "augment", shows_real=15, asks=False)
    html = page(made.material(prompt=made_of, steps=(Step(asked, made_of, "", None),)))
    assert "No LM is asked: its rows are made of real rows (of 15 that may be used)" in html
    assert "Its prompts show real rows" not in html
    assert "real rows that rows are made of" in html
    html = page(made.material(prompt=asked))
    assert "Its prompts show real rows as examples (from 10" in html


@pytest.mark.parametrize(
    ("verdict", "said"), [("good", "good"), ("bad", "not good"), ("", "no threshold")]
)
def test_the_panel_is_told_in_words(verdict, said):
    measure = Measure("copied", "copying", 0.02, "lower", "share of rows", "Few copies.", verdict)
    html = page(made.material(panel=Panel((measure,))))
    assert f">{said}</span>" in html
    assert "Few copies." in html


def test_without_a_panel_there_is_no_word_of_it():
    assert 'id="quality"' not in page(made.material())


def test_five_hundred_candidates_stay_small():
    many = [made.entry(f"candidate {n}", 0.9 - n / 1000) for n in range(500)]
    html = page(made.material(board=made.board(many)))
    assert len(html.encode()) < 1_000_000
    assert "470 more candidates" in html


def test_the_same_run_gives_the_same_page():
    assert page(made.material()) == page(made.material())
