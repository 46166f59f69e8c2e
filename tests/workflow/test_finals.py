"""The finals: fresh generations, who is picked, what test is asked, on the scripted LM."""

import json
from pathlib import Path

import pandas as pd
import pytest

from synthlab.errors import ConfigError
from synthlab.tracking.candidates import candidate_calls
from synthlab.tracking.read import list_runs, reads_of_test
from synthlab.workflow.lab import board, compile_file, open_store, run_file
from tests.conftest import set_out, table_rows

KNOWS = """
import random
import dspy
from synthlab import Generator
from pydantic import BaseModel, ConfigDict

ROWS = KNOWN

class Knows(Generator):
    class Params(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

    def prepare(self, shots):
        self.ask = dspy.Predict(dspy.Signature("label -> text"))

    def forward(self, request):
        self.ask(label=request.label)
        own = [text for text, label in ROWS if label == request.label]
        return dspy.Prediction(text=random.Random(request.seed).choice(own))
"""

FINALS = ["finals.replicates=3", "finals.real_sizes=[2, 5]"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One finished run with finals, shared by the tests that only read it."""
    folder = set_out(tmp_path_factory.mktemp("finals"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result, found = run_file(Path("tickets.yaml"), FINALS)
        yield result, found, open_store()


def rows_of(store, run_id):
    return pd.read_parquet(store.client.download_artifacts(run_id, "rows/kept.parquet"))


def test_each_finalist_is_generated_afresh_with_rows_of_its_own(lab):
    result, _, store = lab
    searched = {row.values["text"] for trial in result.trials for row in trial.curated.kept}
    for finalist in result.finals.finalists:
        rows = rows_of(store, finalist.run_id)
        assert list(rows["generation"].value_counts()) == [18, 18, 18]
        texts = rows.groupby("generation")["text"].apply(set)
        assert not texts["1"] & texts["2"]
        assert not set(rows["text"]) & searched
        assert (finalist.dev.generations, finalist.rows) == (3, 18)


def test_the_winner_has_the_highest_lower_end_and_is_what_the_board_names(lab):
    result, found, _ = lab
    ends = [finalist.dev.low for finalist in result.finals.finalists]
    assert ends == sorted(ends, reverse=True)
    assert result.winner.candidate.name == result.finals.winner.name == found["winner"]


def test_test_is_asked_for_synthetic_rows_real_rows_both_and_the_direct_prompt(lab):
    result, _, _ = lab
    finals = result.finals
    assert [arm.name for arm in finals.arms] == [
        "synthetic alone",
        "real alone",
        "both",
        "direct prompt",
    ]
    assert [(item.a, item.b) for item in finals.contrasts] == [
        ("synthetic alone", "direct prompt"),
        ("synthetic alone", "real alone"),
        ("both", "real alone"),
    ]
    assert all(item.p_holm >= item.p for item in finals.contrasts)
    # 90 rows less 24 test rows: seed and dev may be trained on.
    assert finals.arm("real alone").real == 66
    assert finals.arm("both").rows == 66 + 18
    assert "train on" in finals.said[0]
    assert "66 real rows alone" in finals.said[0]


def test_optimism_is_what_the_search_saw_less_what_test_says(lab):
    finals = lab[0].finals
    test = finals.arm("synthetic alone").estimate.value
    assert finals.optimism == pytest.approx(finals.winner.search - test)
    assert finals.crossed == pytest.approx(test)  # every generation chooses the same one
    assert finals.optimism_fresh == pytest.approx(finals.winner.dev.value - test)


def test_curves_hold_real_synthetic_and_both_and_are_said_in_words(lab):
    finals = lab[0].finals
    assert [point.per_class for point in finals.curves["real"]] == [1, 2, 5]
    assert [point.per_class for point in finals.curves["both"]] == [2, 5]
    assert [point.per_class for point in finals.curves["synthetic"]] == [5, 6, 12, 18]
    assert "are worth" in finals.said[1]
    assert "to reach" in finals.said[2]


def test_another_family_of_classifier_judges_too(lab):
    (family,) = lab[0].finals.families
    assert family.model == "lsa-logreg"
    assert [arm.name for arm in family.arms] == [arm.name for arm in lab[0].finals.arms]
    assert family.against == ()


def test_everything_is_logged_and_read_back_the_same(lab):
    result, found, store = lab
    logged = {key: value for key, value in found.items() if key != "unsent"}
    assert board(store, "tickets") == {**logged, "skipped": ""}
    assert json.loads(json.dumps(found["finals"])) == found["finals"]
    calls, fresh = candidate_calls(store, found["run_id"], found["candidates"][0])
    assert fresh
    assert calls.called.shape == (3, 24)
    metrics = store.client.get_run(result.run_id).data.metrics
    assert metrics["test_f1"] == pytest.approx(
        result.finals.arm("synthetic alone").estimate.value, abs=1e-4
    )
    assert metrics["dev_low"] < metrics["dev_high"]


def test_dev_rows_may_be_kept_from_training(workplace):
    result, _ = run_file(Path("tickets.yaml"), [*FINALS, "task.real_rows=seed"])
    assert result.finals.arm("real alone").real == 42  # the seed rows
    assert "Dev rows were trained on for the curve of real rows only" in result.finals.said[-1]


def test_real_rows_may_be_kept_from_training_and_from_prompts(workplace):
    result, _ = run_file(Path("tickets.yaml"), [*FINALS, "task.real_rows=score"])
    assert [arm.name for arm in result.finals.arms] == ["synthetic alone", "direct prompt"]
    assert result.winner.augmented is None
    with pytest.raises(ConfigError, match="score lets no prompt show a real row"):
        compile_file(
            Path("tickets.yaml"), ["task.real_rows=score", "sweep={generator: [few_shot]}"]
        )


def test_finals_without_a_direct_prompt_say_so(workplace):
    only = "sweep={generator: [{use: direct, prompts: {row: 'Write a {document} of {label}.'}}]}"
    result, _ = run_file(Path("tickets.yaml"), [*FINALS, only])
    assert result.finals.arm("direct prompt") is None
    assert any("direct prompt is not compared with" in said for said in result.finals.said)


def test_fresh_rows_count_in_what_the_run_took(lab):
    result, _, store = lab
    metrics = store.client.get_run(result.run_id).data.metrics
    assert metrics["calls"] == result.paid.calls == metrics["paid_calls"]
    assert result.fresh.calls > 3 * 2 * 18 - 1


def test_rows_that_stand_in_test_are_taken_out_and_told(workplace):
    """A generator that knows the whole data set by heart, as a model may."""
    text = KNOWS.replace("KNOWN", repr(table_rows()))
    (workplace / "own.py").write_text(text, encoding="utf-8")
    sweep = "sweep={generator: ['own.py:Knows']}"
    result, _ = run_file(Path("tickets.yaml"), [sweep, "curation=[format]"])
    assert any("synthetic rows that stand in test were left out" in s for s in result.finals.said)


def test_opening_test_is_counted_over_runs_and_said(workplace, synthlab):
    overrides = ["--set", "finals.replicates=2"]
    first = synthlab("run", "tickets.yaml", *overrides)
    assert "opened once" in first.out
    again = synthlab("run", "tickets.yaml", *overrides, "--set", "name=other")
    assert "opened 2 times" in again.out
    assert "take fresh ones for a claim" in again.out
    store = open_store()
    assert reads_of_test(store, compile_file(Path("tickets.yaml")).splits.test.digest) == 2
    elsewhere = synthlab("run", "tickets.yaml", "--set", "task.split.seed=9")
    assert "opened once" in elsewhere.out


def test_a_cap_that_ends_the_finals_leaves_test_sealed_and_a_larger_one_goes_on(workplace):
    plan = compile_file(Path("tickets.yaml"))
    short, _ = run_file(Path("tickets.yaml"), [*FINALS, "budget.calls=50"])
    assert short.stopped
    assert short.finals is None
    assert {trial.candidate.name for trial in short.trials} == {"direct", "attributes"}
    assert reads_of_test(open_store(), plan.splits.test.digest) == 0
    whole, _ = run_file(Path("tickets.yaml"), [*FINALS, "budget.calls=500"])
    assert whole.finals is not None
    free, _ = run_file(Path("tickets.yaml"), [*FINALS, "name=again"])
    assert free.paid.calls == 0
    assert free.finals.winner.dev == whole.finals.winner.dev
    assert short.paid.calls + whole.paid.calls == sum(
        trial.usage.calls for trial in whole.trials
    ) + _fresh_calls(whole)


def _fresh_calls(result):
    store = open_store()
    total = 0
    for finalist in result.finals.finalists:
        history = store.client.get_metric_history(finalist.run_id, "calls")
        total += sum(int(item.value) for item in history)
    return total


def test_without_replicates_the_searchs_own_rows_are_judged_and_that_is_said(workplace, synthlab):
    said = synthlab("run", "tickets.yaml")
    assert "leave the luck of a generation out" in said.out
    assert "Each prompt was generated once" in said.out


def test_the_shortlist_is_the_best_and_the_direct_prompt(workplace):
    result, _ = run_file(Path("tickets.yaml"), ["finals.shortlist=1", "finals.replicates=2"])
    assert [f.name for f in result.finals.finalists] == ["attributes", "direct"]


def test_a_race_drops_the_clear_loser_and_says_what_that_saved(workplace, synthlab):
    race = "search={use: racing, with: {rungs: [2], keep: 1}}"
    said = synthlab("run", "tickets.yaml", "--set", race, "--set", "seed=2")
    assert said.code == 0, said.err
    assert "direct is out: at 2 rows a class" in said.err
    assert "the race saved 12 rows" in said.out
    found = json.loads(synthlab("compare", "tickets", "--json").out)
    first, second = found["candidates"]
    assert (first["name"], first["out"], first["rows"]) == ("attributes", "", 18)
    assert (second["name"], second["rows"]) == ("direct", 6)
    assert [size for size, _ in first["curve"]] == [1, 2, 3, 6]
    # The rungs are points of one line in MLflow's charts; the last one is its classifier's, too.
    history = open_store().client.get_metric_history(first["run_id"], "f1")
    at_rung = dict(map(tuple, first["curve"]))[2]
    assert at_rung != first["f1"]
    assert list(dict.fromkeys((item.step, item.value) for item in history)) == [
        (6, round(at_rung, 4)),
        (18, round(first["f1"], 4)),
    ]
    # What a loser's line ends with is the score that it lost by.
    lost = open_store().client.get_metric_history(second["run_id"], "f1")
    assert {(item.step, item.value) for item in lost} == {(6, round(second["f1"], 4))}


def test_a_run_that_is_stopped_in_a_race_keeps_the_last_rung_and_the_rows_beyond(workplace):
    race = ["search={use: racing, with: {rungs: [2, 3], keep: 1}}", "budget.calls=14"]
    result, _ = run_file(Path("tickets.yaml"), race)
    assert result.stopped
    out = {trial.candidate.name: trial.out for trial in result.trials}
    assert out["attributes"].startswith("stopped at 2 rows a class: budget: the cap")
    assert out["direct"].startswith("at 2 rows a class")
    (run,) = list_runs(open_store())
    assert (run["status"], run["winner"]) == ("KILLED", "attributes")
    spare = open_store().client.download_artifacts(result.winner.run_id, "rows/unjudged.parquet")
    assert len(pd.read_parquet(spare)) == 2


@pytest.mark.parametrize(
    "line", ["finals.shortlist=0", "finals.replicates=-1", "finals.weights=[]"]
)
def test_settings_that_make_no_sense_are_refused_with_their_name(workplace, line):
    with pytest.raises(ConfigError, match=line.split("=")[0].split(".")[1]):
        compile_file(Path("tickets.yaml"), [line])
