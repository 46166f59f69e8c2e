"""A delivery's folder is a Hugging Face dataset with a card that says what the rows are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from synthlab.curation.base import Known
from synthlab.deliveries import Origin, Reference
from synthlab.measures import Measure, Panel
from synthlab.workflow.bulk import generate
from synthlab.workflow.lab import compile_file
from synthlab.workflow.program import dump_program
from synthlab.workflow.progress import Quiet


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    from tests.conftest import set_out

    folder = set_out(tmp_path_factory.mktemp("hub"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        plan = compile_file(Path("tickets.yaml"), ["sweep={}", "curation=[duplicates]"])
        [member] = plan.members
        steps = [step.made(step.params, Known()) for step in member.steps]
        return json.loads(dump_program(member, member.make(), steps))


@pytest.fixture
def load(monkeypatch, tmp_path):
    """``datasets.load_dataset`` as a user without a network has it."""
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")

    def call(folder: Path, split: str | None = None):
        return datasets.load_dataset(str(folder), split=split, cache_dir=str(tmp_path / "cache"))

    return call


def matter(folder: Path) -> dict:
    """The front matter of the card."""
    text = (folder / "README.md").read_text("utf-8")
    return yaml.safe_load(text.split("---\n")[1])


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_datasets_loads_a_folder_and_knows_its_classes(program, tmp_path, load, form):
    made = generate(program, 30, tmp_path / "out", form)
    loaded = load(tmp_path / "out")
    assert list(loaded) == ["train"]
    rows = loaded["train"]
    assert len(rows) == 30
    assert rows.column_names == ["id", "label", "text", "attributes", "lm", "candidate"]
    assert rows.features["label"].names == ["account", "delivery", "refund"]
    names = rows.features["label"].int2str(rows["label"])
    assert {name: names.count(name) for name in set(names)} == made.rows
    assert set(rows["lm"]) == {"fake/words"}


def test_a_folder_that_was_topped_up_and_one_that_was_cut_short_are_loaded(
    program, tmp_path, load, monkeypatch
):
    generate(program, 30, tmp_path / "out")
    generate(program, 45, tmp_path / "out")
    assert len(load(tmp_path / "out", "train")) == 45
    # A process that is killed leaves the card of its start.
    generate(program, 12, tmp_path / "cut")
    book = json.loads((tmp_path / "cut" / "synthlab.json").read_text("utf-8"))
    gone = {**program, "lm": {**program["lm"], "model": "fake/error"}}
    book["identity"]["generator"] = ""
    (tmp_path / "cut" / "synthlab.json").write_text(json.dumps(book), encoding="utf-8")
    monkeypatch.setattr("synthlab.workflow.making.Making._close", lambda self: None)
    monkeypatch.setattr("synthlab.workflow.making.digest", lambda program, length: "")
    with pytest.raises(Exception, match="scripted failure"):
        generate(gone, 15, tmp_path / "cut")
    assert "splits" not in matter(tmp_path / "cut")["dataset_info"]
    assert len(load(tmp_path / "cut", "train")) == 12


def test_the_front_matter_holds_what_the_hub_reads(program, tmp_path):
    generate(program, 30, tmp_path / "out", "jsonl")
    head = matter(tmp_path / "out")
    assert head["license"] == "other"
    assert head["size_categories"] == ["n<1K"]
    assert head["task_categories"] == ["text-classification"]
    assert "synthetic" in head["tags"]
    assert head["configs"] == [
        {
            "config_name": "default",
            "data_files": [{"split": "train", "path": "data/train-*.jsonl"}],
        }
    ]
    (split,) = head["dataset_info"]["splits"]
    assert (split["name"], split["num_examples"]) == ("train", 30)
    size = sum(path.stat().st_size for path in (tmp_path / "out" / "data").iterdir())
    assert head["dataset_info"]["download_size"] == split["num_bytes"] == size


def measure(verdict: str, name: str = "copied") -> Measure:
    return Measure(
        name, "copying", 0.5, "lower", "share", "half | of them\nare copies", verdict, 0.1
    )


def origin(**more) -> Origin:
    scores = {
        "dev": {"value": 0.8428, "low": 0.8063, "high": 0.8793, "generations": 5},
        "test": {"value": 0.8396, "low": 0.8051, "high": 0.8741, "generations": 5},
    }
    return Origin("x@champion", "7", "run7", {"rows": "200", "model": "tfidf"}, scores, **more)


def test_the_card_tells_score_panel_prompts_cost_and_limits(program, tmp_path):
    found = origin(panel=Panel((measure("bad"),)))
    generate(program, 12, tmp_path / "out", origin=found)
    text = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "macro-F1 **0.843**, 95% 0.806 to 0.879" in text
    assert "mean of 5 fresh generations" in text
    assert "| copied | 0.5 | 0.1 | bad | half \\| of them are copies |" in text
    assert "x@champion (version 7)" in text
    assert program["texts"]["row"] in text
    assert "No real row was shown to it." in text
    assert "0.00 USD" in text
    assert "not checked, as the rows of the promoted run are not at hand" in text
    for heading in ("Rows", "Quality", "How they were made", "What was dropped", "Prompts"):
        assert f"\n## {heading}\n" in text
    assert "\n## Intended use\n" in text
    assert "\n## Limits\n" in text


def test_a_card_without_a_panel_or_a_score_says_that_they_were_not_measured(program, tmp_path):
    generate(program, 12, tmp_path / "out", origin=Origin("x@1", "1", "r"))
    text = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "quality panel of the promoted rows: not measured" in text
    assert "What a classifier learns from such rows was not measured" in text


def test_rows_of_another_lm_than_the_promoted_one_are_told_in_the_card(program, tmp_path):
    texts = tuple(f"Dear team, kindly resolve case {n} at once, thank you!" for n in range(90))
    labels = tuple(["account", "delivery", "refund"] * 30)
    found = origin(reference=Reference(texts, labels, {}))
    made = generate(program, 90, tmp_path / "out", origin=found)
    assert "auc" in {item.name for item in made.drift.concerns}
    text = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "> **Drifted**" in text
    assert "| auc | 1 |" in text


def test_a_prompt_with_a_fence_of_its_own_stays_one_block(program, tmp_path):
    odd = {**program, "texts": {"row": "Write this {document} of {label}:\n```json\n{}\n```"}}
    generate(odd, 6, tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "````text\nWrite this" in text
    assert "```\n````" in text


def test_the_first_look_warns_while_most_of_the_money_is_not_spent(program, tmp_path):
    noted: list[str] = []

    class Noted(Quiet):
        def note(self, text):
            noted.append(text)

    texts = tuple(f"Dear team, kindly resolve case {n} at once, thank you!" for n in range(60))
    found = origin(reference=Reference(texts, tuple(["account", "delivery", "refund"] * 20), {}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("synthlab.workflow.bulk.ROUND", 60)
        generate(program, 180, tmp_path / "out", origin=found, progress=Noted())
    assert any(text.startswith("warning: a classifier tells new rows") for text in noted)
    assert "the first 60 rows differ" in noted[-1]
