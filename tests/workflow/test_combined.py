"""Sections of a config that meet in one run: topped-up classes, quotas of groups, row weights."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from synthlab.search.mixing import Chosen
from synthlab.statistics.cells import Cells
from synthlab.tracking import names
from synthlab.workflow import mixtures
from synthlab.workflow.audit import audit
from synthlab.workflow.deliver import Wanted, deliver
from synthlab.workflow.lab import compile_file, open_store, run_file
from synthlab.workflow.panel import OTHERS
from synthlab.workflow.promote import promote
from tests.conftest import FILLER, WORDS, copied_stores

KEEP = {"account": 30, "delivery": 120, "refund": 90}

# Words of the groups that the scripted LM can say: it leaves out those of three letters.
CONFIG = """\
name: tickets
task:
  use: table
  with: {path: rows.csv}
  document: support message
  split: {dev: 0.3, test: 0.4}
  sensitive:
    title:
      column: title
      groups:
        woman: {words: [madam], say: madam madam madam madam}
        man: {words: [mister], say: mister mister mister mister}
      target: {refund: {woman: 0.75, man: 0.25}}
lm: {model: fake/words, max_tokens: 60, concurrency: 4}
curation:
  - format
  - group
  - {use: verify, with: {then: relabel, lm: {model: fake/words}}}
  - downweight
scoring: {real_sizes: [2], draws: 1, also: []}
balance: {target: 36}
budget: {tries: 30}
quality: {parts: [fairness, diversity]}
finals: {replicates: 2, mixture: false}
sweep:
  generator.rows_per_request: [1, 3]
"""


def lay_out(folder: Path) -> None:
    """Real rows of three classes, of which one is rare, of two groups."""
    every = [word for text in WORDS.values() for word in text.split()]
    rows = [("text", "label", "title")]
    for label, count in KEEP.items():
        for place in range(count):
            draw = random.Random(f"{label}/{place}")
            group, told = draw.choice([("woman", "madam"), ("man", "mister"), ("", "today")])
            words = draw.sample(WORDS[label].split(), 3) + draw.sample([*every, *FILLER], 5)
            rows.append((" ".join([*words, told]), label, group))
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    (folder / "tickets.yaml").write_text(CONFIG, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, blank_store):
    """A folder with rows and config, whose store is one for all tests here."""
    place = tmp_path_factory.mktemp("combined")
    lay_out(place)
    with copied_stores(blank_store):
        yield place


@pytest.fixture(scope="module")
def lab(folder):
    """A run, which is promoted, and the sets of its finals."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        plan = compile_file(Path("tickets.yaml"))
        result, _ = run_file(Path("tickets.yaml"))
        promote(open_store(), result.run_id)
    return plan, result


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def cells(plan, kept):
    """Kept rows by class and group that was asked for, and what they were to be."""
    made = Cells(plan.brief.sensitive, plan.brief.labels)
    asked = ((row.label, row.lineage.request.attributes) for row in kept)
    wanted = {label: made.wanted(label, rows) for label, rows in plan.data.quota.items()}
    return made.count(asked), wanted


def test_classes_and_groups_have_their_rows_though_many_are_dropped_or_relabelled(lab):
    plan, result = lab
    assert len(result.trials) == 2
    for trial in result.trials:
        found, wanted = cells(plan, trial.curated.kept)
        assert found == wanted
        assert trial.panel.get("quota_gap").value == 0
        assert trial.panel.get("attr_even") is None
        assert {"label not verified", "not the group asked for"} & set(trial.curated.reasons())


def test_rows_that_count_less_are_added_to_real_ones_that_count_whole(lab):
    plan, result = lab
    trial = result.trials[0]
    kept = trial.curated.kept
    assert any(row.weight < 1 for row in kept)
    assert trial.score == plan.student.score(kept, plan.splits.dev)
    assert trial.score.train_rows == len(plan.splits.seed) + len(kept)


def test_fresh_generations_have_whole_rows_for_each_quota_too(lab, here):
    plan, result = lab
    finalists = {item.name for item in result.finals.finalists}
    runs = open_store().reading.runs(list(open_store().reading.experiments()), {})
    fresh = [run for run in runs if run.kind == "final"]
    assert {run.name for run in fresh} == finalists
    for run in fresh:
        assert run.metrics["quota_gap"] == 0
    assert result.finals.arms[0].rows == len(plan.splits.seed) + sum(plan.data.quota.values())


def test_a_delivery_of_it_keeps_quotas_and_weights(lab, here):
    _, made = deliver(open_store(), "tickets@champion", Wanted(Path("out"), per_class=("40",)))
    rows = pd.concat(pd.read_parquet(path) for path in made.files)
    groups = [json.loads(text)["title"] for text in rows["attributes"]]
    assert Counter(zip(rows["label"], groups, strict=True)) == {
        ("account", "woman"): 20, ("account", "man"): 20,
        ("delivery", "woman"): 20, ("delivery", "man"): 20,
        ("refund", "woman"): 30, ("refund", "man"): 10,
    }  # fmt: skip
    assert (rows["weight"] < 1).any()


def test_scoring_a_delivery_measures_its_groups(lab, here, synthlab):
    deliver(open_store(), "tickets@champion", Wanted(Path("more"), per_class=("20",)))
    said = synthlab("score", "more", "--task", "tickets.yaml", "--panel", "--json")
    assert said.code == 0, said.err
    (found,) = json.loads(said.out)["sets"]
    measures = {item["name"]: item for item in found["panel"]["measures"]}
    assert measures["quota_gap"]["value"] == 0
    assert measures["group_none"]["value"] == 0
    assert "fairness" not in found["panel"]["skipped"]


def test_an_audit_counts_what_was_topped_up(lab, here):
    plan, _ = lab
    found = audit(open_store(), "tickets")
    for item in found["candidates"]:
        table = item["measures"]["quota_gap"]["details"]["attributes"]["title"]["cells"]
        rows = {label: sum(have for _, have in row.values()) for label, row in table.items()}
        assert rows == plan.data.quota


def test_no_part_of_a_panel_can_take_the_name_of_another_metric(lab):
    _, result = lab
    for trial in result.trials:
        own = {item.name for item in trial.panel.measures}
        taken = {*names.metrics(trial), *(key for key, *_ in names.curve(trial)), "f1_mean"}
        left = {name for name in taken - own if not name.startswith("f1_")}
        assert left <= OTHERS


@pytest.mark.parametrize(
    "more",
    [
        "search={use: racing, with: {rungs: [2, 5]}}",
        "search={use: tpe, with: {trials: 2, at_once: 2, racing: {rungs: [3]}}}",
    ],
)
def test_searches_that_grow_candidates_keep_quotas_at_every_size(here, more):
    few = ["finals.replicates=0", "quality.parts=[]", more]
    plan = compile_file(Path("tickets.yaml"), few)
    result, _ = run_file(Path("tickets.yaml"), few)
    whole = [trial for trial in result.trials if not trial.out]
    assert whole
    for trial in whole:
        found, wanted = cells(plan, trial.curated.kept)
        assert found == wanted


def test_a_mixture_asks_for_groups_only_where_all_its_parts_did(here, monkeypatch):
    asked = []
    monkeypatch.setattr(
        mixtures, "choose", lambda alike, *_: asked.append(len(alike)) or Chosen({}, 0.0, "")
    )
    few = ["finals.replicates=0", "finals.mixture=true", "quality.parts=[]"]
    swept = "sweep={generator: [{use: direct, quotas: false}, {use: few_shot, quotas: %s}]}"
    run_file(Path("tickets.yaml"), [*few, swept % "true"])
    assert asked == []
    run_file(Path("tickets.yaml"), [*few, swept % "false"])
    assert asked == [2]


FAILS = """
from typing import ClassVar
from pydantic import BaseModel

class Fails:
    COST: ClassVar[str] = "fast"

    class Params(BaseModel):
        rows: int

    def __init__(self, params):
        self.params = params

    def measure(self, subject):
        if len(subject.kept) >= self.params.rows:
            raise RuntimeError(f"at {len(subject.kept)} rows")
        return []
"""


@pytest.mark.parametrize(("rows", "final"), [(1, False), (40, True)])
@pytest.mark.parametrize("search", ["grid", "gepa", "miprov2"])
def test_a_part_that_fails_in_the_thread_ends_the_run_with_its_cause(
    here, synthlab, rows, final, search
):
    (here / "fails.py").write_text(FAILS)
    use = {"grid": "search.use=grid", "miprov2": "search.use=miprov2"}
    said = synthlab(
        "run", "tickets.yaml",
        "--set", f"quality.parts=[{{use: 'fails.py:Fails', with: {{rows: {rows}}}}}]",
        "--set", use.get(search, "search={use: gepa, with: {candidates: 2, proposer: hints}}"),
        "--set", "sweep={}",
        "--set", "finals.replicates=2",
    )  # fmt: skip
    assert said.code == 1
    assert "RuntimeError: at " in said.err
    store = open_store()
    runs = list(store.reading.runs(list(store.reading.experiments()), {}))
    assert not [run.name for run in runs if run.status == "RUNNING"]
    assert any(run.kind == "final" and run.status == "FAILED" for run in runs) or not final
    assert list((here / "mlruns" / "spool").glob("*")) == []
