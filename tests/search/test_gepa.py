"""gepa: what is proposed, what a failure does, and what it says when it ends."""

from collections.abc import Mapping
from typing import Any

import pytest

from synthlab.errors import BudgetError, EngineError, ProposalError
from synthlab.outcomes import Trial
from synthlab.registry import resolve
from synthlab.search.gepa import Gepa
from synthlab.search.proposers.base import Proposal
from tests.search.scripted import Scripted

FULL = 40


class Step:
    """Counts up: a candidate's prompt is its number; scores follow from it."""

    def __init__(self, refuse: int = 0, same: bool = False) -> None:
        self.refuse = refuse
        self.same = same
        self.seen: list[tuple[str, int]] = []

    def propose(self, trial: Trial, objective: Any, number: int) -> Proposal | None:
        self.seen.append((trial.candidate.name, number))
        if number <= self.refuse:
            raise ProposalError("no template")
        text = "same" if self.same else str(number)
        return Proposal({"generator.prompts.row": text}, f"step {number}")


def grown(rise: float) -> Any:
    def curve(config: Mapping[str, Any]) -> dict[int, float]:
        text = config["generator"]["prompts"]["row"]
        return {FULL: 0.6 + rise * int(text) if text.isdigit() else 0.6}

    return curve


def searched(
    objective: Scripted, proposer: Any, monkeypatch: pytest.MonkeyPatch, **params: Any
) -> tuple[Gepa, list[Trial]]:
    search = Gepa(Gepa.Params(**params))
    monkeypatch.setattr("synthlab.search.proposers.use.ProposerUse.made", lambda self: proposer)
    return search, list(search.run(objective.start, objective))


def names(trials: list[Trial]) -> list[str]:
    return [trial.candidate.name for trial in trials]


def test_each_candidate_is_generated_once_however_often_gepa_asks(monkeypatch):
    objective = Scripted({"direct": {FULL: 0.6}}, grown=grown(0.05))
    _, trials = searched(objective, Step(), monkeypatch, candidates=4)
    assert names(trials) == ["direct", "step 1", "step 2", "step 3", "step 4"]
    assert objective.asked == [(name, FULL) for name in names(trials)]


def test_every_candidate_of_the_config_is_tried_before_anything_is_proposed(monkeypatch):
    curves = {"direct": {FULL: 0.6}, "other": {FULL: 0.7}, "third": {FULL: 0.5}}
    objective = Scripted(curves, grown=grown(0.01))
    proposer = Step()
    _, trials = searched(objective, proposer, monkeypatch, candidates=2)
    assert names(trials)[:3] == ["direct", "other", "third"]
    assert len(proposer.seen) == 2


def test_a_better_candidate_becomes_the_parent_of_the_next(monkeypatch):
    objective = Scripted({"direct": {FULL: 0.6}}, grown=grown(0.05))
    proposer = Step()
    search, trials = searched(objective, proposer, monkeypatch, candidates=3)
    assert [name for name, _ in proposer.seen] == ["direct", "step 1", "step 2"]
    assert trials[-1].candidate.parent == "step 2"
    assert search.finish == "improved"
    assert "on dev with step 3 (3 proposed, 0 unusable)" in search.ending


def test_a_worse_candidate_has_no_children(monkeypatch):
    objective = Scripted({"direct": {FULL: 0.6}}, grown=grown(-0.05))
    proposer = Step()
    search, _ = searched(objective, proposer, monkeypatch, candidates=3)
    assert {name for name, _ in proposer.seen} == {"direct"}
    assert search.finish == "no improvement"
    assert search.ending == "gepa: no improvement (3 proposed, 0 unusable)"


def test_proposals_that_cannot_be_run_are_counted_and_end_the_search_in_the_end(monkeypatch):
    objective = Scripted({"direct": {FULL: 0.6}}, grown=grown(0.05))
    search, trials = searched(objective, Step(refuse=99), monkeypatch, patience=3)
    assert names(trials) == ["direct"]
    assert search.finish == "proposals unusable"
    assert search.ending == "gepa: none of 3 proposals could be run: no template"


def test_a_usable_proposal_after_unusable_ones_goes_on(monkeypatch):
    objective = Scripted({"direct": {FULL: 0.6}}, grown=grown(0.05))
    search, trials = searched(objective, Step(refuse=2), monkeypatch, candidates=1, patience=3)
    assert names(trials) == ["direct", "step 1"]
    assert "3 proposed, 2 unusable" in search.ending


def test_a_candidate_proposed_again_is_not_run_again(monkeypatch):
    objective = Scripted({"direct": {FULL: 0.6}}, grown=grown(0.0))
    _, trials = searched(objective, Step(same=True), monkeypatch, candidates=5, patience=2)
    assert names(trials) == ["direct", "step 1"]
    assert objective.asked == [("direct", FULL), ("step 1", FULL)]


def test_a_candidate_without_rows_is_no_trial_and_no_parent(monkeypatch):
    objective = Scripted({"direct": {FULL: 0.6}}, grown=lambda config: {FULL: None})
    proposer = Step()
    search, trials = searched(objective, proposer, monkeypatch, candidates=2)
    assert names(trials) == ["direct"]
    assert {name for name, _ in proposer.seen} == {"direct"}
    assert search.finish == "no improvement"


@pytest.mark.parametrize("failure", [EngineError("server gone"), BudgetError("cap", cap="usd")])
def test_a_failure_ends_the_run_as_it_is_and_never_becomes_a_score(monkeypatch, failure):
    """gepa itself catches every Exception and goes on."""

    def second_fails(config):
        return {FULL: failure if config["generator"]["prompts"]["row"] == "2" else 0.7}

    objective = Scripted({"direct": {FULL: 0.6}}, grown=second_fails)
    monkeypatch.setattr("synthlab.search.proposers.use.ProposerUse.made", lambda self: Step())
    trials = Gepa(Gepa.Params(candidates=5)).run(objective.start, objective)
    assert [next(trials).candidate.name for _ in range(2)] == ["direct", "step 1"]
    with pytest.raises(type(failure)) as caught:
        next(trials)
    assert caught.value is failure
    assert objective.asked[-1] == ("step 2", FULL)


def test_a_whole_set_is_an_improvement_on_a_short_one():
    objective = Scripted({"direct": {FULL: 0.6}}, short=("direct",), grown=grown(0.1))
    search = Gepa(Gepa.Params(candidates=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("synthlab.search.proposers.use.ProposerUse.made", lambda self: Step())
        list(search.run(objective.start, objective))
    assert search.finish == "improved"


def test_candidates_that_differ_in_their_number_of_rows_are_all_tried(monkeypatch):
    configs = {
        name: {
            "generator": {"use": "direct", "with": {}, "prompts": {"row": "x"}},
            "budget": {"rows_per_class": rows},
        }
        for name, rows in (("few", 20), ("many", 40))
    }
    curves = {"few": {FULL: 0.6}, "many": {FULL: 0.7}}
    _, trials = searched(
        Scripted(curves, configs=configs, grown=grown(0.0)), Step(), monkeypatch, candidates=1
    )
    assert names(trials)[:2] == ["few", "many"]


def test_a_failure_of_the_reflection_lm_ends_the_run_as_it_is(monkeypatch):
    def reply(prompt: str, number: int) -> str:
        raise EngineError("reflection server gone")

    objective = Scripted({"direct": {FULL: 0.6}}, reply=reply)
    search = Gepa(Gepa.Params(candidates=5, proposer="reflection"))
    with pytest.raises(EngineError, match="reflection server gone"):
        list(search.run(objective.start, objective))


def test_an_interrupt_comes_through(monkeypatch):
    objective = Scripted({"direct": {FULL: 0.6}}, grown=lambda config: {FULL: KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        searched(objective, Step(), monkeypatch)


def test_the_same_seed_gives_the_same_candidates_from_the_same_parents(monkeypatch):
    def path() -> list[tuple[str, str]]:
        objective = Scripted({"direct": {FULL: 0.6}}, grown=grown(0.003), seed=3)
        _, trials = searched(objective, Step(), monkeypatch, candidates=6)
        return [(trial.candidate.name, trial.candidate.parent) for trial in trials]

    assert path() == path()


def test_an_unknown_proposer_is_told_when_the_config_is_checked():
    with pytest.raises(ValueError, match="Did you mean 'hints'"):
        Gepa.Params(proposer="hint")


def test_a_wrong_parameter_of_a_proposer_is_told_when_the_config_is_checked():
    with pytest.raises(ValueError, match=r"with\.words of hints"):
        Gepa.Params(proposer={"use": "hints", "with": {"words": 0}})


@pytest.mark.parametrize("name", ["gepa", "miprov2", "copro", "bootstrap", "dspy-gepa"])
def test_a_search_that_makes_candidates_says_how_many_before_it_runs(name):
    made = resolve("search", name)
    search = made(made.Params())
    objective = Scripted({"direct": {FULL: 0.6}}, grown=grown(0.0))
    extent = search.extent(objective.start)
    assert extent.tried > 1
    assert extent.least == 1 / extent.tried
    assert f"up to {extent.tried - 1} new candidates" in extent.notes[0]
