"""The whole loop on the scripted LM and a real store: run, compare, promote, generate."""

from __future__ import annotations

import gc
import json
import shutil
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from synthlab.deliveries import Origin
from synthlab.errors import ConfigError, EngineError, GateError, NotFoundError, SealedError
from synthlab.records import Row
from synthlab.tracking.read import artifact_text
from synthlab.tracking.registry import champion, load_program
from synthlab.workflow import lab as commands
from synthlab.workflow.bulk import ROUND, generate, rows_for
from synthlab.workflow.lab import board, compile_file, open_store, run_file
from synthlab.workflow.progress import Quiet
from synthlab.workflow.promote import promote
from synthlab.workflow.run import run
from tests.conftest import set_out


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory):
    """One finished run of ``tickets.yaml``, shared by the tests that only read it."""
    folder = set_out(tmp_path_factory.mktemp("lab"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result, leaderboard = run_file(Path("tickets.yaml"))
        store = open_store()
        yield result, leaderboard, store


@pytest.fixture
def own(lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The same run in a store that the test may change."""
    result, leaderboard, store = lab
    for name in ("rows.csv", "tickets.yaml"):
        shutil.copy(store.root.parent / name, tmp_path)
    shutil.copytree(store.root, tmp_path / "mlruns")
    monkeypatch.chdir(tmp_path)
    return result, leaderboard, open_store()


def test_a_run_ranks_candidates_at_equal_rows_and_names_a_winner(lab):
    result, leaderboard, _ = lab
    assert {trial.candidate.name for trial in result.trials} == {"direct", "attributes"}
    assert [len(trial.curated.kept) for trial in result.trials] == [18, 18]
    assert result.winner.candidate.name == "attributes"
    assert leaderboard["candidates"][0]["name"] == "attributes"
    scores = [item["f1"] for item in leaderboard["candidates"]]
    assert scores == sorted(scores, reverse=True)


def test_the_leaderboard_stands_beside_the_baselines(lab):
    _, leaderboard, store = lab
    assert [item["name"] for item in leaderboard["baselines"]] == [
        "label names",
        "real x 1 a class",
        "real x 2 a class",
        "real x 5 a class",
        "all seed rows",
    ]
    for item in leaderboard["candidates"]:
        assert {"name", "generator", "f1", "rows", "cost_usd", "tokens", "run_id"} <= set(item)
        assert item["cost_usd"] == 0
        assert item["f1_aug"] is not None
    whole = {key: value for key, value in leaderboard.items() if key != "unsent"}
    whole["skipped"] = ""
    assert board(store, "tickets") == whole
    assert board(store, leaderboard["run_id"][:8]) == whole


def test_the_test_split_is_opened_once_for_winner_direct_prompt_and_real_rows(lab):
    result, _, _ = lab
    names = [arm.name for arm in result.finals.arms]
    assert names == ["synthetic alone", "real alone", "both", "direct prompt"]
    assert result.finals.reads == 1


def test_a_candidate_run_holds_prompts_program_and_rows(lab):
    result, _, store = lab
    run_id = result.winner.run_id
    assert "support message about" in artifact_text(store, run_id, "prompts/refund.txt")
    program = json.loads(artifact_text(store, run_id, "program.json"))
    assert program["digest"] == result.winner.candidate.digest
    path = store.client.download_artifacts(run_id, "rows/kept.parquet")
    kept = pd.read_parquet(path)
    assert len(kept) == 18
    assert set(kept["label"]) == {"refund", "delivery", "account"}


def test_candidates_that_differ_in_no_row_are_still_two_candidates(lab):
    plan = compile_file(Path("tickets.yaml"), ["sweep={lm.concurrency: [1, 8]}"])
    names = [member.candidate.name for member in plan.members]
    assert names == ["direct concurrency=1", "direct concurrency=8"]
    assert [m.lm.concurrency for m in plan.members] == [1, 8]


def test_the_logged_config_is_valid_and_gives_the_same_candidates(lab, tmp_path):
    result, _, store = lab
    text = artifact_text(store, result.run_id, "config.yaml")
    (tmp_path / "again.yaml").write_text(text, encoding="utf-8")
    again = compile_file(tmp_path / "again.yaml")
    assert {m.candidate.digest for m in again.members} == {
        trial.candidate.digest for trial in result.trials
    }


def test_the_same_config_and_seed_give_the_same_rows(lab):
    result, _, _ = lab
    again, _ = run_file(Path("tickets.yaml"), ["name=tickets-again"])
    for first, second in zip(result.trials, again.trials, strict=True):
        assert [row.values for row in first.curated.kept] == [
            row.values for row in second.curated.kept
        ]
        assert first.score == second.score


def test_the_plan_cannot_read_the_test_split(lab):
    plan = compile_file(Path("tickets.yaml"))
    with pytest.raises(SealedError):
        plan.splits.test.open("curiosity")
    assert plan.splits.test.reads == 0


class TestPromotion:
    def test_the_first_run_becomes_champion_and_again_changes_nothing(self, own):
        _, _, store = own
        first = promote(store, "tickets")
        again = promote(store, "tickets")
        assert first.changed
        assert first.ref == "tickets@champion"
        assert not again.changed
        assert again.version == first.version

    def test_a_worse_candidate_is_refused_with_the_figures(self, own):
        _, _, store = own
        promote(store, "tickets")
        said = r"macro-F1 is 0\.\d+ below version 1 on dev rows(.|\n)*so it is worse"
        with pytest.raises(GateError, match=said):
            promote(store, "tickets", candidate="direct")
        assert champion(store, "tickets").tags["candidate"] == "attributes"

    def test_other_dev_rows_are_refused(self, own):
        _, _, store = own
        promote(store, "tickets")
        run_file(Path("tickets.yaml"), ["task.split.seed=5", "sweep={}"])
        with pytest.raises(GateError, match="other dev rows"):
            promote(store, "tickets")

    def test_unknown_names_say_what_there_is(self, lab):
        _, _, store = lab
        with pytest.raises(NotFoundError, match="tickets"):
            promote(store, "tickts")
        with pytest.raises(NotFoundError, match="'attributes'"):
            promote(store, "tickets", run_id=lab[0].run_id, candidate="x")


class TestBulk:
    @pytest.fixture
    def program(self, own):
        _, _, store = own
        promote(store, "tickets")
        return load_program(store, "tickets", "champion")[1]

    @pytest.mark.parametrize("form", ["parquet", "jsonl"])
    def test_it_writes_the_number_asked_for_with_a_card(self, program, tmp_path, form):
        origin = Origin("tickets@champion", "1", "0123")
        made = generate(program, 20, tmp_path / "out", form, origin=origin)
        read = pq.read_table if form == "parquet" else pd.read_json
        options = {} if form == "parquet" else {"lines": True}
        counted = sum(len(read(path, **options)) for path in made.files)
        assert counted == 20
        assert made.rows == {"account": 7, "delivery": 7, "refund": 6}
        card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
        assert "20 synthetic rows" in card
        assert "tickets@champion" in card

    def test_rows_are_new_and_another_seed_gives_others(self, lab, program, tmp_path):
        generate(program, 18, tmp_path / "a", "jsonl")
        generate(program, 18, tmp_path / "b", "jsonl", seed=1)
        read = [
            pd.read_json(tmp_path / d / "data" / "train-00000-of-00001.jsonl", lines=True)
            for d in "ab"
        ]
        first, second = (set(rows["text"]) for rows in read)
        trained = {row.values["text"] for row in lab[0].winner.curated.kept}
        assert not first & second
        assert not first & trained

    def test_new_rows_train_as_good_a_classifier_as_those_of_the_promoted_run(self, own, tmp_path):
        overrides = ["budget.rows_per_class=20", "name=larger"]
        _, _, store = own
        result, _ = run_file(Path("tickets.yaml"), overrides)
        verdict = promote(store, "larger")
        _, program = load_program(store, "larger")
        made = generate(program, 60, tmp_path / "new", "jsonl", seed=7)
        rows = [
            Row(item.id, {"text": item.text}, item.label)
            for item in pd.read_json(made.files[0], lines=True).itertuples()
        ]
        plan = compile_file(Path("tickets.yaml"), overrides)
        again = plan.scorer.score(rows, plan.splits.dev)
        assert verdict.f1 == result.winner.score.f1
        assert again.train_rows == result.winner.score.train_rows == 60
        assert again.f1 == pytest.approx(verdict.f1, abs=0.05)

    def test_rows_kept_before_the_lm_went_away_are_on_disk(self, program, tmp_path):
        lm = {**program["lm"], "model": "fake/stop-after-230", "concurrency": 1}
        with pytest.raises(EngineError, match="went away"):
            generate({**program, "lm": lm, "curation": []}, 300, tmp_path / "a", "jsonl")
        on_disk = len(pd.read_json(next((tmp_path / "a" / "data").iterdir()), lines=True))
        assert on_disk >= 198
        card = (tmp_path / "a" / "README.md").read_text(encoding="utf-8")
        assert f"{on_disk} synthetic rows" in card

    @pytest.mark.slow
    def test_rows_that_are_on_disk_are_forgotten(self, program, tmp_path):
        def alive():
            gc.collect()
            return sum(isinstance(item, Row) for item in gc.get_objects())

        class Watch(Quiet):
            most = 0

            def kept(self, rows, by=None):
                self.most = max(self.most, alive())

        watch, before = Watch(), alive()
        made = generate(program, 600, tmp_path / "out", "jsonl", progress=watch)
        assert sum(made.rows.values()) == 600
        assert watch.most - before <= 2 * ROUND
        assert made.usage.calls >= 600

    def test_an_order_for_an_unknown_class_is_refused(self, program):
        with pytest.raises(ConfigError, match="no class 'nonsense'"):
            rows_for(program, [{"label": "nonsense", "count": 1}])

    def test_a_served_generator_answers_orders_with_rows(self, program):
        rows = rows_for(program, [{"label": "refund", "count": 2, "seed": 3}])
        assert [row["label"] for row in rows] == ["refund", "refund"]
        assert all(row["text"] for row in rows)


def test_the_clock_of_a_run_counts_from_when_it_was_asked_for(workplace, monkeypatch):
    checked, go = [], commands.compile_plan

    def compiled(loaded):
        checked.append(time.monotonic())
        return go(loaded)

    def an_hour_later(plan, store, progress, began):
        assert began < checked[0]  # reading the data is time that its user waits
        return run(plan, store, progress, began - 3600)

    monkeypatch.setattr(commands, "compile_plan", compiled)
    monkeypatch.setattr(commands, "run_plan", an_hour_later)
    result, _ = run_file(Path("tickets.yaml"), ["sweep.generator=[direct]"])
    assert 3600 < result.seconds < 3660
