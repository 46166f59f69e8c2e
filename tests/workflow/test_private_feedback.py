"""``feedback.privacy`` in a run: one noisy count, what is told of it, and what is refused."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from synthlab.errors import ConfigError, StorageError
from synthlab.tracking.names import PRIVACY
from synthlab.tracking.read import artifact_text
from synthlab.workflow.critic import told
from synthlab.workflow.lab import compile_file, open_store, run_file
from synthlab.workflow.promote import promote
from synthlab.workflow.released import released, stated
from tests.conftest import copied_stores, set_out, table_rows, write_csv

CONFIG = Path("tickets.yaml")
NO_MIXTURE = "finals.mixture=false"
"""Whether dev supports one would hang on the noise of the count, which no seed fixes."""
PRIVATE = [
    "sweep={}", "generator=direct", "scoring.real_sizes=[]", "task.split.dev=240",
    "feedback.privacy={epsilon: 8, delta: 0.0001, words: 8}", "promotion.beats_direct=false",
]  # fmt: skip
HINTS = "search={use: gepa, with: {candidates: 2}}"


def prepared(folder):
    set_out(folder)
    write_csv(folder / "rows.csv", table_rows(120))
    return folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory, blank_store):
    """A folder with a private search by hints, whose winner was promoted."""
    folder = prepared(tmp_path_factory.mktemp("private"))
    with pytest.MonkeyPatch.context() as patch, copied_stores(blank_store):
        patch.chdir(folder)
        result, _ = run_file(CONFIG, [*PRIVATE, HINTS, NO_MIXTURE])
        promote(open_store(), "tickets")
    return folder, result


@pytest.fixture
def here(lab, monkeypatch):
    monkeypatch.chdir(lab[0])
    return lab[1], open_store()


@pytest.fixture
def many(workplace, ready_stores):
    return prepared(workplace)


def test_hints_are_led_by_the_noisy_count_and_by_nothing_else(here):
    result, store = here
    assert {trial.candidate.name for trial in result.trials} == {"direct", "hints 1", "hints 2"}
    count = json.loads(artifact_text(store, result.run_id, "released.json"))
    for trial in result.trials:
        assert {found.part for found in trial.feedback.findings} <= {"lacking"}
        for found in trial.feedback.findings:
            assert set(found.words) <= set(count["words"][found.label])
    hinted = next(t for t in result.trials if t.candidate.name == "hints 1")
    topics = [topic for own in hinted.candidate.params["axes"]["topic"].values() for topic in own]
    known = {word for own in count["words"].values() for word in own}
    assert {word for topic in topics for word in topic.split(", ")} <= known
    assert all(n > count["threshold"] - 1 for own in count["words"].values() for n in own.values())


def test_the_statement_stands_in_the_run_on_the_page_and_in_the_card(here, synthlab, tmp_path):
    result, store = here
    run = store.client.get_run(result.run_id).data
    said = run.tags[PRIVACY]
    assert "(8, 0.0001)-differentially private for adding or removing one dev row" in said
    assert said in run.tags["mlflow.note.content"]
    assert synthlab("report", "tickets", "-o", str(tmp_path / "page.html")).code == 0
    page = (tmp_path / "page.html").read_text()
    assert "Privacy of the dev rows" in page
    assert "(8, 0.0001)-differentially private" in page
    made = synthlab("generate", "tickets@champion", "-n", "6", "-o", str(tmp_path / "out"))
    assert made.code == 0, made.err
    assert said in (tmp_path / "out/README.md").read_text()


def test_a_run_that_is_repeated_tells_the_same_and_makes_no_count_again(here):
    result, store = here
    before = sorted((store.root / "released").iterdir())
    again, _ = run_file(CONFIG, [*PRIVATE, HINTS, NO_MIXTURE])
    assert sorted((store.root / "released").iterdir()) == before
    assert again.paid.calls == 0
    assert [t.feedback for t in again.trials] == [t.feedback for t in result.trials]


def test_other_settings_on_the_same_rows_make_another_count_which_is_added_up(many):
    plan = compile_file(CONFIG, PRIVATE)
    root = many / "mlruns"
    one = released(plan, root)
    assert released(plan, root) == one
    other = compile_file(CONFIG, [*PRIVATE, "feedback.privacy.epsilon=6"])
    assert released(other, root) != one
    assert "2 such counts" in stated(other, root)
    assert "(14, 0.0002)" in stated(plan, root)


def test_the_seed_of_the_config_does_not_tell_the_noise(many, tmp_path):
    plan = compile_file(CONFIG, [*PRIVATE, "seed=1"])
    one, two = (released(plan, tmp_path / name) for name in "ab")
    assert one.counts != two.counts


def test_on_neighbouring_rows_what_is_told_depends_on_the_noisy_counts_alone(many, tmp_path):
    """With one count given, another dev row, or none of them, changes nothing that is told."""
    plan = compile_file(CONFIG, PRIVATE)
    count = released(plan, tmp_path, random.Random(0).normalvariate)
    made = trial_of(plan)
    splits = plan.splits
    fewer = replace(plan, splits=replace(splits, dev=splits.dev[1:]))
    findings = [
        told(replace(each, released=count), *trial_of(each)).feedback
        for each in (plan, fewer)
    ]  # fmt: skip
    assert findings[0] == findings[1]
    assert findings[0].findings
    empty = replace(count, counts=replace(count.counts, words={k: {} for k in plan.brief.labels}))
    assert not told(replace(plan, released=empty), *made).feedback.findings


def trial_of(plan):
    """The same few rows of each class, scored on the plan's dev rows, and their model."""
    from tests.tracking.made import trial

    seed = list(plan.splits.seed)[:30]
    kept = tuple(replace(row, values={"text": " ".join(row.values["text"].split()[:4])})
                 for row in seed)  # fmt: skip
    model = plan.scorer.fit(kept)
    score = plan.scorer.judge(model, plan.splits.dev, len(kept))
    made = trial("direct")
    return replace(made, curated=replace(made.curated, kept=kept), score=score), model


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("feedback.parts=[confusions, lacking]", "'confusions' tells exact counts"),
        ("search={use: gepa, with: {proposer: reflection}}", "may write exact dev scores"),
        ("search={use: copro}", "may write exact dev scores"),
        ("feedback.privacy.epsilon=0.1", "no word could be told"),
        ("feedback.privacy.delta=0.009", "1 over the 240 dev rows or more"),
        ("feedback.privacy={epsilon: 1}", "delta"),
    ],
)  # fmt: skip
def test_what_would_tell_more_or_nothing_is_refused_before_the_run(many, given, why):
    with pytest.raises(ConfigError, match=why):
        compile_file(CONFIG, [*PRIVATE, given])


def test_a_part_of_the_users_own_must_work_from_counts(many):
    Path("own.py").write_text(
        "from pydantic import BaseModel\n"
        "class Own:\n"
        "    class Params(BaseModel): pass\n"
        "    def __init__(self, params): pass\n"
        "    def find(self, evidence): return []\n"
    )
    with pytest.raises(ConfigError, match="tells exact counts of dev rows"):
        compile_file(CONFIG, [*PRIVATE, "feedback.parts=['own.py:Own']"])


def test_a_count_that_is_spoilt_ends_the_run_before_anything_is_told(many):
    plan = compile_file(CONFIG, PRIVATE)
    released(plan, many / "mlruns")
    (path,) = (many / "mlruns/released").iterdir()
    path.write_text("{")
    with pytest.raises(StorageError, match="noisy count of the dev rows"):
        run_file(CONFIG, PRIVATE)


def test_so_does_one_of_other_settings_that_would_be_added_to_it(many):
    plan = compile_file(CONFIG, PRIVATE)
    released(plan, many / "mlruns")
    (path,) = (many / "mlruns/released").iterdir()
    path.rename(path.with_name(f"{path.name.split('-')[0]}-0.json")).write_text("{")
    with pytest.raises(StorageError, match=r"-0\.json, cannot be kept or read"):
        run_file(CONFIG, PRIVATE)


def test_delta_may_be_written_as_people_write_it(many):
    CONFIG.write_text(CONFIG.read_text() + "feedback: {privacy: {epsilon: 20, delta: 1e-4}}\n")
    plan = compile_file(CONFIG, ["task.split.dev=240"])
    assert plan.config.feedback.privacy.delta == pytest.approx(1e-4)
    assert [part.ref for part in plan.critics] == ["lacking"]
