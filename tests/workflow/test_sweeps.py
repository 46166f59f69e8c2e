"""Searches over a sweep of everything: repeatable, resumable, and estimated as they run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from synthlab.generators.direct import Direct
from synthlab.lm.base import LMSettings
from synthlab.outcomes import RunResult
from synthlab.records import Brief
from synthlab.report.plans import plan_text
from synthlab.workflow.lab import compile_file, estimate_file, run_file
from synthlab.workflow.progress import Quiet
from synthlab.workflow.rehearse import Rehearsals, rehearse

CONFIG = Path("tickets.yaml")
SWEEP = """sweep={
  generator: [direct, {use: direct, name: terse, prompts: {row: "A short {document}: {label}."}}],
  lm.temperature: [0.2, 0.6, 1.0],
  generator.rows_per_request: [1, 3],
  curation: [[], [format, duplicates]]}"""
FAST = ["budget.rows_per_class=4", "scoring.real_sizes=[]"]
TPE = [SWEEP, "search={use: tpe, with: {trials: 4, startup: 2}}", *FAST]
RACE = "racing: {rungs: [2], keep: 1}"
RACED = [SWEEP, f"search={{use: tpe, with: {{trials: 6, startup: 4, batch: 2, {RACE}}}}}", *FAST]
RANDOM = [SWEEP, "search={use: random, with: {trials: 4}}", *FAST]
DRAWN = [SWEEP, f"search={{use: random, with: {{trials: 5, {RACE}}}}}", *FAST]


class Told(Quiet):
    """Keeps what began and what was said."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, str]] = []
        self.notes: list[str] = []

    def begin(self, name, rows, place, parts=()):
        self.begun.append((name, rows, place))

    def note(self, text):
        self.notes.append(text)


def run(options, *more: str) -> tuple[RunResult, Told]:
    told = Told()
    return run_file(CONFIG, [*options, *more], told)[0], told


def scores(result: RunResult) -> list[tuple[str, float, str]]:
    return [(trial.candidate.name, trial.score.f1, trial.out) for trial in result.trials]


@pytest.mark.parametrize(
    "options",
    [TPE, RACED, pytest.param(DRAWN, marks=pytest.mark.slow)],
    ids=["tpe", "tpe-raced", "random-raced"],
)
def test_a_run_goes_on_from_a_cap_and_repeats_itself_and_takes_what_was_estimated(
    workplace, options
):
    stopped, part = run(options, "budget.calls=20")
    gone_on, way = run(options, "budget.calls=10000")
    again, same = run(options)
    assert "calls" in stopped.stopped
    assert not gone_on.stopped
    assert way.begun[: len(part.begun)] == part.begun
    assert way.begun == same.begun
    assert scores(gone_on) == scores(again)
    assert len({name for name, _, _ in way.begun}) == len(again.trials) < 24
    assert again.paid.calls == 0
    paid = stopped.paid.calls + gone_on.paid.calls
    assert paid == sum(trial.usage.calls for trial in again.trials)
    total = estimate_file(CONFIG, options).total
    assert total.calls.low <= paid <= total.calls.high


def test_an_estimate_is_of_as_many_as_are_tried(workplace):
    grid, part = estimate_file(CONFIG, [SWEEP, *FAST]), estimate_file(CONFIG, RANDOM)
    assert part.total.calls.likely == pytest.approx(grid.total.calls.likely * 4 / 24)
    assert "random tries 4 of the 24 combinations" in part.notes
    raced = estimate_file(CONFIG, DRAWN)
    assert raced.total.calls.likely < part.total.calls.likely * 5 / 4
    assert "a race makes 60% to 80% of these candidates' rows: the total says so" in raced.notes


def test_how_many_are_tried_is_said_before_and_while_it_runs(workplace):
    said = "random tries 4 of the 24 combinations"
    assert f"note: {said}" in plan_text(compile_file(CONFIG, RANDOM).overview())
    told = run(RANDOM)[1]
    assert told.notes[0] == said
    assert [place for _, _, place in told.begun] == [f"{n} of 4" for n in range(1, 5)]


def test_more_trials_than_combinations_are_told_beforehand(workplace):
    options = ["sweep={lm.temperature: [0.2, 0.9]}", "search={use: tpe, with: {trials: 50}}"]
    notes = compile_file(CONFIG, options).overview()["notes"]
    assert notes[-1] == "tpe tries all 2 combinations: there are no 50"


def test_without_a_sweep_the_one_candidate_is_run_and_a_note_says_so(workplace):
    result, told = run(["sweep={}", "search=tpe", *FAST])
    assert len(result.trials) == 1
    assert told.notes == ["tpe has nothing to choose from: the config sweeps over no values"]


def test_a_candidate_that_cannot_make_rows_is_told_to_tpe_as_failed(workplace):
    sweep = "sweep={lm.model: [fake/words, fake/empty], lm.temperature: [0.2, 1.0]}"
    result, told = run([sweep, "search={use: tpe, with: {trials: 4, startup: 2}}", *FAST])
    assert {failure.name for failure in result.failed} == {
        name for name, _, _ in told.begun if "fake/empty" in name
    }
    assert len(result.trials) == len(result.failed) == 2


class TestRehearsals:
    BRIEF = Brief("message", ("a", "b"), {"a": "apples", "b": "boats"})

    def generator(self, text: str = "Write about {label}.", rows: int = 1) -> Direct:
        return Direct(Direct.Params(), self.BRIEF, (), 0, {"row": text}, rows)

    def test_how_an_lm_samples_does_not_ask_for_another(self):
        stage, lm = Rehearsals(), LMSettings("fake/words")
        first = stage.of("direct", self.generator(), lm)
        warm = replace(lm, temperature=0.1, top_p=0.5)
        assert stage.of("direct", self.generator(), warm) is first
        assert first == rehearse(self.generator(), warm)

    @pytest.mark.parametrize("other", [{"text": "On {label}."}, {"rows": 2}])
    def test_another_prompt_does(self, other):
        stage, lm = Rehearsals(), LMSettings("fake/words")
        first = stage.of("direct", self.generator(), lm)
        assert stage.of("direct", self.generator(**other), lm) != first

    def test_another_way_to_read_the_answer_or_another_program_does(self):
        stage, lm = Rehearsals(), LMSettings("fake/words")
        first = stage.of("direct", self.generator(), lm)
        assert stage.of("direct", self.generator(), replace(lm, adapter="json")) != first
        assert stage.of("mine", self.generator(), lm) is not first
