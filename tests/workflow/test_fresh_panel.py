"""The panel of fresh generations: measured in the finals, shown where the search's rows were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synthlab.measures import panel_of
from synthlab.tracking.read import artifact_text, candidate_panel
from synthlab.workflow.lab import board, open_store, run_file
from synthlab.workflow.promote import promote
from synthlab.workflow.standing import candidate_of
from tests.conftest import copied_stores, set_out

GIVEN = [
    "sweep.generator=[direct, {use: few_shot, with: {pool: 4}}]",
    "quality.parts=[copying, diversity, privacy]",
    "finals.replicates=2",
    "finals.mixture=false",
    "finals.pool=false",
    "promotion.beats_direct=false",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory, blank_store):
    """A folder with a run whose winner was promoted, and rows of it."""
    folder = set_out(tmp_path_factory.mktemp("fresh"))
    with pytest.MonkeyPatch.context() as patch, copied_stores(blank_store):
        patch.chdir(folder)
        run_file(Path("tickets.yaml"), GIVEN)
        promote(open_store(), "tickets")
    return folder


@pytest.fixture
def here(lab, monkeypatch):
    monkeypatch.chdir(lab)
    store = open_store()
    return store, board(store, "tickets", panels=None)


def own(found):
    """The winner's entry on the board, and among the finalists."""
    return (
        next(item for item in found["candidates"] if item["name"] == found["winner"]),
        found["finals"]["finalists"][0],
    )


def searched(found, item):
    return next(entry["run_id"] for entry in found["candidates"] if entry["name"] == item["name"])


def test_each_finalist_has_a_panel_of_all_its_fresh_rows(here):
    store, found = here
    for item in found["finals"]["finalists"]:
        panel = panel_of(json.loads(artifact_text(store, item["run_id"], "panel.json")))
        assert panel.generations == 2
        of = panel.get("near_dups").said.split()[2:4]
        assert of == [str(2 * item["rows"]), "rows"]
        run = store.client.get_run(item["run_id"]).data
        assert run.metrics["copied"] == pytest.approx(panel.get("copied").value)
        assert "**The quality panel**" in run.tags["mlflow.note.content"]


def test_rows_that_fresh_prompts_showed_are_asked_about(here):
    store, found = here
    item = next(i for i in found["finals"]["finalists"] if i["generator"] == "few_shot")
    panels = [candidate_panel(store, key) for key in (item["run_id"], searched(found, item))]
    fresh, search = (panel.get("copied").details["shown_rows"] for panel in panels)
    assert fresh >= search >= 12


def test_the_gates_the_page_and_the_card_show_it_in_place_of_the_searchs(here, synthlab, tmp_path):
    store, found = here
    entry, finalist = own(found)
    standing = candidate_of(store, found["run_id"], "", "tickets")
    assert standing.panel() == candidate_panel(store, finalist["run_id"])
    assert standing.panel() != candidate_panel(store, entry["run_id"])
    assert synthlab("report", "tickets", "-o", str(tmp_path / "page.html")).code == 0
    page = (tmp_path / "page.html").read_text()
    assert "Of the rows of 2 fresh generations, together:" in page
    assert page.count("<summary>by class</summary>") == sum(
        bool(item.per_class) for item in standing.panel().measures
    )
    made = synthlab("generate", "tickets@champion", "-n", "6", "-o", str(tmp_path / "out"))
    assert made.code == 0, made.err
    card = (tmp_path / "out/README.md").read_text()
    assert "The rows of 2 fresh generations, together, beside real rows:" in card
    low, high = (f"{getattr(standing.panel().get('copied'), end):.3g}" for end in ("low", "high"))
    assert f"({low} to {high})" in card


def test_compare_shows_it_before_what_the_search_saw(here, synthlab):
    _, found = here
    assert own(found)[0]["panel_fresh"]["generations"] == 2
    said = synthlab("compare", "tickets", "--panel").out
    assert f"of the rows of {found['winner']}, fresh:" in said


def test_without_fresh_generations_the_searchs_rows_speak(workplace, ready_stores, synthlab):
    run_file(Path("tickets.yaml"), ["sweep.generator=[direct]", "finals.replicates=0"])
    assert synthlab("report", "tickets", "-o", "page.html").code == 0
    assert "Of the rows that the search saw:" in Path("page.html").read_text()
