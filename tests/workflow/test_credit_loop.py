"""Credit in a whole run: found for each candidate, and turned into a candidate by the bandit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from synthlab.workflow.lab import run_file

SEARCH = """
from dataclasses import replace

from pydantic import BaseModel

from synthlab.findings import Feedback, Finding
from synthlab.search.proposers.bandit import Bandit


class Follow:
    class Params(BaseModel):
        pass

    def __init__(self, params):
        pass

    def run(self, start, objective):
        for candidate in start:
            trial = objective(candidate)
            yield trial
            topics = ("parcel courier late", "tracking address", "driver delay post")
            credit = {f"topic={topic}": 2.0 - place**2 for place, topic in enumerate(topics)}
            seen = Finding("credit", "", 0.0, "delivery", words=topics, weights=credit,
                           ses=dict.fromkeys(credit, 0.1))
            trial = replace(trial, feedback=Feedback((seen,)))
            found = Bandit(Bandit.Params(keep=2)).propose(trial, objective, 1)
            if found is not None:
                yield objective(objective.change(candidate, found.changes, "bandit", found.why))
"""


def test_each_whole_trial_has_credit_findings_and_the_bandits_candidate_draws_by_them(workplace):
    (workplace / "own.py").write_text(SEARCH, encoding="utf-8")
    result, _ = run_file(
        Path("tickets.yaml"), ["search=own.py:Follow", "feedback={parts: [credit]}"]
    )
    trials = {trial.candidate.name: trial for trial in result.trials}
    assert set(trials) == {"direct", "attributes", "bandit"}
    for trial in trials.values():
        kept = {row.id for row in trial.curated.kept}
        assert trial.feedback.of("credit") == trial.feedback.findings
        assert {row for found in trial.feedback.findings for row in found.rows} <= kept
    assert any(trial.feedback.findings for trial in trials.values())
    drawn = Counter(
        row.lineage.request.attributes["topic"]
        for row in trials["bandit"].curated.rows
        if row.label == "delivery"
    )
    assert drawn["parcel courier late"] > drawn["tracking address"] > 0
    assert not drawn["driver delay post"]
    assert "no 'driver delay post'" in trials["bandit"].candidate.why
    assert result.finals.pool.candidates == 3
