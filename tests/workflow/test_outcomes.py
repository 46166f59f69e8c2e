"""What becomes of candidates that end badly: short of rows, out, leaking, or cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from synthlab.errors import GenerationError, LeakError
from synthlab.tracking.read import list_runs, load_leaderboard
from synthlab.workflow.lab import compile_file, open_store, run_file
from synthlab.workflow.run import run
from tests.conftest import CONFIG

GENERATORS = """\
from pathlib import Path

from synthlab.generators.attributes import Attributes
from synthlab.generators.direct import Direct
from synthlab.lm.adapters import Unparsable


class HalfRefunds(Attributes):
    def forward(self, request):
        made = super().forward(request)
        if request.label == "refund" and request.index % 2:
            raise Unparsable("no JSON object", "{")
        return made


class NoAccounts(Direct):
    def forward(self, request):
        made = super().forward(request)
        if request.label == "account":
            raise Unparsable("no JSON object", "{")
        return made


class Leaks(Direct):
    def forward(self, request):
        told = Path("told.txt").read_text(encoding="utf-8")
        return self.write(document=f"{told} again", label=self.words(request.label))
"""


def set_up(workplace: Path, *generators: str) -> None:
    """The tickets config with these generators in its sweep, and one request for each row."""
    (workplace / "own.py").write_text(GENERATORS, encoding="utf-8")
    config = yaml.safe_load(CONFIG)
    _, attributes = config["sweep"]["generator"]
    own = {"short": {**attributes, "use": "own.py:HalfRefunds"}}
    config["sweep"]["generator"] = [own.get(name, name) for name in generators]
    config["budget"]["tries"] = 1
    (workplace / "tickets.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")


def rows_of(run_id: str, tmp_path: Path) -> dict[str, pd.DataFrame]:
    local = open_store().client.download_artifacts(run_id, "rows", str(tmp_path))
    return {path.stem: pd.read_parquet(path) for path in Path(local).iterdir()}


def test_a_candidate_short_of_rows_never_wins_over_a_complete_one(workplace, synthlab):
    set_up(workplace, "direct", "short")
    said = synthlab("run", "tickets.yaml")
    assert said.code == 0, said.err
    assert "short: refund 3 of 6" in said.out
    assert "direct wins" in said.out
    first, second = json.loads(synthlab("compare", "tickets", "--json").out)["candidates"]
    assert (first["name"], first["short"], first["rows"]) == ("direct", {}, 18)
    assert (second["name"], second["short"], second["rows"]) == ("HalfRefunds", {"refund": 3}, 15)
    assert second["f1"] > first["f1"]
    assert synthlab("promote", "tickets").out.startswith("promoted direct ")


def test_when_every_candidate_is_short_the_best_wins_and_the_text_says_so(workplace, synthlab):
    set_up(workplace, "short")
    said = synthlab("run", "tickets.yaml")
    assert said.code == 0, said.err
    assert "HalfRefunds wins" in said.out
    assert "No candidate kept every row asked for" in said.out


def test_a_candidate_that_is_out_is_told_wherever_results_are(workplace, synthlab, tmp_path):
    set_up(workplace, "direct", "own.py:NoAccounts")
    reason = "no row of account was kept in 6 tries: no text in the answer (6)"
    said = synthlab("run", "tickets.yaml")
    assert said.code == 0, said.err
    assert f"NoAccounts is out: {reason}" in said.out
    assert f"NoAccounts is out: {reason}" in said.err
    board = json.loads(synthlab("compare", "tickets", "--json").out)
    (failed,) = board["failed"]
    assert (failed["name"], failed["reason"]) == ("NoAccounts", reason)
    saved = rows_of(failed["run_id"], tmp_path)
    assert set(saved) == {"kept", "dropped"}
    assert set(saved["kept"]["label"]) == {"delivery", "refund"}
    assert set(saved["dropped"]["reason"]) == {"no text in the answer"}
    assert set(saved["dropped"]["detail"]) == {"no JSON object"}
    total = open_store().client.get_run(board["run_id"]).data.metrics
    assert total["tokens_in"] + total["tokens_out"] == (
        board["candidates"][0]["tokens"] + failed["tokens"]
    )


def test_a_run_without_any_scored_candidate_fails_with_each_reason(workplace):
    set_up(workplace, "own.py:NoAccounts")
    with pytest.raises(GenerationError, match=r"NoAccounts: no row of account was kept in 6 tries"):
        run_file(Path("tickets.yaml"))
    (item,) = list_runs(open_store())
    board = load_leaderboard(open_store(), item["run_id"])
    assert (board["status"], board["candidates"]) == ("FAILED", [])
    assert [entry["name"] for entry in board["failed"]] == ["NoAccounts"]


@pytest.mark.parametrize("split", ["dev", "test"])
def test_a_prompt_with_a_real_row_ends_the_run_before_anything_is_sent(workplace, synthlab, split):
    set_up(workplace, "own.py:Leaks")
    plan = compile_told(workplace, "")
    dev = [row.values["text"] for row in plan.splits.dev]
    seed = [row.values["text"] for row in plan.splits.seed]
    known = pd.read_csv("rows.csv")["text"]
    test = [text for text in known if text not in dev and text not in seed]
    compile_told(workplace, {"dev": dev, "test": test}[split][0])
    # This LM fails at its first call, with another exit code.
    said = synthlab("run", "tickets.yaml", "--set", "lm.model=fake/stop-after-0")
    assert said.code == LeakError.exit_code == 1
    assert f"a prompt carries text of the {split} split" in said.err
    assert (workplace / "told.txt").read_text(encoding="utf-8") not in said.err + said.out
    (item,) = list_runs(open_store())
    assert item["status"] == "FAILED"
    (failed,) = load_leaderboard(open_store(), item["run_id"])["failed"]
    metrics = open_store().client.get_run(failed["run_id"]).data.metrics
    assert (metrics["calls"], metrics["rows"], metrics["dropped"]) == (0, 0, 0)


def compile_told(workplace: Path, text: str):
    (workplace / "told.txt").write_text(text, encoding="utf-8")
    return compile_file(workplace / "tickets.yaml")


def test_test_is_read_once_in_a_run_and_the_run_says_so(workplace):
    plan = compile_file(Path("tickets.yaml"))
    store = open_store()
    found = run(plan, store)
    assert plan.splits.test.reads == 1
    data = store.client.get_run(found.run_id).data
    assert data.tags["synthlab.test_reads"] == "1"
    assert data.params["prices"].startswith("genai-prices ")


def test_a_run_that_fails_before_the_finals_has_not_read_test(workplace):
    set_up(workplace, "own.py:NoAccounts")
    plan = compile_file(Path("tickets.yaml"))
    with pytest.raises(GenerationError):
        run(plan, open_store())
    assert plan.splits.test.reads == 0
    (item,) = list_runs(open_store())
    tags = open_store().client.get_run(item["run_id"]).data.tags
    assert tags["synthlab.test_reads"] == "0"
