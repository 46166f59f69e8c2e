"""`synthlab compare A B`: paired, from what the runs logged, and refused where it would mislead."""

import json
from pathlib import Path

import pytest

from synthlab.measures import Panel
from synthlab.workflow.lab import run_file
from tests.conftest import set_out


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A folder with two runs on the same split: with other generation seeds, and finals."""
    folder = set_out(tmp_path_factory.mktemp("compare"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, seed in (("first", 0), ("second", 7)):
            given = [f"name={name}", f"seed={seed}", "finals.replicates=3"]
            run_file(Path("tickets.yaml"), given)
    return folder


@pytest.fixture
def runs(lab, synthlab, monkeypatch):
    """The command line in that folder."""
    monkeypatch.chdir(lab)
    return synthlab


def compared(synthlab, *args):
    said = synthlab("compare", *args, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_two_candidates_of_a_run_are_compared_by_their_fresh_generations(runs):
    found = compared(runs, "first:attributes", ":direct")
    assert (found["a"]["name"], found["b"]["name"]) == ("attributes", "direct")
    assert found["a"]["fresh"]
    assert found["a"]["generations"] == 3
    assert found["contrast"]["better"] > 0.9
    assert found["contrast"]["value"] == pytest.approx(
        found["a"]["estimate"]["value"] - found["b"]["estimate"]["value"]
    )


def test_two_runs_are_compared_by_their_winners(runs):
    found = compared(runs, "first", "second")
    assert found["a"]["name"] == "first attributes"
    assert found["contrast"]["low"] <= 0 <= found["contrast"]["high"]
    said = runs("compare", "first", "second")
    assert "cannot be told apart" in said.out or "are equal within" in said.out
    assert "on dev, which the search saw" in said.out


def test_other_dev_rows_are_refused_with_both_digests_and_a_way_out(runs):
    runs("run", "tickets.yaml", "--set", "name=third", "--set", "task.split.seed=4")
    said = runs("compare", "first", "third")
    assert said.code == 1
    assert "other dev rows (digests" in said.err
    assert "synthlab score" in said.err


def test_another_classifier_is_refused(runs):
    runs("run", "tickets.yaml", "--set", "name=third", "--set", "scoring.use=tfidf-linearsvc")
    said = runs("compare", "first", "third")
    assert said.code == 1
    assert "tfidf-linearsvc" in said.err


def test_an_unknown_candidate_is_told_with_those_that_there_are(runs):
    said = runs("compare", "first:atributes", "second")
    assert said.code != 0
    assert "'attributes', 'direct'" in said.err or "'direct', 'attributes'" in said.err


def test_one_name_still_shows_the_leaderboard(runs):
    assert "macro-F1 on real dev rows" in runs("compare", "first").out


def test_as_many_candidates_are_shown_as_are_asked_for_and_all_in_a_file(runs, monkeypatch):
    every = compared(runs, "first")["candidates"]
    assert len(every) > 1
    assert compared(runs, "first", "--top", "1")["candidates"] == every[:1]
    one = runs("compare", "first", "-n", "1")
    assert f"{len(every) - 1} more candidates: compare -n 0" in one.out
    assert "more candidates" not in runs("compare", "first").out
    assert "more candidates" not in runs("compare", "first", "-n", "0").out
    monkeypatch.setattr("synthlab.options.SCREEN", 1)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert "more candidates" in runs("compare", "first").out


def test_only_the_panels_that_are_shown_are_read(runs, monkeypatch):
    read = []
    monkeypatch.setattr(
        "synthlab.workflow.looking.candidate_panel",
        lambda store, run_id: read.append(run_id) or Panel(),
    )
    monkeypatch.setattr("synthlab.report.panel.SIDES", 1)
    said = runs("compare", "first", "--panel")
    assert (said.code, len(read)) == (0, 1)
    compared(runs, "first", "--panel")
    assert len(read) > 2


def test_a_candidate_alone_is_told_from_a_run_that_is_not_there(runs):
    alone = runs("compare", "first:attributes")
    assert alone.code == 2
    assert "'first:attributes' names a candidate" in alone.err
    assert "synthlab compare first:attributes :OTHER" in alone.err
    missing = runs("compare", "frist:attributes")
    assert "'frist'" in missing.err
    assert "names a candidate" not in missing.err
