"""``import synthlab as sl``: results as tables, rows from a champion, and errors that help."""

from __future__ import annotations

import sys
import warnings

import pytest

import synthlab as sl
from synthlab.api import frames
from synthlab.api.entry import given
from synthlab.api.listening import listener
from synthlab.report.progress import Lines
from synthlab.workflow.progress import Quiet


@pytest.fixture
def run(finished):
    return sl.open_run("bbc-news")


def test_a_run_has_its_results_as_tables(run):
    assert set(run.leaderboard["candidate"]) == {"direct", "attributes"}
    assert run.leaderboard["f1"].is_monotonic_decreasing
    assert list(run.finals["generations"]) == [2, 2]
    assert (
        (run.finals["low"] <= run.finals["f1"]) & (run.finals["f1"] <= run.finals["high"])
    ).all()
    assert run.test["trained_on"].iloc[0] == "synthetic alone"
    assert set(run.per_class["label"]) == {"refund", "delivery", "account"}
    assert len(run.findings) > 0
    assert run.calls["calls"].sum() > 0
    assert {"real", "synthetic"} <= set(run.curves["trained_on"])
    assert run.winner in run.verdict


def test_rows_come_with_their_lineage_and_dropped_ones_with_a_reason(run):
    rows = run.rows("attributes")
    assert list(rows.columns[:2]) == ["id", "label"]
    assert {"text", "nearest", "attributes", "call", "lm", "cost_usd", "tokens"} <= set(
        rows.columns
    )
    assert rows["label"].value_counts().to_dict() == dict.fromkeys(rows["label"].unique(), 6)
    assert len(run.rows("attributes", fresh=True)) == 2 * len(rows)
    assert {"reason", "detail"} <= set(run.rows(dropped=True).columns)


def test_prompts_and_the_program_are_those_of_the_candidate(run):
    assert "Write a support message about" in next(iter(run.prompts("attributes").values()))
    assert run.program("direct")["candidate"] == "direct"


def test_an_unknown_name_says_what_there_is(run):
    with pytest.raises(sl.SynthlabError, match="did you mean 'attributes'"):
        run.rows("atributes")
    with pytest.raises(sl.SynthlabError, match="did you mean 'bbc-news'"):
        sl.open_run("bbc-mews")
    with pytest.raises(sl.SynthlabError, match="no promoted generator 'tickets'"):
        sl.load("tickets")
    with pytest.raises(sl.SynthlabError, match="no such config"):
        sl.run("configs/none.yaml")


def test_a_notebook_shows_the_verdict_above_the_tables_and_needs_no_file(run):
    page = run._repr_html_()
    assert page.index(run.verdict.split(":")[0]) < page.index("<table>")
    assert "<caption>finals: fresh generations on dev</caption>" in page
    for outside in ("http:", "https:", "src=", "<script", "@import"):
        assert outside not in page
    assert "color:#" not in page  # text and ground are those of the page around it


def test_what_an_lm_wrote_cannot_become_markup(run):
    from synthlab.api import html

    frame = run.findings.head(1).assign(finding="<script>alert(1)</script>")
    assert "<script" not in html.table("t", frame, frames.FINDINGS)


def test_candidates_are_compared_on_the_same_rows(run):
    found = run.compare("attributes", "direct")
    assert list(found.sides["candidate"]) == ["attributes", "direct"]
    gap = found.sides["f1"].iloc[0] - found.sides["f1"].iloc[1]
    assert found.difference["difference"].iloc[0] == pytest.approx(gap)
    assert found.verdict in found._repr_html_().replace("&#x27;", "'")
    again = sl.compare("bbc-news:attributes", ":direct")
    assert again.verdict == found.verdict


def test_a_run_without_results_has_empty_tables_with_the_same_columns():
    board = {"name": "x", "candidates": [], "baselines": [], "finals": None}
    assert frames.finals(board).columns.tolist() == list(frames.FINALS)
    assert frames.leaderboard(board).empty
    assert frames.panel(board).empty


def test_the_panel_is_a_table_where_it_was_measured():
    measure = {"name": "copied", "value": 0.0, "unit": "share of rows", "part": "copying"}
    board = {"candidates": [{"name": "direct", "panel": {"measures": [measure]}}]}
    found = frames.panel(board)
    assert found[["candidate", "name", "value"]].values.tolist() == [["direct", "copied", 0.0]]


def test_a_champion_writes_rows_of_every_class(run):
    sl.promote("bbc-news")
    champion = sl.load("bbc-news@champion")
    assert champion.ref == "bbc-news@1"
    assert "bbc-news@1 (champion)" in repr(champion)
    rows = champion.generate(9)
    assert rows["label"].value_counts().to_dict() == dict.fromkeys(champion.labels, 3)
    assert (rows["text"].str.len() > 0).all()
    assert rows["text"].tolist() == champion.generate(9)["text"].tolist()
    assert set(rows["text"]).isdisjoint(champion.generate(9, seed=1)["text"])
    with pytest.raises(sl.SynthlabError, match="ask for 1 or more"):
        champion.generate(0)


def test_a_cap_gives_the_rows_made_by_then_and_a_warning(run):
    sl.promote("bbc-news")
    champion = sl.load("bbc-news")
    with pytest.warns(UserWarning, match="budget"):
        rows = champion.generate(300, seed=7, calls=30)
    assert 0 < len(rows) <= 30
    assert rows.attrs["stopped"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert champion.generate(3, seed=8).attrs["stopped"] == ""


def test_runs_of_a_store_are_a_table(finished):
    found = sl.runs()
    assert found["name"].tolist() == ["bbc-news"]
    assert str(found["started"].dt.tz) == "UTC"


def test_overrides_may_be_a_mapping_or_texts():
    assert given({"budget.usd": 2, "sweep": {}}) == ["budget.usd=2", "sweep={}"]
    assert given(["budget.usd=2"]) == given("budget.usd=2") == ["budget.usd=2"]


def test_a_script_is_told_nothing_and_a_notebook_plain_lines(monkeypatch):
    with listener(None) as told:
        assert isinstance(told, Quiet)
    with listener(True) as told:
        assert isinstance(told, Lines)
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    with listener(None) as told:
        assert isinstance(told, Lines)
        assert told.quiet
        assert told.console.file is sys.stdout
    with listener(False) as told:
        assert isinstance(told, Quiet)


def test_every_public_name_is_there_and_there_are_few():
    assert len(sl.__all__) <= 15
    for name in sl.__all__:
        assert getattr(sl, name).__doc__


def test_the_panel_of_a_run_in_the_store_is_read_from_it(run):
    assert set(run.panel["candidate"]) == {"direct", "attributes"}
    assert {"copied", "distinct2"} <= set(run.panel["name"])
