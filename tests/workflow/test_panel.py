"""The quality panel of a run: measured of whole trials, logged, shown, and never in the way."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from synthlab.errors import ConfigError, SynthlabError
from synthlab.measures import panel_of
from synthlab.tracking.read import artifact_text, candidate_panel
from synthlab.workflow.lab import board, compile_file, open_store, run_file
from synthlab.workflow.panel import measured, subject
from synthlab.workflow.uses import Used
from tests.conftest import set_out
from tests.tracking.made import trial

PART = """
from pydantic import BaseModel
from synthlab.errors import ConfigError
from synthlab.measures import Measure
from synthlab.quality.base import Skip

class Own:
    COST = "fast"
    class Params(BaseModel, extra="forbid"):
        name: str = "own"
        value: float = 0.5
        skip: bool = False
        fail: bool = False
        leave: bool = False
        missing: bool = False
    def __init__(self, params):
        self.params = params
        if params.missing:
            raise ConfigError("it needs the package own", "pip install own")
    def measure(self, subject):
        if self.params.skip:
            raise Skip("it has not the time")
        if self.params.fail:
            raise ZeroDivisionError("by nought")
        if self.params.leave:
            raise SystemExit(3)
        return [Measure(self.params.name, "own", self.params.value, "lower", "share",
                        "it is what it is", "bad")]
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory, blank_store):
    """A folder with a run that has the default panel and a part of the user's own."""
    folder = set_out(tmp_path_factory.mktemp("panel"))
    (folder / "own.py").write_text(PART)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        parts = "quality.parts=[copying, diversity, pii, privacy, own.py:Own]"
        run_file(Path("tickets.yaml"), [parts, "finals.mixture=false"])
    return folder


@pytest.fixture
def runs(lab, synthlab, monkeypatch):
    """The command line in that folder."""
    monkeypatch.chdir(lab)
    return synthlab


@pytest.fixture
def own(workplace, ready_stores):
    """Run with a part of the user's own, with parameters."""
    (workplace / "own.py").write_text(PART)

    def go(params: str):
        part = f"quality.parts=[{{use: own.py:Own, with: {{{params}}}}}]"
        return run_file(Path("tickets.yaml"), [part, "generator=direct", "sweep={}"])

    return go


def entries():
    store = open_store()
    return store, board(store, "tickets")["candidates"]


def test_each_candidate_has_its_panel_as_an_artifact(runs):
    store, found = entries()
    for entry in found:
        panel = panel_of(json.loads(artifact_text(store, entry["run_id"], "panel.json")))
        names = {item.name for item in panel.measures}
        assert {"copied", "distinct2", "pii", "own"} <= names
        assert panel.seconds > 0
        assert panel.skipped.keys() == {"privacy"}
        assert "no prompt showed" in panel.skipped["privacy"]


def test_its_figures_are_metrics_and_the_score_is_not_touched(runs):
    store, found = entries()
    for entry in found:
        metrics = store.client.get_run(entry["run_id"]).data.metrics
        panel = candidate_panel(store, entry["run_id"])
        for item in panel.measures:
            assert metrics[item.name] == pytest.approx(item.value, abs=1e-4)
        assert metrics["f1"] == pytest.approx(entry["f1"], abs=1e-4)


def test_the_description_says_what_is_not_good_in_words(runs):
    store, found = entries()
    note = store.client.get_run(found[0]["run_id"]).data.tags["mlflow.note.content"]
    assert "- **bad** `own`: it is what it is" in note
    assert "- good: `copied`" in note
    assert "- not measured: privacy: no prompt showed" in note


def test_compare_names_each_candidates_concerns(runs):
    said = runs("compare", "tickets").out
    assert "quality panel: what is not good" in said
    assert "- own (bad): it is what it is" in said
    assert "self_bleu" not in said


def test_compare_shows_all_of_it_when_asked(runs):
    said = runs("compare", "tickets", "--panel").out
    assert "distinct2" in said
    assert "privacy was not measured: no prompt showed" in said


def test_json_has_the_concerns_and_when_asked_all_of_it(runs):
    found = json.loads(runs("compare", "tickets", "--json").out)["candidates"][0]
    assert {"name": "own", "verdict": "bad", "said": "it is what it is"} in found["concerns"]
    assert "panel" not in found
    found = json.loads(runs("compare", "tickets", "--panel", "--json").out)["candidates"][0]
    assert panel_of(found["panel"]).get("copied") is not None


def test_two_candidates_are_shown_side_by_side(runs):
    found = json.loads(runs("compare", "tickets", ":direct", "--json").out)
    assert panel_of(found["b"]["panel"]).get("distinct2") is not None
    said = runs("compare", "tickets", ":direct", "--panel").out
    assert "quality panel" in said
    assert "distinct2" in said


def test_only_seed_and_dev_rows_are_looked_at(lab, monkeypatch):
    """Seed rows can have been copied, dev rows are the null; the test split stays sealed."""
    monkeypatch.chdir(lab)
    plan = compile_file(Path("tickets.yaml"))
    seen = []

    class Spy:
        COST = "fast"

        def __init__(self, params):
            pass

        def measure(self, about):
            seen.append(about)
            return []

    plan = replace(plan, quality=(Used("spy", Spy, None, None),))
    made = replace(trial("direct"), shown=(plan.splits.seed[0].id,))
    measured(plan, made)
    (about,) = seen
    assert about.real == about.held == tuple(plan.splits.dev)
    assert about.source == tuple(plan.splits.seed)
    assert [row.id for row in about.shown] == [plan.splits.seed[0].id]
    assert len(about.asked) == len(made.curated.rows)
    assert subject(plan, made).kept == made.curated.kept


def test_the_panel_can_be_switched_off(workplace, ready_stores, synthlab):
    result, _ = run_file(Path("tickets.yaml"), ["quality.parts=[]", "finals.mixture=false"])
    assert all(trial.panel.measures == () for trial in result.trials)
    assert candidate_panel(open_store(), result.trials[0].run_id).measures == ()
    assert "quality panel" not in synthlab("compare", "tickets", "--panel").out


def test_a_part_that_fails_ends_the_run_with_its_cause(own):
    with pytest.raises(SynthlabError, match=r"quality part 'own.py:Own' failed: ZeroDivisionError"):
        own("fail: true")
    with pytest.raises(SynthlabError, match=r"quality part 'own.py:Own' failed: SystemExit: 3"):
        own("leave: true")


def test_a_part_that_cannot_measure_says_why_and_the_run_goes_on(own):
    result, _ = own("skip: true")
    assert result.trials[0].panel.skipped == {"own.py:Own": "it has not the time"}


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ("name: f1", "there is a metric of that name already"),
        ("name: f1_refund", "there is a metric of that name already"),
        ("name: Much too long", "at most 12 characters"),
        ("value: .nan", "nan is no figure"),
    ],
)
def test_a_measure_that_cannot_be_logged_is_told(own, params, why):
    with pytest.raises(SynthlabError, match=why):
        own(params)


def test_a_part_that_misses_a_package_is_told_before_the_run(own):
    with pytest.raises(ConfigError, match=r"quality\.parts.*it needs the package own"):
        own("missing: true")


def test_an_unknown_part_is_told_with_its_line_and_what_was_meant(workplace):
    text = Path("tickets.yaml").read_text()
    Path("tickets.yaml").write_text(f"{text}quality:\n  parts: [copyin]\n")
    with pytest.raises(ConfigError, match=r"tickets.yaml:23: .*Did you mean 'copying'"):
        compile_file(Path("tickets.yaml"))


def test_a_run_without_a_panel_is_shown_as_before(runs, lab):
    """Runs of earlier versions have no panel.json."""
    store, found = entries()
    assert candidate_panel(store, board(store, "tickets")["run_id"]).measures == ()
    assert candidate_panel(store, found[0]["run_id"]).measures
