"""The quality panel of a real run, on its whole way: description, compare, gates, report, card."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import synthlab as sl
from synthlab.config.quality import DEFAULT_QUALITY
from synthlab.errors import GateError
from synthlab.findings import Feedback, Finding
from synthlab.measures import Measure, Panel, panel_of
from synthlab.registry import TABLE, resolve
from synthlab.report.page.panel import WORDS
from synthlab.tracking import notes
from synthlab.tracking.read import artifact_text, candidate_panel
from synthlab.workflow.lab import board, open_store, run_file
from synthlab.workflow.promote import promote
from synthlab.workflow.reporting import report
from tests.conftest import set_out
from tests.tracking.made import trial


@pytest.fixture(scope="module")
def lab(tmp_path_factory, blank_store):
    """A folder with a run of a prompt, and of real rows that are changed a little."""
    folder = set_out(tmp_path_factory.mktemp("quality"))
    path = folder / "tickets.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["sweep"] = {"generator": ["direct", {"use": "augment", "with": {"alpha": 0.05}}]}
    config["budget"]["rows_per_class"] = 8
    config["task"]["split"]["dev"] = 45  # two halves, so that fidelity can be measured
    config["promotion"] = {"max_copied": 0.1, "max_pii": 5}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run_file(Path("tickets.yaml"), ["finals.mixture=false"])
    return folder


@pytest.fixture
def store(lab, monkeypatch):
    monkeypatch.chdir(lab)
    return open_store()


def entry(store, name):
    return next(item for item in board(store, "tickets")["candidates"] if item["name"] == name)


MORE_THAN_A_TEXT = {"fairness", "marginals"}
"""Parts that measure what a row is declared to have beside its text."""


def test_the_default_panel_is_all_that_is_fast_and_reads_texts(store):
    fast = {name for name in TABLE["quality"] if resolve("quality", name).COST == "fast"}
    assert {part.use for part in DEFAULT_QUALITY} == fast - MORE_THAN_A_TEXT
    panel = candidate_panel(store, entry(store, "direct")["run_id"])
    assert not panel.skipped
    assert {"label_wrong", "label_issues", "trts", "c2st_auc", "copied"} <= {
        item.name for item in panel.measures
    }


def test_what_was_copied_shuts_the_gate_with_its_figure(store):
    panel = candidate_panel(store, entry(store, "augment")["run_id"])
    share = panel.get("copied").value
    assert share > 0.1
    with pytest.raises(GateError) as caught:
        promote(store, "tickets", candidate="augment")
    gates = {gate.key: gate for gate in caught.value.verdict.gates}
    assert gates["copied"].outcome == "failed"
    assert gates["copied"].numbers == {"value": share, "limit": 0.1}
    assert f"{share:.1%} of its rows repeat" in gates["copied"].said
    assert gates["pii"].outcome == "passed"
    with pytest.raises(GateError):
        promote(store, "tickets", candidate="augment", challenger=True)


def test_the_panel_stands_in_the_card_of_rows_that_the_gates_let_pass(store, synthlab, lab):
    assert promote(store, "tickets", candidate="direct").outcome == "promoted"
    said = synthlab("generate", "tickets@champion", "-n", "6", "-o", "out", "--format", "jsonl")
    assert said.code == 0, said.err
    card = (lab / "out" / "README.md").read_text(encoding="utf-8")
    for item in candidate_panel(store, entry(store, "direct")["run_id"]).measures:
        around = "" if item.low is None else f" ({item.low:.3g} to {item.high:.3g})"
        assert f"| {item.name} | {item.value:.3g}{around} |" in card
        assert item.said in card


def test_the_report_has_each_measure_of_the_winner_with_its_verdict(store):
    found = board(store, "tickets")
    winner = found["winner"] or found["candidates"][0]["name"]
    page = report(store, "tickets")
    for item in candidate_panel(store, entry(store, winner)["run_id"]).measures:
        assert item.name in page
        assert WORDS[item.verdict] in page


def test_compare_and_the_python_interface_tell_the_same_figures(store, synthlab):
    said = synthlab("compare", "tickets", "--panel", "--json")
    told = {
        item["name"]: panel_of(item["panel"]).measures
        for item in json.loads(said.out)["candidates"]
    }
    table = sl.open_run("tickets").panel
    assert set(table["candidate"]) == {"direct", "augment"}
    for name, measures in told.items():
        own = table[table["candidate"] == name]
        assert own["name"].tolist() == [item.name for item in measures]
        assert own["value"].tolist() == [item.value for item in measures]


def test_the_description_says_the_panel_before_the_classes(store):
    run = store.client.get_run(entry(store, "augment")["run_id"])
    note = run.data.tags["mlflow.note.content"]
    places = [note.index(text) for text in ("`copied`", "Each class")]
    assert places == sorted(places)
    assert json.loads(artifact_text(store, run.info.run_id, "panel.json"))["measures"]


def test_eighty_classes_cut_no_panel_from_the_description():
    made = trial("direct")
    one = next(iter(made.score.per_class.values()))
    many = {f"a class with quite a long name {n}": one for n in range(80)}
    bad = Measure("copied", "copying", 0.4, "lower", "share", "much of it is copied", "bad")
    found = Feedback((Finding("telling", "a finding " * 30, 0.1),) * 30)
    crowded = replace(
        made, score=replace(made.score, per_class=many), panel=Panel((bad,)), feedback=found
    )
    note = notes.describe(crowded, "dev", 1000)
    assert len(note) <= notes.LONGEST_NOTE
    assert "much of it is copied" in note
    assert note.endswith("…")
