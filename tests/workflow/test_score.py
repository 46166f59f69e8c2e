"""`synthlab score`: rows from anywhere, judged as a run judges its own."""

import json
import random

import pandas as pd
import pytest

from tests.conftest import WORDS, table_rows, write_csv


@pytest.fixture
def files(workplace):
    """Real test and training rows, and what two tools made: good rows and rows of mixed classes."""
    real = table_rows(40)
    write_csv(workplace / "test.csv", real[:20] + real[40:60] + real[80:100])
    write_csv(workplace / "train.csv", real[20:30] + real[60:70] + real[100:110])
    for seed in (1, 2, 3):
        jsonl(workplace / f"good-{seed}.jsonl", made(seed, 0.0))
        jsonl(workplace / f"poor-{seed}.jsonl", made(seed, 0.6))
    return workplace


def made(seed, wrong, per_class=8):
    """Rows of keywords; a share of ``wrong`` has another class's words."""
    rng = random.Random(seed)
    rows = []
    for label in WORDS:
        for _ in range(per_class):
            source = rng.choice(list(WORDS)) if rng.random() < wrong else label
            rows.append((" ".join(rng.sample(WORDS[source].split(), 6)) + f" {seed}", label))
    return rows


def jsonl(path, rows):
    path.write_text("".join(json.dumps({"text": t, "label": c}) + "\n" for t, c in rows))


def scored(synthlab, *args):
    said = synthlab("score", *args, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_files_are_scored_with_intervals_and_compared(files, synthlab):
    paths = [f"{kind}-{seed}.jsonl" for kind in ("good", "poor") for seed in (1, 2, 3)]
    found = scored(synthlab, *paths, "--real-test", "test.csv", "--real-train", "train.csv")
    assert [(item["name"], item["generations"]) for item in found["sets"]] == [
        ("good", 3),
        ("poor", 3),
    ]
    good = found["sets"][0]
    assert [arm["name"] for arm in good["arms"]] == ["synthetic alone", "real alone", "both"]
    assert good["arms"][0]["estimate"]["value"] > 0.9
    assert good["families"][0]["model"] == "lsa-logreg"
    (pair,) = found["contrasts"]
    assert (pair["a"], pair["b"]) == ("good", "poor")
    assert pair["low"] > 0
    assert found["rows_per_class"] == 8
    assert "train on" in good["said"][0]
    assert "are worth" in good["said"][1]


def test_a_table_for_people_says_what_was_found(files, synthlab):
    said = synthlab("score", "good-1.jsonl", "poor-1.jsonl", "--real-test", "test.csv")
    assert said.code == 0, said.err
    assert "macro-F1 on 60 real rows" in said.out
    assert "good-1 - poor-1" in said.out
    assert "leave the luck of a generation out" in said.out


def test_csv_and_parquet_with_columns_of_other_names_are_read(files, synthlab):
    frame = pd.DataFrame(made(1, 0), columns=["body", "class"])
    frame.to_parquet("rows.parquet")
    frame.to_csv("rows.csv2.csv", index=False)
    pd.read_csv("test.csv").rename(columns={"text": "body", "label": "class"}).to_csv(
        "real.csv", index=False
    )
    columns = ["--text", "body", "--label", "class"]
    found = scored(synthlab, "rows.parquet", "rows.csv2.csv", "--real-test", "real.csv", *columns)
    first, second = (item["arms"][0]["estimate"]["value"] for item in found["sets"])
    assert first == second


def test_the_sealed_test_rows_of_a_config_can_judge_and_that_is_counted(files, synthlab):
    first = scored(synthlab, "good-1.jsonl", "--task", "tickets.yaml")
    assert first["test"]["rows"] == 24
    assert first["test"]["reads"] == 1
    assert first["sets"][0]["arms"][1]["real"] == 66
    assert scored(synthlab, "good-1.jsonl", "--task", "tickets.yaml")["test"]["reads"] == 2


def test_sets_are_cut_to_equal_rows_unless_all_are_asked_for(files, synthlab):
    jsonl(files / "large.jsonl", made(5, 0, 30))
    both = ["good-1.jsonl", "large.jsonl", "--real-test", "test.csv"]
    assert [item["rows"] for item in scored(synthlab, *both)["sets"]] == [24, 24]
    whole = scored(synthlab, *both, "--rows", "0")
    assert sorted(item["rows"] for item in whole["sets"]) == [24, 90]
    assert {item["rows"] for item in scored(synthlab, *both, "--rows", "4")["sets"]} == {12}


def test_unequal_and_missing_classes_get_a_right_answer(files, synthlab):
    rows = made(1, 0)
    jsonl(files / "lame.jsonl", [row for row in rows if row[1] != "refund"] + rows[:0])
    jsonl(files / "uneven.jsonl", rows + made(9, 0, 20)[:15])
    found = scored(synthlab, "lame.jsonl", "uneven.jsonl", "--real-test", "test.csv")
    by_name = {item["name"]: item for item in found["sets"]}
    assert by_name["lame"]["arms"][0]["estimate"]["value"] < 0.7
    assert by_name["uneven"]["rows"] == 24
    assert any("no row of refund, whose F1 is 0" in note for note in found["notes"])


def test_unknown_labels_and_copies_of_test_rows_are_left_out_and_told(files, synthlab):
    copy = pd.read_csv("test.csv").iloc[0]
    strange = [("whatever", "other"), (copy["text"].upper(), copy["label"])]
    jsonl(files / "odd.jsonl", made(1, 0) + strange)
    notes = scored(synthlab, "odd.jsonl", "--real-test", "test.csv")["notes"]
    assert any("no class 'other'" in note for note in notes)
    assert any("a test row stands in it" in note for note in notes)


def test_one_row_is_an_error_that_says_why(files, synthlab):
    jsonl(files / "one.jsonl", made(1, 0)[:1])
    said = synthlab("score", "one.jsonl", "--real-test", "test.csv")
    assert said.code in (1, 2)
    assert "one.jsonl" in said.err
    assert "one class" in said.err
    assert "Traceback" not in said.err


def test_two_hundred_thousand_rows_are_cut_to_what_is_asked(files, synthlab):
    rng = random.Random(0)
    rows = [
        (" ".join(rng.sample(WORDS[label].split(), 5)) + f" {n}", label)
        for n in range(66_667)
        for label in WORDS
    ]
    jsonl(files / "huge.jsonl", rows)
    found = scored(synthlab, "huge.jsonl", "--real-test", "test.csv", "--rows", "200")
    assert found["sets"][0]["rows"] == 600


def test_real_rows_to_judge_on_are_asked_for(files, synthlab):
    said = synthlab("score", "good-1.jsonl")
    assert said.code == 2
    assert "--real-test" in said.err
    both = synthlab("score", "good-1.jsonl", "--real-test", "test.csv", "--task", "tickets.yaml")
    assert both.code == 2


def test_training_rows_that_are_test_rows_are_left_out(files, synthlab):
    found = scored(synthlab, "good-1.jsonl", "--real-test", "test.csv", "--real-train", "test.csv")
    assert [arm["name"] for arm in found["sets"][0]["arms"]] == ["synthetic alone"]
    assert any("as they are test rows too" in note for note in found["notes"])


def test_a_run_and_score_give_its_rows_the_same_figure(files, synthlab):
    said = synthlab("run", "tickets.yaml", "--set", "finals.replicates=2", "--json")
    board = json.loads(said.out)
    from synthlab.workflow.lab import open_store

    winner = board["finals"]["finalists"][0]
    place = open_store().client.download_artifacts(winner["run_id"], "rows/kept.parquet")
    found = scored(
        synthlab, place, "--generation", "generation", "--task", "tickets.yaml", "--rows", "0"
    )
    assert found["sets"][0]["generations"] == 2
    arm = board["finals"]["arms"][0]["estimate"]
    assert found["sets"][0]["arms"][0]["estimate"] == pytest.approx(arm)
