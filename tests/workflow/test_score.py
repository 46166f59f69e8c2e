"""`synthlab score`: rows from anywhere, judged as a run judges its own."""

import json
import random
import sys

import pandas as pd
import pytest

from synthlab.errors import DataError
from synthlab.scoring.score import Scorer
from synthlab.tracking.names import STOPPED
from synthlab.workflow import judged
from synthlab.workflow.exam import NOISE
from synthlab.workflow.lab import open_store
from tests.conftest import CONFIG, WORDS, table_rows, write_csv

TASK = """\
from synthlab.tasks.table import Table


class Letters:
    def __init__(self, params):
        pass

    def load(self):
        from synthlab.tasks.rows import build_source

        records = Table(Table.Params(path="rows.csv")).records()
        return build_source(records, "body", "rows.csv", "letters")
"""
SEEDS = range(1, 6)
SAID = ("train on", "are worth", "With more rows of this kind, to reach")


@pytest.fixture
def files(workplace):
    """Real test and training rows, and what two tools made: good rows and rows of mixed classes."""
    real = table_rows(40)
    write_csv(workplace / "test.csv", real[:20] + real[40:60] + real[80:100])
    write_csv(workplace / "train.csv", real[20:30] + real[60:70] + real[100:110])
    for seed in SEEDS:
        jsonl(workplace / f"good-seed{seed}.jsonl", made(seed, 0.0))
        jsonl(workplace / f"poor-seed{seed}.jsonl", made(seed, 0.6))
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
    paths = [f"{kind}-seed{seed}.jsonl" for kind in ("good", "poor") for seed in SEEDS]
    found = scored(synthlab, *paths, "--real-test", "test.csv", "--real-train", "train.csv")
    assert [(item["name"], item["generations"]) for item in found["sets"]] == [
        ("good", 5),
        ("poor", 5),
    ]
    good = found["sets"][0]
    assert [arm["name"] for arm in good["arms"]] == ["synthetic alone", "real alone", "both"]
    assert good["arms"][0]["estimate"]["value"] > 0.9
    assert good["families"][0]["model"] == "lsa-logreg"
    (pair,) = found["contrasts"]
    assert (pair["a"], pair["b"]) == ("good", "poor")
    assert pair["low"] > 0
    assert found["rows_per_class"] == 8
    assert [part in said for part, said in zip(SAID, good["said"], strict=True)] == [True] * 3
    assert [arm["name"] for arm in good["families"][0]["arms"]] == [
        "synthetic alone",
        "real alone",
        "both",
    ]
    files = ", ".join(f"good-seed{seed}.jsonl" for seed in SEEDS)
    assert f"good: 5 generations, in {files}" in found["notes"]


def test_all_differences_of_a_call_are_one_family(files, synthlab):
    paths = [f"{kind}-seed{seed}.jsonl" for kind in ("good", "poor") for seed in (1, 2)]
    found = scored(synthlab, *paths, "--real-test", "test.csv", "--real-train", "train.csv")
    every = [*found["contrasts"], *(c for item in found["sets"] for c in item["contrasts"])]
    assert len(every) == 5
    least = min(every, key=lambda item: item["p"])
    assert least["p_holm"] == pytest.approx(min(1, 5 * least["p"]))
    assert any("all 5 differences" in note for note in found["notes"])


def test_the_luck_of_a_generation_is_assumed_where_there_is_one_of_each(files, synthlab):
    both = ["good-seed1.jsonl", "poor-seed1.jsonl", "--real-test", "test.csv"]
    found = scored(synthlab, *both)
    (pair,) = found["contrasts"]
    assert pair["se"] ** 2 > 2 * NOISE**2
    assert any("standard deviation of 0.03" in note for note in found["notes"])


def test_what_is_real_is_trained_on_once_for_all_files(files, synthlab, monkeypatch):
    sizes = []
    score = Scorer.score

    def counted(self, train, real, weights=None):
        sizes.append(len(train))
        return score(self, train, real, weights)

    monkeypatch.setattr(Scorer, "score", counted)
    paths = [f"poor-seed{seed}.jsonl" for seed in (1, 2, 3)]
    real = ["--real-test", "test.csv", "--real-train", "train.csv"]
    scored(synthlab, "direct=good-seed1.jsonl", *paths, *real)
    # All 30 training rows: alone, by both classifiers; and the largest size of the curve, 5 draws.
    assert sizes.count(30) == 2 + 5


def test_a_table_for_people_says_what_was_found(files, synthlab):
    said = synthlab("score", "good-seed1.jsonl", "poor-seed1.jsonl", "--real-test", "test.csv")
    assert said.code == 0, said.err
    assert "macro-F1 on 60 real rows" in said.out
    assert "good-seed1 - poor-seed1" in said.out
    assert "learning curves" in said.out
    assert "one generation each: good-seed1 (good-seed1.jsonl), poor-seed1 (poor-seed1" in said.out


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
    first = scored(synthlab, "good-seed1.jsonl", "--task", "tickets.yaml")
    assert first["test"]["rows"] == 24
    assert first["test"]["reads"] == 1
    assert first["sets"][0]["arms"][1]["real"] == 66
    assert scored(synthlab, "good-seed1.jsonl", "--task", "tickets.yaml")["test"]["reads"] == 2


def test_a_config_judges_without_a_key_and_by_its_own_settings(files, synthlab):
    text = CONFIG.replace("fake/words", "openai/gpt-4o-mini")
    text = text.replace("finals: {", "finals: {rope: 0.2, weights: [0.5], ")
    (files / "paid.yaml").write_text(text)
    found = scored(synthlab, "good-seed1.jsonl", "--task", "paid.yaml")
    both = found["sets"][0]["arms"][2]
    assert (both["name"], both["weight"]) == ("both", 0.5)
    assert found["sets"][0]["contrasts"][0]["rope"] == 0.2
    assert {point["draws"] for point in found["real"]} == {2}


def test_a_task_whose_text_field_has_another_name_can_judge(files, synthlab):
    (files / "task.py").write_text(TASK)
    task = CONFIG.replace("use: table", "use: task.py:Letters").replace(
        "  with: {path: rows.csv, text: text, label: label}\n", ""
    )
    (files / "letters.yaml").write_text(task)
    found = scored(synthlab, "good-seed1.jsonl", "--task", "letters.yaml")
    assert found["sets"][0]["arms"][0]["estimate"]["value"] > 0.9


def test_training_rows_beside_a_config_are_refused(files, synthlab):
    flags = ["--task", "tickets.yaml", "--real-train", "train.csv"]
    said = synthlab("score", "good-seed1.jsonl", *flags)
    assert said.code == 2
    assert "--real-train goes with --real-test" in said.err


def ended(files):
    """Status, reason and openings of the only scoring."""
    store = open_store()
    (run,) = store.client.search_runs([store.experiment("scores")])
    tags = run.data.tags
    return run.info.status, tags.get(STOPPED), tags["synthlab.test_reads"]


@pytest.mark.parametrize(
    ("error", "code", "end"),
    [
        (RuntimeError("no more"), None, ("FAILED", "RuntimeError: no more", "1")),
        (DataError("rows gone"), 1, ("FAILED", "good-seed1: rows gone", "1")),
        (KeyboardInterrupt(), 130, ("KILLED", "interrupted", "1")),
    ],
)
def test_a_scoring_that_does_not_end_is_closed_and_counts_as_an_opening(
    files, synthlab, monkeypatch, error, code, end
):
    def fail(*args):
        raise error

    monkeypatch.setattr(judged, "synthetic_curve", fail)
    args = ["score", "good-seed1.jsonl", "--task", "tickets.yaml"]
    leaves(synthlab, args, code, monkeypatch)
    assert ended(files) == end
    monkeypatch.undo()


def leaves(synthlab, args, code, monkeypatch):
    if code is None:
        with pytest.raises(RuntimeError):
            synthlab(*args)
        return
    monkeypatch.setattr("os._exit", sys.exit)
    assert synthlab(*args).code == code


def test_a_file_that_cannot_be_read_is_no_opening(files, synthlab):
    (files / "bad.jsonl").write_text("{")
    assert synthlab("score", "bad.jsonl", "--task", "tickets.yaml").code == 2
    assert scored(synthlab, "good-seed1.jsonl", "--task", "tickets.yaml")["test"]["reads"] == 1


def test_the_curve_of_a_large_set_ends_with_the_whole_of_it(files, synthlab, monkeypatch):
    monkeypatch.setattr(judged, "CURVE_ROWS", 10)
    jsonl(files / "large.jsonl", made(5, 0.5, 30))
    found = scored(synthlab, "large.jsonl", "--real-test", "test.csv")
    (item,) = found["sets"]
    assert [point["per_class"] for point in item["curve"]] == [5, 10, 30]
    assert item["curve"][-1]["f1"] == item["arms"][0]["estimate"]["value"]


def test_sets_are_cut_to_equal_rows_unless_all_are_asked_for(files, synthlab):
    jsonl(files / "large.jsonl", made(5, 0, 30))
    both = ["good-seed1.jsonl", "large.jsonl", "--real-test", "test.csv"]
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
    said = synthlab("score", "good-seed1.jsonl")
    assert said.code == 2
    assert "--real-test" in said.err
    both = synthlab(
        "score", "good-seed1.jsonl", "--real-test", "test.csv", "--task", "tickets.yaml"
    )
    assert both.code == 2


def test_training_rows_that_are_test_rows_are_left_out(files, synthlab):
    found = scored(
        synthlab, "good-seed1.jsonl", "--real-test", "test.csv", "--real-train", "test.csv"
    )
    assert [arm["name"] for arm in found["sets"][0]["arms"]] == ["synthetic alone"]
    assert any("as they are test rows too" in note for note in found["notes"])


def test_a_run_and_score_give_its_rows_the_same_figure(files, synthlab):
    said = synthlab("run", "tickets.yaml", "--set", "finals.replicates=2", "--json")
    board = json.loads(said.out)
    winner = board["finals"]["finalists"][0]
    place = open_store().client.download_artifacts(winner["run_id"], "rows/kept.parquet")
    found = scored(
        synthlab, place, "--generation", "generation", "--task", "tickets.yaml", "--rows", "0"
    )
    assert found["sets"][0]["generations"] == 2
    arm = board["finals"]["arms"][0]["estimate"]
    assert found["sets"][0]["arms"][0]["estimate"] == pytest.approx(arm)


def test_the_panel_of_a_config_measures_the_rows_beside_their_score(files, synthlab):
    copies = pd.read_csv("rows.csv")
    copies.groupby("label").head(25).to_json("copies.jsonl", orient="records", lines=True)
    both = ["copies.jsonl", "good-seed1.jsonl", "good-seed2.jsonl", "--task", "tickets.yaml"]
    found = scored(synthlab, *both, "--panel")
    panels = {item["name"]: item["panel"] for item in found["sets"]}
    shares = {
        name: next(item for item in panel["measures"] if item["name"] == "exact")
        for name, panel in panels.items()
    }
    # Of the rows that are in no test or dev split, all are seed rows.
    assert shares["copies"]["value"] > 0.3
    assert (shares["copies"]["verdict"], shares["good"]["verdict"]) == ("bad", "good")
    assert "the panel is that of a set's first generation" in found["notes"]
    assert "panel" not in scored(synthlab, *both)["sets"][0]
    said = synthlab("score", *both, "--panel").out
    assert "quality panel" in said
    assert "bad" in said


def test_a_panel_needs_a_config_and_its_mistakes_come_before_test_is_opened(files, synthlab):
    said = synthlab("score", "good-seed1.jsonl", "--real-test", "test.csv", "--panel")
    assert said.code == 2
    assert "give --task CONFIG" in said.err
    (files / "bad.yaml").write_text(CONFIG + "quality: {parts: [copyng]}\n")
    said = synthlab("score", "good-seed1.jsonl", "--task", "bad.yaml", "--panel")
    assert said.code == 2
    assert "copyng" in said.err
    assert scored(synthlab, "good-seed1.jsonl", "--task", "tickets.yaml")["test"]["reads"] == 1


def test_the_panel_tells_how_groups_fare_in_rows_of_any_tool(files, synthlab):
    groups = "{groups: {a: {words: [refund, parcel, login]}, b: {words: [card, courier, email]}}}"
    text = CONFIG.replace("  split:", f"  sensitive: {{kind: {groups}}}\n  split:")
    (files / "kinds.yaml").write_text(text)
    found = scored(synthlab, "good-seed1.jsonl", "--task", "kinds.yaml", "--panel")
    panel = found["sets"][0]["panel"]
    assert "fairness" not in panel["skipped"]
    assert {"represented", "group_none"} <= {item["name"] for item in panel["measures"]}
