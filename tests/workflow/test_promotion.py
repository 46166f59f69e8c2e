"""The gates of a promotion: what passes, what is refused, what is written down, the way back."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections import OrderedDict
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
import yaml
from mlflow.tracking._tracking_service import utils

from synthlab.errors import ConfigError, DataError, GateError, NotFoundError
from synthlab.measures import Measure, Panel
from synthlab.tracking.evidence import log_promotion
from synthlab.tracking.read import artifact_text
from synthlab.tracking.registry import champion
from synthlab.tracking.turns import TAG
from synthlab.tracking.ui import serve
from synthlab.workflow.lab import open_store, run_file
from synthlab.workflow.promote import promote
from synthlab.workflow.rollback import rollback
from tests.conftest import set_out
from tests.tracking.test_ui import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory):
    """Runs of one experiment: a weak one, a better one, one on other dev rows, one without finals.

    Yields the folder, and the id of each run by what it is.
    """
    folder = set_out(tmp_path_factory.mktemp("promotion"))
    fresh, plain = "finals.replicates=3", "sweep={}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        config = Path("tickets.yaml")
        runs = {
            "weak": run_file(config, [fresh, plain])[0].run_id,
            "better": run_file(config, [fresh])[0].run_id,
            "elsewhere": run_file(config, [fresh, "task.split.seed=5"])[0].run_id,
            "larger": run_file(config, [plain, "budget.rows_per_class=9"])[0].run_id,
            "again": run_file(config, [plain])[0].run_id,
            "once": run_file(config, [plain, "seed=3"])[0].run_id,
        }
    return folder, runs


@pytest.fixture
def own(lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The same runs in a store that the test may change, artifacts too."""
    folder, runs = lab
    for name in ("rows.csv", "tickets.yaml"):
        shutil.copy(folder / name, tmp_path)
    shutil.copytree(folder / "mlruns", tmp_path / "mlruns")
    columns = {"experiments": "artifact_location", "runs": "artifact_uri"}
    with closing(sqlite3.connect(tmp_path / "mlruns" / "mlflow.db")) as connection, connection:
        for table, column in columns.items():
            change = f"UPDATE {table} SET {column} = replace({column}, ?, ?)"
            connection.execute(change, (str(folder), str(tmp_path)))
    # MLflow remembers where each run's artifacts are, for the whole process.
    monkeypatch.setattr(utils, "_artifact_repos_cache", OrderedDict())
    monkeypatch.chdir(tmp_path)
    return open_store(), runs


def with_gates(store, run_id: str, **gates: object) -> None:
    """As if the config of the run had asked for these."""
    config = yaml.safe_load(artifact_text(store, run_id, "config.yaml"))
    text = yaml.safe_dump({**config, "promotion": gates})
    store.client.log_text(run_id, text, "config.yaml")


def with_panel(store, run_id: str, **values: float) -> None:
    measures = tuple(Measure(k, "x", v, "lower", "share", "") for k, v in values.items())
    store.client.log_dict(run_id, Panel(measures).as_dict(), "panel.json")


def fresh_run(store, run_id: str) -> str:
    """Of the winner's fresh generations, whose rows the gates judge."""
    board = json.loads(artifact_text(store, run_id, "leaderboard.json"))
    return str(board["finals"]["finalists"][0]["run_id"])


def gate(verdict, key: str):
    return next(item for item in verdict.gates if item.key == key)


def aliases(store) -> dict[str, str]:
    return {k: str(v) for k, v in store.client.get_registered_model("tickets").aliases.items()}


def test_the_first_run_is_promoted_without_finals_and_the_warning_says_what_that_means(own):
    store, runs = own
    verdict = promote(store, "tickets", runs["once"])
    assert verdict.outcome == "promoted"
    assert "There was no champion to beat." in verdict.reason
    assert any("finals.replicates is 0" in note for note in verdict.notes)
    assert aliases(store) == {"champion": "1"}


def test_a_better_generator_becomes_champion_and_the_old_one_previous(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    verdict = promote(store, "tickets", runs["better"])
    assert (verdict.outcome, verdict.candidate) == ("promoted", "attributes")
    assert aliases(store) == {"champion": "2", "previous": "1"}
    passed = gate(verdict, "champion")
    assert passed.outcome == "passed"
    numbers = passed.numbers
    assert numbers["limit"] == 0 < numbers["low"] < numbers["value"] < numbers["high"]
    # Both runs opened the same test rows in their finals: these decide, not dev.
    assert "above version 1 on sealed test rows" in passed.said
    tags = champion(store, "tickets").tags
    assert tags["verdict"] == "passed"
    assert tags["gate.champion"].startswith("passed: +0.")
    assert tags["against"] == "version 1"
    assert {"promoted_by", "promoted_at", "dev_digest", "test_digest"} <= set(tags)


def test_the_report_stands_with_the_version_and_with_the_candidates_run(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    first = store.client.get_model_version("tickets", "1").description
    assert first.startswith("direct is promoted; no gate has a limit. There was no champion")
    verdict = promote(store, "tickets", runs["better"])
    report = json.loads(artifact_text(store, verdict.run_id, "promotion.json"))
    words = artifact_text(store, verdict.run_id, "promotion.md")
    assert report["version"] == verdict.version == "2"
    assert [item["key"] for item in report["gates"]] == [
        "champion",
        "direct",
        "generations",
        "cost",
        "copied",
        "pii",
    ]
    assert "attributes passed every gate and is promoted" in words
    assert "| beats champion&emsp; | +0." in words
    assert store.client.get_model_version("tickets", "2").description == words
    run = store.client.get_run(verdict.run_id)
    assert run.info.status == "FINISHED"


def test_what_is_refused_moves_nothing_and_leaves_its_report_with_the_run(own):
    store, runs = own
    promote(store, "tickets", runs["better"])
    with pytest.raises(GateError, match="below version 1 on dev rows") as caught:
        promote(store, "tickets", runs["better"], "direct")
    verdict = caught.value.verdict
    assert (verdict.outcome, verdict.version) == ("refused", "1")
    assert aliases(store) == {"champion": "1"}
    assert len(store.client.search_model_versions("name = 'tickets'")) == 1
    assert "is not promoted" in artifact_text(store, verdict.run_id, "promotion.md")


def test_what_is_refused_on_merit_can_stay_as_the_challenger(own):
    store, runs = own
    promote(store, "tickets", runs["better"])
    verdict = promote(store, "tickets", runs["weak"], challenger=True)
    assert (verdict.ref, verdict.version) == ("tickets@challenger", "2")
    assert aliases(store) == {"champion": "1", "challenger": "2"}
    assert champion(store, "tickets", "challenger").tags["verdict"] == "refused"
    assert promote(store, "tickets", runs["weak"], challenger=True).version == "2"
    # As champion it is a challenger no more.
    promote(store, "tickets", runs["weak"], force="a test", challenger=True)
    assert aliases(store) == {"champion": "3", "previous": "1"}


def test_a_generator_that_copies_too_much_becomes_no_challenger(own):
    store, runs = own
    found = promote(store, "tickets", runs["better"])
    with_gates(store, runs["weak"], max_copied=0.05)
    with_panel(store, fresh_run(store, runs["weak"]), copied=0.2)
    with pytest.raises(GateError, match=r"20\.0% of its rows repeat") as caught:
        promote(store, "tickets", runs["weak"], challenger=True)
    assert gate(caught.value.verdict, "copied").outcome == "failed"
    assert aliases(store) == {"champion": found.version}


def test_a_limit_on_what_was_not_measured_refuses_and_says_how_to_measure(own):
    store, runs = own
    with_gates(store, runs["better"], max_copied=0.05, max_pii=1)
    board = json.loads(artifact_text(store, runs["better"], "leaderboard.json"))
    fresh = fresh_run(store, runs["better"])
    for run_id in (board["candidates"][0]["run_id"], fresh):
        store.client.log_dict(run_id, Panel().as_dict(), "panel.json")
    with pytest.raises(GateError, match="Copied text was not measured") as caught:
        promote(store, "tickets", runs["better"])
    assert "panel.json" in caught.value.fix
    assert {gate(caught.value.verdict, key).outcome for key in ("copied", "pii")} == {"not judged"}
    with_panel(store, fresh, copied=0.01, pii=0.5, pii_real=0.25)
    verdict = promote(store, "tickets", runs["better"])
    assert verdict.outcome == "promoted"
    assert (
        "0.8 of 1,000 rows hold personal data; 0.2 of 1,000 hold a real row's"
        in gate(verdict, "pii").said
    )


def test_a_limit_on_personal_data_holds_for_every_part_that_looks_for_it(own):
    store, runs = own
    with_gates(store, runs["better"], max_pii=1)
    run_id = fresh_run(store, runs["better"])
    with_panel(store, run_id, pii=0.5, pii_real=0.0, ner_pii=40.0, ner_pii_real=2.0)
    with pytest.raises(GateError, match=r"42\.0 of 1,000 rows .*, as presidio sees them") as caught:
        promote(store, "tickets", runs["better"])
    assert gate(caught.value.verdict, "pii").outcome == "failed"
    with_panel(store, run_id, pii=3.0, pii_real=0.0, ner_pii=0.5, ner_pii_real=0.0)
    with pytest.raises(GateError, match=r"3\.0 of 1,000 rows .*, as pii sees them"):
        promote(store, "tickets", runs["better"])
    with_panel(store, run_id, ner_pii=40.0)  # the part pii was left out of quality.parts
    with pytest.raises(GateError, match=r"40\.0 of 1,000"):
        promote(store, "tickets", runs["better"])
    with_panel(store, run_id, pii=0.5, pii_real=0.25, ner_pii=1.0, ner_pii_real=0.0)
    assert promote(store, "tickets", runs["better"]).outcome == "promoted"


def test_cost_generations_and_the_direct_prompt_have_gates_of_their_own(own):
    store, runs = own
    with_gates(store, runs["better"], usd_per_1000=0.5, replicates=3, beats_direct=True)
    verdict = promote(store, "tickets", runs["better"])
    keys = ("cost", "generations", "direct")
    assert {gate(verdict, key).outcome for key in keys} == {"passed"}
    with_gates(store, runs["weak"], replicates=4, beats_direct=True)
    with pytest.raises(GateError, match="It is the direct prompt itself") as caught:
        promote(store, "tickets", runs["weak"])
    assert gate(caught.value.verdict, "generations").outcome == "failed"
    assert "finals.replicates=4" in caught.value.fix


def test_the_margin_is_the_configs_unless_it_is_given(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    with_gates(store, runs["better"], margin=0.9)
    with pytest.raises(GateError, match=r"not better by 0\.9") as caught:
        promote(store, "tickets", runs["better"])
    assert gate(caught.value.verdict, "champion").limit == "above +0.900"
    verdict = promote(store, "tickets", runs["better"], margin=0.0)
    assert "The margin was set by hand; the config's is 0.9." in verdict.notes


def test_a_candidate_that_was_not_in_the_finals_is_compared_by_the_searchs_rows_of_both(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    with pytest.raises(GateError, match="dev rows, the search's own generation"):
        promote(store, "tickets", runs["once"])


def test_force_promotes_against_the_gates_and_its_reason_is_written_down(own):
    store, runs = own
    promote(store, "tickets", runs["better"])
    verdict = promote(store, "tickets", runs["weak"], force="the other one is down")
    assert verdict.outcome == "forced"
    assert aliases(store) == {"champion": "2", "previous": "1"}
    tags = champion(store, "tickets").tags
    assert tags["forced_because"] == "the other one is down"
    assert tags["gate.champion"].startswith("failed: -0.")
    assert "the other one is down" in artifact_text(store, verdict.run_id, "promotion.md")
    with pytest.raises(ConfigError, match="--force needs a reason"):
        promote(store, "tickets", runs["better"], force="  ")


def test_other_dev_rows_are_refused_and_rescoring_lets_the_gate_decide_without_an_lm(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    with pytest.raises(GateError, match="scored on other dev rows") as caught:
        promote(store, "tickets", runs["elsewhere"])
    assert "--rescore" in caught.value.fix
    assert gate(caught.value.verdict, "champion").outcome == "not judged"
    journal = Path("mlruns/calls.db").read_bytes()
    verdict = promote(store, "tickets", runs["elsewhere"], rescore=True)
    assert verdict.outcome == "promoted"
    assert "dev rows, scored again" in gate(verdict, "champion").said
    assert "3 and 3 generations" in gate(verdict, "champion").said
    assert any("that flatters the candidate" in note for note in verdict.notes)
    assert Path("mlruns/calls.db").read_bytes() == journal
    folder = store.client.download_artifacts(verdict.run_id, "predictions")
    again = pd.read_parquet(Path(folder) / "rescored-champion.parquet")
    assert list(again.columns) == ["true", "called_1", "called_2", "called_3"]
    # Now the champion stands on these rows: the next one needs no rescoring.
    assert champion(store, "tickets").tags["dev_digest"] != gate_digest(store, runs["weak"])


def gate_digest(store, run_id: str) -> str:
    return json.loads(artifact_text(store, run_id, "leaderboard.json"))["digests"]["dev"]


def test_rescoring_cuts_both_to_equal_rows(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    with pytest.raises(GateError, match="with 6 rows a class, this candidate with 9"):
        promote(store, "tickets", runs["larger"])
    with pytest.raises(GateError) as caught:
        promote(store, "tickets", runs["larger"], rescore=True, margin=0.9)
    assert gate(caught.value.verdict, "champion").outcome == "failed"
    assert any("cut to at most 6 rows a class" in note for note in caught.value.verdict.notes)


def test_rescoring_where_the_real_rows_are_others_by_now_is_refused(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    lines = Path("rows.csv").read_text(encoding="utf-8").splitlines()
    Path("rows.csv").write_text("\n".join(lines[:-9]), encoding="utf-8")
    with pytest.raises(DataError, match="dev rows are not those of run"):
        promote(store, "tickets", runs["elsewhere"], rescore=True)
    Path("rows.csv").unlink()
    with pytest.raises(DataError, match="cannot read the real rows") as caught:
        promote(store, "tickets", runs["elsewhere"], rescore=True)
    assert "in the folder that the run was started in" in caught.value.fix


def test_a_champion_whose_run_is_gone_can_only_be_replaced_by_force(own):
    store, runs = own
    first = promote(store, "tickets", runs["weak"])
    store.client._tracking_client.store.delete_run(first.run_id)
    with closing(sqlite3.connect("mlruns/mlflow.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM runs WHERE run_uuid = ?", (first.run_id,))
    with pytest.raises(GateError, match="the run of version 1 is not here any more") as caught:
        promote(store, "tickets", runs["better"])
    assert "--force" in caught.value.fix
    assert promote(store, "tickets", runs["better"], force="it is gone").version == "2"


def test_rolling_back_changes_champion_and_previous_and_says_who_when_and_why(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    promote(store, "tickets", runs["better"])
    done = rollback(store, "tickets", "wrong classes in production")
    assert (done["version"], done["former"]) == ("1", "2")
    assert aliases(store) == {"champion": "1", "previous": "2"}
    kept = champion(store, "tickets").tags["rolled_back_to"]
    away = champion(store, "tickets", "previous").tags["rolled_back"]
    assert kept.startswith("from version 2 by ")
    assert away.startswith("to version 1 by ")
    assert kept.endswith("wrong classes in production")


def test_a_second_rollback_in_a_row_is_refused_and_undoing_the_first_is_asked_for(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    promote(store, "tickets", runs["better"])
    with pytest.raises(ConfigError, match="the last move was none"):
        rollback(store, "tickets", forward="it was right")
    rollback(store, "tickets", "wrong classes")
    with pytest.raises(ConfigError, match="would bring version 2 back") as caught:
        rollback(store, "tickets", "again")
    assert "wrong classes" in caught.value.what
    assert "--rollback --force REASON" in caught.value.fix
    assert aliases(store) == {"champion": "1", "previous": "2"}
    done = rollback(store, "tickets", forward="it was right")
    assert (done["outcome"], done["version"], done["why"]) == (
        "rollback undone",
        "2",
        "it was right",
    )
    assert aliases(store) == {"champion": "2", "previous": "1"}
    # From here on it is as before the first one.
    assert rollback(store, "tickets")["outcome"] == "rolled back"
    assert aliases(store) == {"champion": "1", "previous": "2"}


def test_rolling_back_without_anything_to_go_back_to_is_told(own):
    store, runs = own
    with pytest.raises(NotFoundError, match="'tickets' has no champion"):
        rollback(store, "tickets")
    promote(store, "tickets", runs["weak"])
    with pytest.raises(NotFoundError, match=r"champion \(version 1\) is the first"):
        rollback(store, "tickets")
    assert aliases(store) == {"champion": "1"}


def test_the_same_generator_judged_by_another_run_needs_not_beat_itself(own):
    store, runs = own
    promote(store, "tickets", runs["weak"])
    verdict = promote(store, "tickets", runs["again"])
    assert (verdict.outcome, verdict.version) == ("promoted", "2")
    assert gate(verdict, "champion").figure == "same generator"


@pytest.fixture(params=["database", "server"])
def shared(own, request):
    """The address of the store, as machines that share it are given it."""
    store, _ = own
    if request.param == "database":
        yield store.uri
        return
    server = serve(store, free_port())
    yield server.url
    server.stop()


@pytest.mark.slow
def test_two_promotions_at_once_from_two_machines_know_of_each_other(own, shared, tmp_path):
    store, runs = own
    started = []
    for number, which in enumerate(("weak", "better")):
        folder = tmp_path / f"machine-{number}"
        folder.mkdir()
        code = "import sys; from synthlab.cli import main; main()"
        command = [sys.executable, "-c", code, "promote", "tickets", "--run", runs[which]]
        command += ["--store", shared, "--force", f"race {number}"]
        started.append(
            subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.DEVNULL,
            )
        )
    assert [one.wait(180) for one in started] == [0, 0]
    assert aliases(store) == {"champion": "2", "previous": "1"}
    first, second = (store.client.get_model_version("tickets", n) for n in "12")
    assert "against" not in first.tags
    assert second.tags["against"] == "version 1"
    model = store.client.get_registered_model("tickets")
    assert not [key for key in model.tags if key.startswith(TAG)]


class TestTerminal:
    def test_a_refusal_shows_the_table_and_ends_with_1(self, own, synthlab):
        store, runs = own
        promote(store, "tickets", runs["better"])
        said = synthlab("promote", "tickets", "--run", runs["weak"])
        assert said.code == 1
        assert "direct is not promoted; tickets@champion stays at version 1" in said.out
        assert re.search(r"above \+0\.000 +failed", said.out)
        assert said.err.startswith("try: ")
        found = json.loads(synthlab("promote", "tickets", "--run", runs["weak"], "--json").out)
        assert (found["outcome"], found["gates"][0]["outcome"]) == ("refused", "failed")

    def test_rollback_is_an_option_of_its_own(self, own, synthlab):
        store, runs = own
        promote(store, "tickets", runs["weak"])
        promote(store, "tickets", runs["better"])
        mixed = synthlab("promote", "tickets", "--rollback", "--challenger")
        assert mixed.code == 2
        said = synthlab("promote", "tickets", "--rollback", "--why", "a test")
        assert said.out.startswith("rolled back: tickets@champion is version 1 again")
        assert synthlab("promote", "tickets", "--force", "").code == 2


def test_a_report_can_be_left_more_than_once(own):
    store, runs = own
    for words in ("first", "second"):
        log_promotion(store, runs["weak"], {"a": words}, words)
    assert artifact_text(store, runs["weak"], "promotion.md") == "second"


def test_a_run_may_be_named_by_its_id_alone(own):
    store, runs = own
    verdict = promote(store, runs["better"][:8])
    assert (verdict.ref, verdict.parent) == ("tickets@champion", runs["better"])
