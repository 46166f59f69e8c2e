"""The quality panel in a terminal."""

from io import StringIO

from rich.console import Console, Group

from synthlab.measures import Measure, Panel
from synthlab.report.panel import concerns, whole_panels


def shown(parts, width=80):
    console = Console(width=width, record=True, file=StringIO())
    console.print(Group(*parts))
    return console.export_text()


def measure(name="copied", value=0.25, verdict="bad", reference=0.1):
    return Measure(name, "copying", value, "lower", "share", "a quarter is copied", verdict,
                   reference)  # fmt: skip


def entry(name, *items):
    return {"name": name, "concerns": [{"name": i, "verdict": v, "said": s} for i, v, s in items]}


def test_each_candidate_has_a_line_and_the_winners_concerns_are_said():
    board = {"candidates": [entry("[best]", ("copied", "bad", "too much [1]")), entry("other")],
             "winner": "[best]"}  # fmt: skip
    said = shown(concerns(board))
    lines = [line.split() for line in said.splitlines()]
    assert ["[best]", "copied", "-"] in lines
    assert ["other", "-", "-"] in lines
    assert "- copied (bad): too much [1]" in said


def test_where_all_is_good_or_nothing_was_measured_nothing_is_shown():
    assert concerns({"candidates": [entry("a")], "winner": "a"}) == []
    assert concerns({"candidates": [{"name": "of an older run"}], "winner": "a"}) == []
    assert whole_panels({"a": Panel().as_dict()}) == []


def test_all_measures_stand_side_by_side_with_the_range_of_real_rows():
    first = Panel((measure(), measure("vendi", 12.34, "", None)), 1.0, {})
    second = Panel((measure(value=0.05, verdict="good", reference=0.2),), 1.0, {"pii": "no row"})
    said = shown(whole_panels({"a": first.as_dict(), "b": second.as_dict()}))
    assert "copied   0.250 bad  0.050 good  0.100 to 0.200  less" in said
    assert "vendi         12.3           -               -  less" in said
    assert "- copied (bad): a quarter is copied" in said
    assert "b: pii was not measured: no row" in said


def test_more_candidates_than_fit_are_counted():
    panels = {f"c{n}": Panel((measure(),)).as_dict() for n in range(6)}
    said = shown(whole_panels(panels))
    assert "c3" in said
    assert "c4" not in said
    assert "2 more candidates have theirs in panel.json" in said
