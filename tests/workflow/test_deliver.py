"""``synthlab generate`` as its user types it: again, with more rows, after a promotion."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import copied_stores, set_out


@pytest.fixture(scope="module")
def promoted(tmp_path_factory, blank_store):
    """A folder with a store, in which version 1 is promoted."""
    from synthlab.workflow.lab import open_store, run_file
    from synthlab.workflow.promote import promote

    folder = set_out(tmp_path_factory.mktemp("promoted"))
    with pytest.MonkeyPatch.context() as patch, copied_stores(blank_store):
        patch.chdir(folder)
        run_file(Path("tickets.yaml"), ["sweep.generator=[direct]", "budget.rows_per_class=20"])
        promote(open_store(), "tickets")
    return folder


@pytest.fixture
def here(promoted, monkeypatch):
    monkeypatch.chdir(promoted)
    for left in ("out", "other"):
        shutil.rmtree(promoted / left, ignore_errors=True)
    return promoted


def rows(said) -> dict[str, int]:
    assert said.code == 0, said.err
    return json.loads(said.out)["rows"]


def test_a_folder_is_begun_gone_on_with_and_topped_up(here, synthlab):
    generate = ("generate", "tickets@champion", "-o", "out", "--json")
    first = synthlab(*generate, "-n", "60", "--per-class", "refund=50%")
    assert rows(first) == {"account": 15, "delivery": 15, "refund": 30}
    # Without numbers, the folder's own are meant.
    again = json.loads(synthlab(*generate).out)
    assert (again["added"], again["rows"]["refund"]) == (0, 30)
    more = synthlab(*generate, "-n", "90")
    assert rows(more) == {"account": 30, "delivery": 30, "refund": 30}
    assert json.loads(more.out)["added"] == 30
    other = synthlab(*generate, "-n", "90", "--seed", "4")
    assert other.code == 2
    assert "give --seed 0 to go on" in other.err
    less = synthlab(*generate, "-n", "30")
    assert less.code == 2
    assert "rows are not taken away" in less.err


def test_the_output_says_whether_rows_are_still_alike(here, synthlab):
    found = json.loads(
        synthlab("generate", "tickets@champion", "-n", "120", "-o", "out", "--json").out
    )
    assert found["drifted"] is False
    assert {item["name"] for item in found["drift"]} >= {"auc", "agree", "words", "drop_rate"}
    said = synthlab("generate", "tickets@champion", "-o", "out")
    assert "drift     none" in said.out
    assert "reading the" not in said.err


def test_hf_is_parquet_and_an_unknown_format_says_what_there_is(here, synthlab):
    said = synthlab("generate", "tickets", "-n", "6", "-o", "out", "--format", "hf")
    assert "train-00000-of-00001.parquet" in said.out
    said = synthlab("generate", "tickets", "-n", "6", "-o", "other", "--format", "csv")
    assert said.code == 2
    assert "parquet, jsonl" in said.err
    assert not (here / "other").exists()


def test_a_check_calls_no_lm_and_tells_rows_of_another_source(here, synthlab):
    assert synthlab("generate", "tickets", "-n", "90", "-o", "out", "--format", "jsonl").code == 0
    assert rows(synthlab("generate", "tickets", "-n", "93", "-o", "out", "--json"))["refund"] == 31
    before = {path: path.read_bytes() for path in (here / "out").rglob("*") if path.is_file()}
    said = synthlab("generate", "tickets", "-o", "out", "--check")
    assert said.code == 0
    assert "no drift was found" in said.out
    assert before == {p: p.read_bytes() for p in (here / "out").rglob("*") if p.is_file()}
    (path,) = (here / "out" / "data").iterdir()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for number, line in enumerate(lines):
        line["text"] = f"Dear team, kindly resolve case {number} at once, thank you!"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    said = synthlab("generate", "tickets", "-o", "out", "--check", "--json")
    assert said.code == 1
    found = {item["name"]: item["verdict"] for item in json.loads(said.out)["measures"]}
    assert found["auc"] == "bad"


def test_a_check_of_no_delivery_or_of_few_rows_says_so(here, synthlab):
    said = synthlab("generate", "tickets", "-o", "none", "--check")
    assert said.code == 2
    assert "no delivery in none" in said.err
    synthlab("generate", "tickets", "-n", "9", "-o", "out")
    said = synthlab("generate", "tickets", "-o", "out", "--check")
    assert said.code == 2
    assert "9 rows of each can be compared and 40 are needed" in said.err


def test_a_folder_of_an_older_champion_says_how_to_go_on_with_it(workplace, ready_stores, synthlab):
    synthlab("run", "tickets.yaml", "--set", "sweep.generator=[direct]")
    synthlab("promote", "tickets")
    assert synthlab("generate", "tickets", "-n", "6", "-o", "out").code == 0
    synthlab("run", "tickets.yaml")
    assert "version 2" in synthlab("promote", "tickets").out
    said = synthlab("generate", "tickets", "-n", "12", "-o", "out")
    assert said.code == 2
    assert "out holds rows of tickets@champion (version 1)" in said.err
    assert "synthlab generate tickets@1 ..." in said.err
    again = synthlab("generate", "tickets@1", "-n", "12", "-o", "out")
    assert "12 rows of tickets@1 (version 1) in out/ (6 of them now)" in again.out


def test_rows_are_written_also_when_the_run_is_gone(workplace, ready_stores, synthlab):
    from synthlab.tracking.registry import champion
    from synthlab.workflow.lab import open_store

    synthlab("run", "tickets.yaml", "--set", "sweep={}")
    synthlab("promote", "tickets")
    store = open_store()
    run_id = champion(store, "tickets").run_id
    shutil.rmtree(Path(store.client.get_run(run_id).info.artifact_uri) / "rows")
    said = synthlab("generate", "tickets", "-n", "60", "-o", "out")
    assert said.code == 0
    assert "not checked: the rows of the promoted run are not at hand" in said.out


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_delivery_is_scored_as_one_set_with_the_rows_that_count(
    here, synthlab, monkeypatch, form
):
    monkeypatch.setattr("synthlab.workflow.shards.SIZE", 20)
    rows(
        synthlab(
            "generate", "tickets@champion", "-n", "51", "-o", "out", "--format", form, "--json"
        )
    )
    every = sorted((here / "out" / "data").iterdir())
    assert len(every) == 3
    extra = json.loads((here / "out" / "synthlab.json").read_text())
    extra["rows"]["refund"] -= 6  # as after a crash: rows on disk that do not count
    (here / "out" / "synthlab.json").write_text(json.dumps(extra))

    def scored(*paths):
        flags = ("--task", "tickets.yaml", "--rows", "0", "--json")
        return json.loads(synthlab("score", *map(str, paths), *flags).out)["sets"]

    (found,) = scored("out")
    assert (found["name"], found["generations"], found["rows"]) == ("out", 1, 45)
    assert found["files"] == ["out"]
    assert scored(*every) == [found | {"files": [str(here / "out")]}]
