"""Declared groups: asked for by quotas in each class, checked, refilled, measured, delivered."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from synthlab.errors import ConfigError, NotFoundError
from synthlab.tracking.folder import Folder, logged
from synthlab.workflow.audit import audit, write_audit
from synthlab.workflow.bulk import generate
from synthlab.workflow.groups import FILE
from synthlab.workflow.lab import compile_file, open_store, run_file
from tests.conftest import FILLER, WORDS, set_out

TOLD = {"woman": ["she", "her"], "man": ["he", "his"], "": []}

PEOPLE = f"""
import random
from synthlab.generators.offline import Offline

WORDS, TOLD = {WORDS!r}, {TOLD!r}

class People(Offline):
    def compose(self, request):
        draw = random.Random(request.seed)
        obeys = draw.random() < 0.7
        group = request.attributes.get("gender") if obeys else draw.choice(["woman", "man", ""])
        group = draw.choice(["woman", "man", "man", "man"]) if group is None else group
        words = draw.sample(WORDS[request.label].split(), 6) + TOLD[group]
        draw.shuffle(words)
        return " ".join([*words, str(draw.randrange(10**6))])
"""

CONFIG = """\
name: tickets
task:
  use: table
  with: {path: rows.csv}
  document: support message
  split: {dev: 210, test: 60}
  sensitive:
    gender:
      column: sex
      groups:
        woman: {words: [she, her], say: a woman}
        man: {words: [he, his], say: a man}
      target: {refund: {woman: 0.75, man: 0.25}}
lm: {model: fake/words, max_tokens: 60, concurrency: 4}
scoring: {real_sizes: [5], draws: 1, also: []}
budget: {rows_per_class: 24, tries: 5}
finals: {replicates: 0, mixture: false, pool: false}
generator: people.py:People
sweep: {generator.quotas: [true, false]}
"""


def table(per_class: int = 110) -> list[tuple[str, str, str]]:
    """Messages of three classes; in one, women write more."""
    made = []
    for label, text in WORDS.items():
        for n in range(per_class):
            draw = random.Random(f"{label}/{n}")
            weights = [0.6 if label == "refund" else 0.3, 0.5, 0.1]
            group = draw.choices(list(TOLD), weights)[0]
            words = [*draw.sample(text.split(), 3), *draw.sample(FILLER, 5), *TOLD[group][:1]]
            draw.shuffle(words)
            made.append((" ".join(words), label, group))
    return made


def lay_out(folder: Path, config: str = CONFIG) -> None:
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label", "sex"), *table()])
    (folder / "people.py").write_text(PEOPLE)
    (folder / "tickets.yaml").write_text(config)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A run with quotas and without."""
    folder = tmp_path_factory.mktemp("groups")
    lay_out(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result, _ = run_file(Path("tickets.yaml"))
    return folder, {trial.candidate.name: trial for trial in result.trials}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with the same rows and config, and a way to compile it with changes."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)

    def compiled(*changes: str):
        return compile_file(Path("tickets.yaml"), list(changes))

    return compiled


def cells(rows) -> Counter[tuple[str, str]]:
    """Kept rows by class and group that was asked for."""
    return Counter((row.label, row.lineage.request.attributes.get("gender", "")) for row in rows)


def test_every_cell_has_exactly_its_rows_though_the_writer_obeys_now_and_then(lab):
    trial = lab[1]["People quotas=True"]
    assert cells(trial.curated.kept) == {
        ("account", "woman"): 12, ("account", "man"): 12,
        ("delivery", "woman"): 12, ("delivery", "man"): 12,
        ("refund", "woman"): 18, ("refund", "man"): 6,
    }  # fmt: skip
    for row in trial.curated.kept:
        told = TOLD[row.lineage.request.attributes["gender"]]
        assert set(told) <= set(row.values["text"].split())
    assert trial.curated.reasons().keys() == {"not the group asked for", "no group can be told"}
    assert trial.panel.get("quota_gap").value == pytest.approx(0)


def test_without_quotas_the_same_is_measured_and_nothing_is_dropped_for_it(lab):
    trial = lab[1]["People quotas=False"]
    assert set(cells(trial.curated.kept)) == {(label, "") for label in WORDS}
    assert trial.panel.get("quota_gap").value > 0.1
    assert trial.panel.get("quota_gap").verdict == ""
    assert not trial.curated.dropped


def test_the_models_are_measured_beside_one_of_real_rows(lab):
    panel = lab[1]["People quotas=True"].panel
    assert not panel.skipped
    for name in ("parity_gap", "odds_gap", "group_gap"):
        assert panel.get(name).reference is not None
    # In the real rows a third more women ask for a refund.
    real = panel.get("label_gap").details["attributes"]["gender"]["real"]
    assert real["woman"]["refund"] > real["man"]["refund"]


def test_a_promoted_generator_keeps_the_shares_in_each_class_and_goes_on_with_them(lab, tmp_path):
    folder, trials = lab
    program = json.loads(trials["People quotas=True"].program)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        out = tmp_path / "out"
        generate(program, {"account": 7, "delivery": 0, "refund": 8}, out, tries=6)
        made = generate(program, {"account": 10, "delivery": 4, "refund": 20}, out, tries=6)
    rows = pd.concat(pd.read_parquet(path) for path in made.files)
    groups = [json.loads(text)["gender"] for text in rows["attributes"]]
    assert Counter(zip(rows["label"], groups, strict=True)) == {
        ("account", "woman"): 5, ("account", "man"): 5,
        ("delivery", "woman"): 2, ("delivery", "man"): 2,
        ("refund", "woman"): 15, ("refund", "man"): 5,
    }  # fmt: skip
    assert made.groups["gender"]["refund"] == {"woman": [15, 15], "man": [5, 5], "": [0, 0]}
    card = (out / "README.md").read_text()
    assert "## Groups: gender" in card
    assert "| refund | 15 | 15 | 5 | 5 | 0 |" in card


def test_an_audit_lists_what_was_declared_asked_delivered_and_done_to_groups(lab, tmp_path):
    folder, _ = lab
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        store = open_store()
        found = audit(store, "tickets")
        said = write_audit(store, "tickets", tmp_path / "audit.html")
    by_name = {item["name"]: item for item in found["candidates"]}
    asked = by_name["People quotas=True"]
    assert (asked["asked"], by_name["People quotas=False"]["asked"]) == (True, False)
    assert asked["no_group"] + asked["other_group"] == sum(asked["dropped"].values()) > 0
    assert set(found["real"]) == {"seed", "dev", "test"}
    assert found["test"]["gender"]["synthetic alone"]["groups"]
    assert found["told"]["gender"]["right"] == 1
    page = (tmp_path / "audit.html").read_text()
    assert "tickets" in said
    for part in ("Requested and delivered", "Representation", "Label rate", "Swap", "Limits"):
        assert part in page
    assert not any(text in page for text, _, _ in table())


def test_no_text_of_a_real_row_is_kept_with_the_groups(lab):
    folder, _ = lab
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        store = open_store()
        run_id = audit(store, "tickets")["run_id"]
        kept = Folder(store, logged(store, run_id)).json(FILE)
    assert len(kept["rows"]["test"]["gender"]) == 60
    assert set(kept["rows"]["dev"]["gender"]) == {"woman", "man", ""}
    assert not any(text in json.dumps(kept) for text, _, _ in table())


def test_a_run_that_declares_nothing_has_no_audit(tmp_path, monkeypatch):
    set_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    run_file(Path("tickets.yaml"), ["quality.parts=[]", "sweep={}"])
    with pytest.raises(NotFoundError, match="declares no sensitive attribute"):
        audit(open_store(), "tickets")


def prompts(plan) -> list[str]:
    return [text for found in plan.members[0].prompts.values() for text in found]


def test_a_prompt_that_does_not_name_the_attribute_gets_one_sentence(here):
    for text in prompts(here("generator=direct")):
        assert text.count("One of the people in it is a ") == 1
    assert not any(
        "person" in text for text in prompts(here("generator={quotas: false}", "sweep={}"))
    )


def test_a_prompt_that_names_it_gets_no_sentence_and_a_text_may_replace_it(here):
    own = 'generator={use: direct, prompts: {row: "Write a {document} of {gender} about {label}."}}'
    wanted = {f"Write a support message of a {w} about {x}." for w in TOLD for x in WORDS}
    assert set(prompts(here(own, "sweep={}"))) <= wanted
    told = here("generator=direct", "task.sensitive.gender.sentence=Told by {say}.")
    assert all("Told by a " in text for text in prompts(told))


def test_several_rows_a_call_list_the_group_of_each(here):
    (text, *_) = prompts(here("generator={use: direct, rows_per_request: 4}"))
    assert "One of the people in it is the gender listed below." in text
    assert Counter(line.split(": ")[-1] for line in text.splitlines() if "gender: " in line) == {
        "a woman": 2,
        "a man": 2,
    }


def test_mixtures_and_attributes_ask_for_groups_as_well(here):
    axes = "{use: attributes, with: {axes: {topic: [a, b]}}}"
    plan = here(f"generator={{use: mixture, with: {{parts: [direct, {axes}]}}}}")
    assert all("One of the people in it is a " in text for text in prompts(plan))
    with pytest.raises(ConfigError, match="'gender' is a sensitive attribute of the task"):
        here("generator={use: attributes, with: {axes: {gender: [a, b]}}}")


def test_quotas_that_no_step_checks_are_called_wishes(here):
    assert not any("wishes" in note for note in here().overview()["notes"])
    assert any("wishes" in note for note in here("curation=[format]").overview()["notes"])


@pytest.mark.parametrize("target", ["{woman: 3, man: 2}", "{woman: 0.33, man: 0.66}"])
def test_parts_and_rounded_shares_are_shares(here, target):
    assert here(f"task.sensitive.gender.target={target}").brief.sensitive[0].shares("refund")


def test_groups_that_only_a_column_tells_are_checked_by_a_model_of_them(here):
    plan = here("task.sensitive.gender={column: sex}")
    assert plan.brief.sensitive[0].names == ("man", "woman")
    told = plan.groups("gender", plan.splits.dev, texts_only=True)
    right = [a == b for a, b in zip(told, plan.groups("gender", plan.splits.dev), strict=True) if b]
    assert sum(right) / len(right) > 0.9
    with pytest.raises(ConfigError, match="no real rows of two groups may be trained on"):
        here("task.sensitive.gender={column: sex}", "task.real_rows=score")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("task.sensitive.gender.target={refunds: {woman: 1, man: 1}}", "no such class"),
        ("task.sensitive.gender.target={woman: 1}", "'man' is left out; write 0"),
        (
            "task.sensitive.gender.target={womn: 1, man: 1}",
            "'womn' is no group; groups: woman, man",
        ),
        (
            "task.sensitive.gender.target={woman: 0.5, man: 0.4}",
            "shares add up to 0.9; make them 1",
        ),
        ("task.sensitive.gender.target={woman: -1, man: 2}", "target.woman: should be greater"),
        ("task.sensitive.gender.target={woman: 0, man: 0}", "no group has a share above 0"),
        ("task.sensitive.gender.column=gendre", "no column 'gendre'"),
        ("task.sensitive.gender.groups.man.words=[]", "group 'man' has no words"),
        ("task.sensitive.gender.groups.man.words=[he, She]", "'she' is a word of both"),
        ("task.sensitive.gender.sentence=About it.", "does not hold {say}"),
        ("task.sensitive={label: {column: sex}}", "'label' cannot name"),
        ("task.sensitive={kind: {column: text}}", "a column that holds them|is that of the texts"),
        ("task.sensitive={kind: {groups: {a: {words: [x]}}}}", "two groups are needed"),
        (
            "task={use: bbc-news, sensitive: {gender: {column: sex}}}",
            "no seed or dev row has a",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(here, change, said):
    with pytest.raises(ConfigError, match=said) as caught:
        here(change)
    assert "task" in str(caught.value) or "rows.csv" in str(caught.value)


def test_the_classifier_and_the_prompts_see_the_text_alone(here):
    plan = here()
    assert {"text", "sex"} == set(plan.splits.dev[0].values)
    assert all(set(row.values) == {"text"} for row in plan.data.shots)


def test_a_config_may_leave_the_check_and_the_measuring_out(here):
    plan = here("curation=[format]", "quality.parts=[pii]")
    assert [step.ref for step in plan.members[0].steps] == ["format"]
    assert [part.ref for part in plan.quality] == ["pii"]
    plan = here()
    assert plan.members[0].steps[-1].ref == "group"
    assert plan.quality[-1].ref == "fairness"
