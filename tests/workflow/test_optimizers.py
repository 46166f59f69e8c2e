"""DSPy's optimizers on the real objective: purposes, replay, demos that are promoted, errors."""

import json
from pathlib import Path

import pytest

from synthlab.errors import ConfigError
from synthlab.lm.journal.query import Calls
from synthlab.tracking.registry import load_program
from synthlab.tracking.runs import RunLog
from synthlab.workflow.journals import journal_url, open_journal
from synthlab.workflow.lab import compile_file, open_store
from synthlab.workflow.objective import Objective
from synthlab.workflow.progress import Quiet
from tests.conftest import set_out

PARAMS = {
    "miprov2": "{candidates: 3, trials: 4}",
    "copro": "{breadth: 2, depth: 2}",
    "dspy-gepa": "{proposals: 2}",
    "bootstrap": "{sets: 2, threshold: 0.1}",
}
ASKED = {"miprov2": 3, "copro": 3, "dspy-gepa": 2, "bootstrap": 0}
SMALL = ["sweep={generator: [direct]}", "budget.rows_per_class=4"]
DEMO = "{label: refund, text: money back}"


def using(name: str) -> list[str]:
    return [f"search={{use: {name}, with: {PARAMS[name]}}}", *SMALL]


class Searched:
    """What a search did with the run's own objective; baselines and finals are left out."""

    def __init__(self, overrides: list[str]) -> None:
        self.plan = compile_file(Path("tickets.yaml"), overrides)
        store = open_store()
        journal = open_journal(self.plan, store.root)
        log = RunLog.start(store, "tickets", "tickets", "", {}, {})
        journal.run = log.run_id
        self.objective = Objective(self.plan, log, journal, Quiet())
        start = [member.candidate for member in self.plan.members]
        self.trials = list(self.plan.search.run(start, self.objective))
        self.objective.close()
        journal.close()
        log.stop("FINISHED", "")
        self.paid = self.objective.paid
        calls = Calls(journal_url(store.root), [log.run_id])
        self.sent = {found["purpose"]: found["attempts"] for found in calls.sums(("purpose",))}
        calls.close()

    def of(self, name: str):
        return next(trial for trial in self.trials if trial.candidate.name == name)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory):
    """Each optimizer, run twice."""
    folder = set_out(tmp_path_factory.mktemp("optimizers"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield {name: (Searched(using(name)), Searched(using(name))) for name in PARAMS}


@pytest.mark.parametrize("name", PARAMS)
def test_rows_and_proposals_are_counted_apart(done, name):
    first, _ = done[name]
    assert first.trials[0].candidate.name == "direct"
    assert len(first.trials) > 1
    made = {row.lineage.call for trial in first.trials for row in trial.curated.rows}
    assert first.sent.get("reflect", 0) == ASKED[name]
    # The rows of ``direct`` are another search's by now; all others are calls of this one.
    assert first.sent["generate"] == len(made) - (0 if name == "miprov2" else 12)


@pytest.mark.parametrize("name", PARAMS)
def test_the_second_time_nothing_is_paid_and_the_same_is_found(done, name):
    first, again = done[name]
    assert again.paid.calls == 0
    assert [(t.candidate.digest, t.score.f1) for t in again.trials] == [
        (t.candidate.digest, t.score.f1) for t in first.trials
    ]
    assert again.plan.search.ending == first.plan.search.ending


def test_a_proposal_that_lost_its_placeholders_still_names_each_class(done):
    trial = done["copro"][0].of("copro 1")
    assert "{label}" not in trial.candidate.texts["row"]
    for label, prompt in trial.prompts.items():
        assert f"label: {label}" in prompt


def test_demos_show_generated_rows_only(done):
    first, _ = done["bootstrap"]
    splits = first.plan.splits
    real = {row.values["text"] for row in (*splits.seed, *splits.dev)}
    made = first.of("bootstrap 1")
    shown = {demo["text"] for demo in json.loads(made.program)["state"]["write"]["demos"]}
    kept = {row.values["text"] for row in first.of("direct").curated.kept}
    assert shown
    assert shown <= kept
    assert not shown & real


def test_an_lm_that_cannot_propose_is_told_and_ends_nothing(workplace):
    found = Searched([*using("copro"), "reflection={model: fake/empty}"])
    assert [trial.candidate.name for trial in found.trials] == ["direct"]
    assert found.plan.search.finish == "proposals unusable"


def test_a_made_prompt_that_is_too_long_is_out_and_the_search_goes_on(workplace):
    wordy = ["search={use: bootstrap, with: {sets: 2, demos: 9, threshold: 0.1}}", *SMALL]
    found = Searched([*wordy, "lm.context=128"])
    assert [trial.candidate.name for trial in found.trials] == ["direct"]
    assert {item.name for item in found.objective.failed} == {"bootstrap 1", "bootstrap 2"}
    assert "the context holds 128" in found.objective.failed[0].reason
    assert found.plan.search.finish == "no improvement"


def test_a_run_that_stops_while_optimizing_keeps_the_trials_and_a_whole_one_can_be_promoted(
    workplace, synthlab
):
    sets = [arg for item in using("bootstrap") for arg in ("--set", item)]
    stopped = synthlab("run", "tickets.yaml", *sets, "--set", "budget.calls=30")
    assert stopped.code == 2
    board = json.loads(synthlab("compare", "tickets", "--json").out)
    assert {item["name"] for item in board["candidates"]} == {"direct", "bootstrap 1"}
    assert board["status"] == "KILLED"

    whole = synthlab("run", "tickets.yaml", *sets)
    assert whole.code == 0
    assert whole.out.startswith("tickets: macro-F1")
    assert synthlab("promote", "tickets", "--candidate", "bootstrap 2").code == 0
    demos = load_program(open_store(), "tickets")[1]["state"]["write"]["demos"]
    assert synthlab("generate", "tickets@champion", "-n", "3", "-o", "out").code == 0
    synthlab("calls", "--export", "calls.jsonl")
    calls = [json.loads(line) for line in Path("calls.jsonl").read_text("utf-8").splitlines()]
    shown = [call for call in calls if all(demo["text"] in call["prompt"] for demo in demos)]
    assert demos
    assert len(shown) >= 12 + 3  # the trial's rows, and new ones


class TestConfig:
    def test_demos_change_the_digest_and_no_demos_leave_it_as_it_was(self, workplace):
        def digest(*overrides):
            plan = compile_file(Path("tickets.yaml"), ["sweep={}", *overrides])
            return plan.members[0].candidate.digest

        assert digest("generator.demos=[]") == digest()
        assert digest(f"generator.demos=[{DEMO}]") != digest()

    def test_a_demo_of_no_class_is_refused(self, workplace):
        with pytest.raises(ConfigError, match="no class 'x'; classes: account, delivery, refund"):
            compile_file(
                Path("tickets.yaml"), ["sweep={}", "generator.demos=[{label: x, text: y}]"]
            )

    def test_demos_are_seen_in_the_prompt_before_anything_is_paid(self, workplace):
        plan = compile_file(Path("tickets.yaml"), ["sweep={}", f"generator.demos=[{DEMO}]"])
        assert "[assistant]\nmoney back" in "".join(plan.members[0].prompts["account"])

    @pytest.mark.parametrize(
        ("search", "said"),
        [
            ("{use: miprov2, with: {candidates: 1}}", "candidates.*greater than or equal to 2"),
            ("{use: miprov2, with: {num_trials: 9}}", "num_trials"),
            ("{use: copro, with: {breadth: 1}}", "breadth.*greater than or equal to 2"),
            ("{use: bootstrap, with: {threshold: 0}}", "threshold.*greater than 0"),
            ("{use: dspy-gepa, with: {proposals: many}}", "proposals.*valid integer"),
            ("mipro", "Did you mean 'miprov2'"),
        ],
    )
    def test_wrong_parameters_are_told(self, workplace, search, said):
        with pytest.raises(ConfigError, match=said):
            compile_file(Path("tickets.yaml"), [f"search={search}"])
