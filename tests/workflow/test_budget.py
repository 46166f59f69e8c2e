"""Runs that reach a cap, go on with a larger one, and pay only for what is new."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from synthlab.errors import ConfigError
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.journal.query import Calls
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import generate, rows_for
from synthlab.workflow.lab import open_store, run_file
from synthlab.workflow.promote import promote


def paid(folder):
    """Requests sent and tokens paid, as the journal has them."""
    with create_engine(f"sqlite:///{folder}/mlruns/calls.db").connect() as connection:
        asked = "SELECT sum(attempts), sum(input_tokens + output_tokens) FROM synthlab_calls"
        return tuple(connection.execute(text(asked)).one())


def test_a_run_stops_at_its_cap_keeps_its_rows_and_goes_on_with_a_larger_one(workplace, synthlab):
    stopped = synthlab("run", "tickets.yaml", "--set", "budget.tokens=700")
    assert stopped.code == 2
    assert "stopped: budget: the cap of 700 tokens" in stopped.err
    assert "--set budget.tokens=" in stopped.err
    sent, tokens = paid(workplace)
    assert 0 < tokens <= 700
    (run,) = json.loads(synthlab("list", "--json").out)
    assert run["status"] == "KILLED"
    child = open_store().client.search_runs(
        [open_store().experiment("tickets")], "tags.`synthlab.kind` = 'candidate'"
    )[0]
    path = open_store().client.download_artifacts(child.info.run_id, "rows/unjudged.parquet")
    assert 0 < len(pd.read_parquet(path)) <= sent

    again = synthlab("run", "tickets.yaml", "--set", "budget.tokens=30000", "--json")
    assert again.code == 0
    board = json.loads(again.out)
    assert board["paid_calls"] == paid(workplace)[0] - sent
    assert [item["rows"] for item in board["candidates"]] == [18, 18]


def test_a_run_that_stops_between_candidates_shows_what_it_has_and_keeps_test_sealed(
    workplace, synthlab
):
    stopped = synthlab("run", "tickets.yaml", "--set", "budget.calls=20")
    assert stopped.code == 2
    assert "The run stopped at a cap of its budget when 1 candidate was scored." in stopped.out
    assert "the cap of 20 calls would be passed: 20 were sent" in stopped.err
    board = json.loads(synthlab("compare", "tickets", "--json").out)
    assert [item["name"] for item in board["candidates"]] == ["direct"]
    assert board["finals"] is None
    assert board["status"] == "KILLED"
    refused = synthlab("promote", "tickets")
    assert refused.code == 2
    assert "killed" in refused.err


def test_the_same_run_again_pays_nothing_and_finds_the_same(workplace, synthlab):
    boards = [json.loads(synthlab("run", "tickets.yaml", "--json").out) for _ in range(2)]
    assert [board["paid_calls"] for board in boards] == [36, 0]
    first, second = (
        [(item["name"], item["f1"], item["tokens"]) for item in board["candidates"]]
        for board in boards
    )
    assert first == second


def test_another_seed_is_another_generation_and_is_paid(workplace, synthlab):
    synthlab("run", "tickets.yaml")
    board = json.loads(synthlab("run", "tickets.yaml", "--set", "seed=1", "--json").out)
    assert board["paid_calls"] == 36


def test_generated_rows_are_not_paid_twice_either(workplace, synthlab):
    synthlab("run", "tickets.yaml")
    synthlab("promote", "tickets")
    for out in ("one", "two"):
        said = synthlab("generate", "tickets@champion", "-n", "9", "-o", out, "--format", "jsonl")
        assert said.code == 0
    assert paid(workplace)[0] == 36 + 9
    assert delivered(workplace / "one") == delivered(workplace / "two")


def delivered(folder):
    texts = [path.read_text(encoding="utf-8") for path in sorted((folder / "data").iterdir())]
    return "".join(texts).splitlines()


@pytest.mark.parametrize(("cap", "small", "large"), [("calls", 10, 60), ("tokens", 500, 9000)])
def test_a_delivery_stops_at_its_cap_keeps_its_rows_and_goes_on_with_a_larger_one(
    workplace, synthlab, cap, small, large
):
    synthlab("run", "tickets.yaml")
    synthlab("promote", "tickets")
    ask = ("generate", "tickets@champion", "-n", "30", "--format", "jsonl")
    before = paid(workplace)
    stopped = synthlab(*ask, "-o", "one", f"--{cap}", str(small))
    assert stopped.code == 2
    assert f"stopped: budget: the cap of {small} {cap}" in stopped.err
    assert f"raise --{cap} and run the same command again" in stopped.err
    kept = delivered(workplace / "one")
    sent = paid(workplace)[0] - before[0]
    assert 0 < len(kept) <= sent
    assert paid(workplace)[cap == "tokens"] - before[cap == "tokens"] <= small
    assert f"{len(kept)} rows of tickets@champion" in stopped.out
    card = (workplace / "one" / "README.md").read_text(encoding="utf-8")
    assert f"30 rows were asked for; stopped: budget: the cap of {small} {cap}" in card

    again = synthlab(*ask, "-o", "one", f"--{cap}", str(large), "--json")
    assert again.code == 0
    assert sum(json.loads(again.out)["rows"].values()) == 30
    whole = delivered(workplace / "one")
    assert set(kept) <= set(whole)
    free = synthlab(*ask, "-o", "three", f"--{cap}", str(small))
    assert free.code == 0  # every answer is in the journal
    assert delivered(workplace / "three") == whole


def test_a_delivery_has_a_cap_in_minutes(workplace, synthlab):
    synthlab("run", "tickets.yaml")
    synthlab("promote", "tickets")
    said = synthlab("generate", "tickets@champion", "-n", "3000", "-o", "one", "--minutes", "0.01")
    assert said.code == 2
    assert "raise --minutes" in said.err


def test_a_delivery_without_a_known_price_and_a_cap_in_usd_does_not_start(workplace):
    run_file(Path("tickets.yaml"))
    store = open_store()
    promote(store, "tickets")
    program = load_program(store, "tickets", "champion")[1]
    unheard = {**program, "lm": {**program["lm"], "model": "openai/unheard-of"}}
    journal = Journal("sqlite:///own.db", caps=Caps(usd=1))
    with pytest.raises(ConfigError, match="unknown price for openai/unheard-of"):
        generate(unheard, 9, workplace / "out", journal=journal)
    journal.close()
    assert not (workplace / "out").exists()


def test_a_served_model_keeps_its_calls_where_the_environment_says(workplace, monkeypatch):
    run_file(Path("tickets.yaml"))
    store = open_store()
    promote(store, "tickets")
    program = load_program(store, "tickets", "champion")[1]
    order = [{"label": "refund", "count": 2, "seed": 3}]
    plain = rows_for(program, order)
    monkeypatch.setenv("SYNTHLAB_JOURNAL", f"sqlite:///{workplace}/served.db")
    assert rows_for(program, order) == rows_for(program, order) == plain
    (sums,) = Calls(f"sqlite:///{workplace}/served.db").sums()
    assert sums["run"] == "tickets (served)"
    assert sums["attempts"] == sums["calls"] >= 2


@pytest.mark.parametrize("name", ["calls.csv", "calls.jsonl", "calls.parquet"])
def test_calls_are_listed_summed_and_exported(workplace, synthlab, name):
    synthlab("run", "tickets.yaml")
    said = synthlab("calls", "tickets")
    assert said.code == 0
    assert "fake/words" in said.out
    (sums,) = json.loads(synthlab("calls", "--json").out)
    assert (sums["calls"], sums["attempts"], sums["purpose"]) == (36, 36, "generate")
    assert synthlab("calls", "--export", name).code == 0
    path = workplace / name
    if name.endswith("csv"):
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    elif name.endswith("jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        rows = pd.read_parquet(path).to_dict("records")
    assert len(rows) == 36
    assert {row["state"] for row in rows} == {"done"}
    assert all("support message" in row["prompt"] for row in rows)


def test_an_export_to_an_unknown_kind_of_file_is_refused(workplace, synthlab):
    synthlab("run", "tickets.yaml")
    said = synthlab("calls", "--export", "calls.xlsx")
    assert said.code == 2
    assert ".jsonl, .csv, .parquet" in said.err


def test_an_unknown_price_and_a_cap_in_usd_do_not_start(workplace, synthlab, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    said = synthlab(
        "run", "tickets.yaml", "--set", "budget.usd=1", "--set", "lm.model=openai/unheard-of"
    )
    assert said.code == 2
    assert "price" in said.err
    assert not (workplace / "mlruns" / "calls.db").exists()
