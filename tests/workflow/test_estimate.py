"""Estimates: ranges that hold what a run then takes, and probes that make them surer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from synthlab.lm.journal.query import Calls
from synthlab.report.estimates import estimate_view, in_words
from synthlab.workflow.lab import compile_file, estimate_file, run_file
from synthlab.workflow.probe import probe_lm

CONFIG = Path("tickets.yaml")
HOSTED = "lm.model=openai/gpt-4o-mini"
TWO_CALLS = """
import dspy
from synthlab.generators.base import Generator

class HeadlineFirst(Generator):
    prompts = {"headline": "A headline about {label}.", "story": "---\\n\\n---\\n{headline}"}

    def prepare(self, shots):
        self.headline = dspy.Predict(self.signature("headline", ["label"], output="headline"))
        self.story = dspy.Predict(self.signature("story", ["headline"]))

    def forward(self, request):
        return self.story(headline=self.headline(label=request.label).headline)
"""


def within(value: float, range_) -> bool:
    return range_.low <= value <= range_.high


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")


@pytest.mark.parametrize("probe", [0, 4])
def test_a_run_takes_what_was_estimated(workplace, probe):
    before = estimate_file(CONFIG, probe=probe)
    result, _ = run_file(CONFIG)
    parts = {part.name: part for part in before.parts}
    for trial in result.trials:
        part = parts[trial.candidate.name]
        assert within(len(trial.curated.rows), part.requests)
        assert within(trial.usage.calls, part.calls)
        assert within(trial.usage.input_tokens, part.tokens_in)
        assert within(trial.usage.output_tokens, part.tokens_out)
        assert part.usd.high == 0
    assert within(sum(trial.usage.tokens for trial in result.trials), before.total.tokens)


def test_a_run_makes_at_least_its_quota_and_at_most_its_tries(workplace):
    total = estimate_file(CONFIG, ["sweep={}", "budget.tries=2.5"]).total
    assert total.requests.low == 6 * 3
    assert total.requests.high == 15 * 3


def test_every_call_of_a_program_is_counted(workplace):
    (workplace / "two.py").write_text(TWO_CALLS, encoding="utf-8")
    total = estimate_file(CONFIG, ["sweep={}", "generator=two.py:HeadlineFirst"]).total
    assert total.calls.likely == 2 * total.requests.likely


def test_a_probe_of_a_model_whose_rows_are_dropped_expects_more_requests(workplace):
    hopeful = estimate_file(CONFIG, ["lm.model=fake/empty"])
    seen = estimate_file(CONFIG, ["lm.model=fake/empty"], probe=6)
    assert seen.total.requests.likely > hopeful.total.requests.likely
    assert seen.total.requests.high == 2 * 18 * 3


def test_a_probe_narrows_the_tokens(workplace):
    guessed, seen = estimate_file(CONFIG).total, estimate_file(CONFIG, probe=6).total
    assert seen.tokens.high - seen.tokens.low < guessed.tokens.high - guessed.tokens.low


def test_a_probe_asks_all_classes_of_all_candidates_in_turn(workplace):
    plan = compile_file(CONFIG)
    seen = probe_lm(plan, plan.members, 6)
    assert len(set(seen.asked)) == len(seen.asked) == 6


def test_a_probe_never_asks_for_more_than_the_run_does(workplace):
    plan = compile_file(CONFIG, ["budget.rows_per_class=1", "sweep={}"])
    assert len(probe_lm(plan, plan.members, 50).asked) == 3


def test_what_a_probe_paid_is_not_paid_twice(workplace):
    first, again = estimate_file(CONFIG, probe=4), estimate_file(CONFIG, probe=4)
    assert (first.paid.calls, again.paid.calls) == (4, 0)
    assert "4 answer(s) came from the journal and cost nothing" in again.notes
    result, _ = run_file(CONFIG)
    used = {row.lineage.call for trial in result.trials for row in trial.curated.rows}
    probed = Calls(f"sqlite:///{workplace}/mlruns/calls.db", ["tickets probe"])
    keys = {call["key"] for call in probed.each()}
    probed.close()
    assert len(keys) == 4
    assert keys <= used


def test_a_probe_of_the_embedded_model_measures_minutes(workplace):
    overrides = ["lm.model=embedded/smollm2-135m-instruct", "lm.max_tokens=16", "lm.context=256"]
    found = estimate_file(CONFIG, overrides, probe=3)
    assert found.paid.calls == 3
    assert found.total.minutes.low > 0
    assert found.total.usd.high == 0
    assert "the probe took 3 calls" in in_words(found.as_dict())


def test_an_unknown_price_is_said_and_not_counted_as_nothing(workplace, key):
    found = estimate_file(CONFIG, ["lm.model=openai/my-own-model"])
    assert found.total.usd is None
    assert "est_usd" not in found.as_metrics()
    assert "USD unknown (give lm.price)" in in_words(found.as_dict())
    assert any("openai/my-own-model: give lm.price" in note for note in found.notes)


def test_the_batch_api_costs_half_and_may_take_a_day(workplace, key):
    live, batch = (estimate_file(CONFIG, [HOSTED, f"lm.mode={m}"]).total for m in ("live", "batch"))
    assert batch.usd.likely == pytest.approx(live.usd.likely / 2)
    assert batch.minutes.high >= 24 * 60


def test_a_cap_that_the_run_may_reach_is_named(workplace):
    found = estimate_file(CONFIG, ["budget.calls=10", "budget.tokens=1000000"])
    assert "budget.calls will probably end the run at 10" in found.notes
    assert not any("budget.tokens" in note for note in found.notes)


def test_the_likely_totals_are_flat_figures_to_be_logged(workplace):
    found = estimate_file(CONFIG)
    metrics = found.as_metrics()
    assert set(metrics) == {"est_calls", "est_tokens", "est_usd", "est_minutes"}
    assert all(isinstance(value, float) for value in metrics.values())
    assert metrics["est_tokens"] == found.total.tokens_in.likely + found.total.tokens_out.likely


def test_the_command_prints_a_table_for_80_columns_and_a_line_in_words(workplace, synthlab, key):
    said = synthlab("estimate", "tickets.yaml", "--set", HOSTED)
    assert said.code == 0, said.err
    assert re.fullmatch(
        r"about \d+ calls, [\d.]+k tokens, [\d.]+ USD \(\S+ to \S+\), \S+ min( \(.+ to .+\))?",
        said.out.strip().splitlines()[-1],
    )
    view = json.loads(synthlab("estimate", "tickets.yaml", "--set", HOSTED, "--json").out)
    console = Console(width=80, record=True, file=(workplace / "out.txt").open("w"))
    console.print(estimate_view(view))
    text = console.export_text()
    assert "direct" in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("mixture", "sets"), [("true", 3), ("false", 2)])
def test_a_mixture_may_be_a_finalist_where_there_are_candidates_to_mix(workplace, mixture, sets):
    finals = ["finals.replicates=2", f"finals.mixture={mixture}"]
    assert estimate_file(CONFIG, finals).parts[-1].name == f"finals: {2 * sets} fresh sets"
    alone = estimate_file(CONFIG, [*finals, "sweep={}"])
    assert alone.parts[-1].name == "finals: 2 fresh sets"


@pytest.mark.parametrize(
    ("search", "asks"),
    [
        ("{use: gepa, with: {candidates: 2}}", False),
        ("{use: gepa, with: {candidates: 2, proposer: bandit}}", False),
        ("{use: gepa, with: {candidates: 2, proposer: reflection}}", False),
        ("{use: copro}", True),
        ("{use: racing, with: {rungs: [2], keep: 1}}", False),
    ],
)
def test_only_a_race_is_called_a_race_and_calls_that_are_not_estimated_are_named(
    workplace, search, asks
):
    every = "feedback.parts=[confusions, coverage, credit]"
    notes = estimate_file(CONFIG, [f"search={search}", every]).notes
    assert any("a race makes" in note for note in notes) == ("racing" in search)
    assert ("calls of the reflection LM are not in the estimate" in notes) == asks


def test_questions_to_the_reflection_lm_are_in_the_estimate(workplace):
    search = "search={use: gepa, with: {candidates: 3, proposer: reflection}}"
    found = estimate_file(CONFIG, [search, "reflection={model: fake/words, max_tokens: 300}"])
    part = next(part for part in found.parts if part.name == "reflection: 3 questions")
    assert part.calls.likely == 3
    assert part.tokens_out.high <= 300 * part.calls.high
    without = estimate_file(CONFIG, ["search={use: gepa, with: {candidates: 3, proposer: hints}}"])
    assert found.total.calls.likely == without.total.calls.likely + 3


def test_json_is_one_object_with_ranges(workplace, synthlab):
    assert synthlab("estimate", "tickets.yaml").code == 0
    assert not (workplace / "mlruns").exists()
    said = synthlab("estimate", "tickets.yaml", "--probe", "2", "--json")
    view = json.loads(said.out)
    assert [part["name"] for part in view["candidates"]] == ["direct", "attributes"]
    assert set(view["total"]["calls"]) == {"low", "likely", "high"}
    assert view["probe"]["calls"] == 2
    assert view["prices"].startswith("genai-prices")
