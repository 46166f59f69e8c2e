"""A search that makes candidates of its own: its runs, what they leave, and how they go on."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from synthlab.errors import ConfigError, LeakError, SynthlabError
from synthlab.outcomes import RunResult
from synthlab.tasks.seal import SealedTest
from synthlab.tracking.store import Store
from synthlab.workflow.lab import calls_of, open_store, run_file
from tests.conftest import set_out

CONFIG = Path("tickets.yaml")
ROOT = Path(__file__).parents[2]
FAST = ["sweep={}", "generator=direct", "feedback.least=2", "scoring.real_sizes=[]"]
HINTS = [*FAST, "search={use: gepa, with: {candidates: 2}}"]
REFLECT = [*FAST, "search={use: gepa, with: {candidates: 1, proposer: reflection, patience: 2}}"]


def path_of(result: RunResult) -> list[tuple[str, str, str, float]]:
    """Every candidate with its digest, its parent and its score."""
    return [
        (t.candidate.name, t.candidate.digest, t.candidate.parent, t.score.f1)
        for t in sorted(result.trials, key=lambda t: t.candidate.name)
    ]


@pytest.fixture(scope="module")
def searched(tmp_path_factory) -> tuple[Path, RunResult, Store]:
    """One run of ``hints`` from the direct prompt, in a folder of its own."""
    folder = set_out(tmp_path_factory.mktemp("search"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result, _ = run_file(CONFIG, HINTS)
        return folder, result, open_store()


def test_the_search_improves_the_direct_prompt_and_says_so(searched):
    _, result, _ = searched
    scores = {trial.candidate.name: trial.score.f1 for trial in result.trials}
    assert set(scores) == {"direct", "hints 1", "hints 2"}
    assert max(scores.values()) > scores["direct"]
    assert "improved from" in result.ending


def test_every_candidate_says_what_it_was_made_from_and_why(searched):
    _, result, store = searched
    made = next(trial for trial in result.trials if trial.candidate.name == "hints 1")
    tags = store.client.get_run(made.run_id).data.tags
    assert tags["synthlab.origin"] == "direct"
    assert "topics" in tags["synthlab.why"]
    note = store.client.get_run(result.run_id).data.tags["mlflow.note.content"]
    assert "└─ hints 1" in note


def test_findings_are_kept_with_each_candidate_and_shown_to_the_user(
    searched, synthlab, monkeypatch
):
    folder, result, store = searched
    direct = next(trial for trial in result.trials if trial.candidate.name == "direct")
    assert direct.feedback.findings
    place = store.client.download_artifacts(direct.run_id, "feedback.json")
    kept = json.loads(Path(place).read_text(encoding="utf-8"))
    assert [item["text"] for item in kept] == [found.text for found in direct.feedback.findings]
    note = store.client.get_run(direct.run_id).data.tags["mlflow.note.content"]
    assert direct.feedback.lines[0] in note
    monkeypatch.chdir(folder)
    said = synthlab("compare", "tickets:hints 1", ":direct")
    assert said.code == 0, said.err
    assert direct.feedback.lines[0][:40] in said.out


def test_the_same_seed_and_journal_give_the_same_candidates_and_cost_nothing(searched, monkeypatch):
    folder, result, _ = searched
    monkeypatch.chdir(folder)
    again, _ = run_file(CONFIG, HINTS)
    assert path_of(again) == path_of(result)
    assert again.paid.calls == 0


def test_a_candidate_that_a_search_made_can_be_promoted_and_called(
    searched, synthlab, monkeypatch, tmp_path
):
    folder, _, _ = searched
    monkeypatch.chdir(folder)
    assert synthlab("promote", "tickets").code == 0
    said = synthlab("generate", "tickets@champion", "-n", "6", "-o", str(tmp_path / "out"))
    assert said.code == 0, said.err


def test_the_search_sees_no_test_row(workplace, monkeypatch):
    """Test is opened after the last candidate was scored, and by the finals only."""
    seen: list[str] = []
    opened = SealedTest.open

    def spy(self, why):
        seen.append(why)
        return opened(self, why)

    monkeypatch.setattr(SealedTest, "open", spy)
    from synthlab.workflow.objective import Objective

    called = Objective.__call__
    when = []

    def watched(self, candidate, rows_per_class=None):
        when.append(len(seen))
        return called(self, candidate, rows_per_class)

    monkeypatch.setattr(Objective, "__call__", watched)
    run_file(CONFIG, HINTS)
    assert len(when) >= 3
    assert set(when) == {0}
    assert seen == ["finals"]


def test_calls_that_rewrite_prompts_are_in_the_same_ledger_under_a_purpose_of_their_own(workplace):
    result, _ = run_file(CONFIG, REFLECT)
    found, _ = calls_of(open_store(), "", None)
    by = {item["purpose"]: item["calls"] for item in found.sums(["purpose"])}
    assert by["reflect"] >= 1
    assert result.paid.calls == by["reflect"] + by["generate"]
    assert "proposals could be run" in result.ending or "improved" in result.ending


def test_a_reflection_lm_of_its_own_writes_the_prompts(workplace):
    run_file(
        CONFIG, [*REFLECT, "reflection={model: fake/words, max_tokens: 200, temperature: 0.1}"]
    )
    found, _ = calls_of(open_store(), "", None)
    assert {item["purpose"] for item in found.sums(["purpose"])} == {"generate", "reflect"}


def test_a_reflection_lm_that_fails_ends_the_run_with_its_cause(workplace):
    from synthlab.errors import EngineError

    with pytest.raises(EngineError, match="scripted failure"):
        run_file(CONFIG, [*REFLECT, "reflection={model: fake/error}"])


def test_a_proposal_that_carries_dev_text_is_out_before_it_is_sent(workplace):
    """A user's own proposer may look at anything it likes; the guard still stands."""
    (workplace / "leak.py").write_text(
        """
import csv
from pydantic import BaseModel, ConfigDict
from synthlab.search.proposers.base import Proposal

class Leak:
    class Params(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
    def __init__(self, params):
        self.params = params
    def propose(self, trial, objective, number):
        with open("rows.csv", encoding="utf-8") as file:
            rows = [line["text"] for line in csv.DictReader(file)]
        return Proposal({"generator.prompts.row": "{label} {document}: " + " ".join(rows)}, "leak")
""",
        encoding="utf-8",
    )
    search = "search={use: gepa, with: {proposer: 'leak.py:Leak', candidates: 1}}"
    result, _ = run_file(CONFIG, [*FAST, search])
    assert [trial.candidate.name for trial in result.trials] == ["direct"]
    (out,) = result.failed
    assert re.search(r"a prompt carries text of the (dev|test) split", out.reason)
    assert result.paid.calls == len(result.trials[0].curated.rows)


def test_a_prompt_of_the_config_that_carries_dev_text_ends_the_run(workplace):
    with (workplace / "rows.csv").open(encoding="utf-8") as file:
        rows = " ".join(line["text"] for line in csv.DictReader(file))
    with pytest.raises(LeakError, match=r"a prompt carries text of the (dev|test) split"):
        run_file(CONFIG, [*FAST, f"generator.prompts={{row: '{{label}} {{document}}: {rows}'}}"])


def test_a_proposal_that_comes_to_a_known_candidate_is_not_run_again(workplace):
    (workplace / "again.py").write_text(
        """
from pydantic import BaseModel, ConfigDict
from synthlab.search.proposers.base import Proposal

class Again:
    class Params(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
    def __init__(self, params):
        self.params = params
    def propose(self, trial, objective, number):
        return Proposal({"generator.prompts.row": "A {document}: {label}."}, "again")
""",
        encoding="utf-8",
    )
    search = "search={use: gepa, with: {proposer: 'again.py:Again', patience: 3}}"
    result, _ = run_file(CONFIG, [*FAST, search])
    assert sorted(trial.candidate.name for trial in result.trials) == ["again 1", "direct"]
    assert "3 unusable" in result.ending


def test_an_answer_that_is_no_prompt_is_counted_and_does_not_end_the_run(workplace):
    """fake/empty answers with nothing: no row would survive it, so only reflection gets it."""
    result, _ = run_file(CONFIG, [*REFLECT, "reflection={model: fake/empty}"])
    assert result.ending.startswith("gepa: none of 2 proposals could be run")
    assert "gave no text" in result.ending


def test_a_feedback_part_that_fails_is_named(workplace):
    (workplace / "broken.py").write_text(
        """
from pydantic import BaseModel

class Broken:
    class Params(BaseModel):
        pass
    def __init__(self, params):
        pass
    def find(self, evidence):
        return 1 / 0
""",
        encoding="utf-8",
    )
    with pytest.raises(SynthlabError, match=r"feedback part 'broken.py:Broken' failed: ZeroDiv"):
        run_file(CONFIG, [*FAST, "feedback.parts=['broken.py:Broken']"])


def test_a_proposer_whose_findings_are_switched_off_is_refused_before_any_money(workplace):
    with pytest.raises(ConfigError, match="it needs the feedback part 'credit'"):
        run_file(CONFIG, ["search={use: gepa, with: {proposer: bandit}}"])


def test_an_own_feedback_part_comes_through_the_same_door(workplace):
    (workplace / "mine.py").write_text(
        """
from pydantic import BaseModel, ConfigDict
from synthlab.findings import Finding

class Short:
    class Params(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        words: int = 5
    def __init__(self, params):
        self.params = params
    def find(self, evidence):
        count = sum(len(t.split()) < self.params.words for t in evidence.texts(evidence.kept))
        return [Finding("short", f"{count} rows are short", 0.0)]
""",
        encoding="utf-8",
    )
    parts = "feedback.parts=[{use: 'mine.py:Short', with: {words: 99}}]"
    result, _ = run_file(CONFIG, [*FAST, parts])
    assert result.trials[0].feedback.lines == ("18 rows are short",)


@pytest.mark.parametrize("done", [4, pytest.param(25, marks=pytest.mark.slow)])
def test_a_search_that_was_killed_goes_on_to_the_same_result(
    searched, workplace, monkeypatch, done
):
    """``kill -9`` after so many answered calls: in the first candidate, and in a proposed one."""
    code = (
        "from pathlib import Path; from synthlab.workflow.lab import run_file; "
        f"run_file(Path('tickets.yaml'), {[*HINTS, 'lm.concurrency=1']!r})"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code], env=env, stderr=subprocess.DEVNULL)
    while process.poll() is None and answered() < done:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    result, _ = run_file(CONFIG, HINTS)
    assert path_of(result) == path_of(searched[1])
    whole = sum(len(trial.curated.rows) for trial in result.trials)
    assert result.paid.calls <= whole - done + 1  # the call in flight may be paid again


def answered() -> int:
    if not Path("mlruns/calls.db").exists():
        return 0
    engine = create_engine("sqlite:///mlruns/calls.db")
    try:
        with engine.connect() as connection:
            asked = "SELECT count(*) FROM synthlab_calls WHERE state = 'done'"
            return int(connection.execute(text(asked)).scalar() or 0)
    except Exception:  # the table is being made
        return 0
    finally:
        engine.dispose()
