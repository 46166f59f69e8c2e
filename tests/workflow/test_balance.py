"""Rare classes are topped up: quotas by class, scored with the real rows, beside remedies."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from synthlab.errors import ConfigError, DataError, GateError
from synthlab.lm.journal.query import Calls
from synthlab.scoring.remedies import REMEDIES
from synthlab.tracking.read import list_runs
from synthlab.workflow.estimate import estimate
from synthlab.workflow.journals import journal_url
from synthlab.workflow.lab import compile_file, generate_ref, open_store, run_file
from synthlab.workflow.promote import promote
from tests.conftest import FILLER, WORDS, set_out, write_csv

KEEP = {"account": 30, "delivery": 120, "refund": 90}
SPLIT = ["task.split.dev=0.3", "task.split.test=0.4"]
TARGET = [*SPLIT, "balance.target=30"]
SMALL = [*TARGET, "scoring.real_sizes=[2]", "scoring.also=[]", "quality.parts=[]"]


def uneven_rows() -> list[tuple[str, str]]:
    """Rows of three classes of which one is rare, and which share words."""
    every = " ".join(WORDS.values()).split()
    made = []
    for label, count in KEEP.items():
        for place in range(count):
            draw = random.Random(f"{label}/{place}")
            words = draw.sample(WORDS[label].split(), 3) + draw.sample([*every, *FILLER], 6)
            draw.shuffle(words)
            made.append((" ".join(words), label))
    return made


def lay_out(folder: Path) -> Path:
    set_out(folder)
    write_csv(folder / "rows.csv", uneven_rows())
    return folder


@pytest.fixture
def place(workplace):
    return lay_out(workplace)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One finished run with finals, shared by the tests that only read it."""
    folder = lay_out(tmp_path_factory.mktemp("balance"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        plan = compile_file(Path("tickets.yaml"), [*SMALL, "finals.replicates=2"])
        result, found = run_file(Path("tickets.yaml"), [*SMALL, "finals.replicates=2"])
        yield plan, result, found, open_store()


def test_each_class_gets_the_rows_that_its_real_ones_lack(lab):
    plan, result, _, _ = lab
    have = Counter(row.label for row in plan.splits.seed)
    assert plan.data.quota == {label: max(0, 30 - have[label]) for label in plan.brief.labels}
    assert plan.data.quota["account"] == 21
    assert plan.data.quota["delivery"] == 0
    for trial in result.trials:
        kept = Counter(row.label for row in trial.curated.kept)
        assert {label: kept[label] for label in trial.asked} == trial.asked == plan.data.quota
        assert trial.short == {}


def test_no_call_is_made_for_a_class_that_has_enough(lab):
    _, result, _, store = lab
    for trial in result.trials:
        assert {row.label for row in trial.curated.rows} == {"account", "refund"}
    with closing(Calls(journal_url(store.root, None))) as calls:
        asked = [str(call) for call in calls.each()]
    assert [text for text in asked if "account" in text]
    assert not [text for text in asked if "delivery" in text]


def test_a_score_is_that_of_the_real_rows_and_the_kept_ones(lab):
    plan, result, _, _ = lab
    for trial in result.trials:
        rows = [*plan.splits.seed, *trial.curated.kept]
        assert trial.score == plan.scorer.score(rows, plan.splits.dev)
        assert trial.augmented is None


def test_remedies_stand_among_the_baselines_with_their_measures(lab):
    _, result, found, _ = lab
    by_name = {item["name"]: item for item in found["baselines"]}
    names = {item.name for item in REMEDIES}
    assert names < set(by_name)
    assert by_name["SMOTE"]["rows"] == by_name["all seed rows"]["rows"] + sum(
        result.trials[0].quota.values()
    )
    for key in ("bal_acc", "pr_auc", "rare_recall", "rare_pr_auc"):
        assert all(0 <= by_name[name][key] <= 1 for name in names)


def test_test_compares_the_top_up_with_real_rows_the_direct_prompt_and_the_best_remedy(lab):
    plan, result, _, _ = lab
    finals = result.finals
    best = max(plan.remedies, key=lambda item: item.f1).name
    names = [arm.name for arm in finals.arms]
    assert names[:3] == ["topped up", "real alone", best]
    assert [(item.a, item.b) for item in finals.contrasts] == [
        ("topped up", name) for name in names[1:]
    ]
    assert set(finals.uneven) == {"rare_recall", "bal_acc", "rare_pr_auc"}
    for items in finals.uneven.values():
        assert [item.b for item in items] == names[1:]
    first, real = finals.arms[:2]
    assert first.real == real.rows == len(plan.splits.seed)
    assert first.rows == first.real + sum(plan.data.quota.values())
    assert finals.curves == {}
    assert finals.pool is None
    gap = first.uneven["rare_recall"] - real.uneven["rare_recall"]
    assert finals.uneven["rare_recall"][0].value == pytest.approx(gap)


def test_mlflow_has_the_measures_under_short_names(lab):
    _, result, _, store = lab
    run = store.client.get_run(result.trials[0].run_id)
    for key, value in result.trials[0].score.uneven.items():
        assert len(key) <= 12
        assert run.data.metrics[key] == pytest.approx(value, abs=1e-4)
    parent = store.client.get_run(result.run_id).data.metrics
    assert {"test_f1", "real_f1", "remedy_f1", "test_rare_recall"} <= set(parent)
    assert list_runs(store)[0]["status"] == "FINISHED"


def test_no_classifier_that_has_seen_real_rows_is_logged(lab):
    store = lab[3]
    assert not store.client.search_logged_models([store.experiment("tickets")])


def test_a_champion_writes_the_classes_that_it_topped_up_and_the_card_says_what_for(
    place, ready_stores
):
    few = ["scoring.also=[]", "quality.parts=[]", "sweep.generator=[direct]"]
    run_file(Path("tickets.yaml"), [*TARGET, *few])
    verdict = promote(open_store(), "tickets")
    assert "It was judged by its rows of account, refund alone" in " ".join(verdict.notes)
    _, made = generate_ref(open_store(), "tickets@champion", 6, Path("rows"))
    assert {label for label, rows in made.rows.items() if rows} == {"account", "refund"}
    assert sum(made.rows.values()) == 6
    card = Path("rows/README.md").read_text(encoding="utf-8")
    assert "added to real rows that they top up" in card


def test_the_tables_show_them_and_name_the_rare_class(lab, synthlab, monkeypatch):
    store = lab[3]
    monkeypatch.chdir(store.root.parent)
    said = synthlab("compare", "tickets")
    assert said.code == 0
    for text in ("recall*", "*: of account", "threshold moving", "topped up - real alone"):
        assert text in said.out
    page = synthlab("report", "tickets", "-o", "page.html")
    assert page.code == 0
    html = Path("page.html").read_text(encoding="utf-8")
    assert "And for the rare class?" in html
    assert "What was topped up" in html


def test_a_target_by_label_leaves_the_others_alone(place):
    plan = compile_file(Path("tickets.yaml"), [*SPLIT, "balance.target={refund: 40}"])
    have = Counter(row.label for row in plan.splits.seed)
    assert plan.data.quota == {"account": 0, "delivery": 0, "refund": 40 - have["refund"]}
    assert "real + synthetic" in " ".join(plan.overview()["notes"])


def test_labels_that_are_numbers_may_be_written_as_such(place):
    rows = [(text, str(int(label == "account"))) for text, label in uneven_rows()]
    write_csv(place / "rows.csv", rows)
    plan = compile_file(
        Path("tickets.yaml"), [*SPLIT, "balance.target={1: 30}", "sweep.generator=[direct]"]
    )
    assert plan.data.quota == {"0": 0, "1": 21}


def test_the_estimate_counts_the_rows_of_the_quotas(place):
    plan = compile_file(Path("tickets.yaml"), TARGET)
    rows = sum(plan.data.quota.values())
    assert estimate(plan).parts[0].requests.low == rows
    assert plan.overview()["candidates"][0]["rows"] == rows


def test_a_race_grows_every_class_up_to_its_quota(place):
    race = ["search={use: racing, with: {rungs: [4, 12]}}"]
    result, _ = run_file(Path("tickets.yaml"), [*SMALL, *race])
    whole = next(trial for trial in result.trials if not trial.out)
    assert Counter(row.label for row in whole.curated.kept) == {
        label: n for label, n in whole.quota.items() if n
    }
    assert whole.rows_per_class == max(whole.quota.values())


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("balance.target={acount: 30}", "no class 'acount'"),
        ("balance.target=3", "every class has its rows already"),
        ("balance.target=0", "balance.target"),
        ("task.real_rows=score", "there are none to top up"),
    ],
)
def test_a_section_that_cannot_be_is_told_before_anything_is_spent(place, override, said):
    with pytest.raises(ConfigError, match="balance") as caught:
        compile_file(Path("tickets.yaml"), [*TARGET, override])
    assert said in str(caught.value)


def test_without_the_section_nothing_is_topped_up(workplace):
    plan = compile_file(Path("tickets.yaml"))
    assert plan.data.quota == {}
    assert plan.remedies == []
    assert plan.student is plan.scorer
    member = plan.members[0]
    assert member.wanted() == dict.fromkeys(plan.brief.labels, 6)
    assert member.wanted(2) == dict.fromkeys(plan.brief.labels, 2)


def test_candidates_with_other_quotas_are_others(place):
    digests = [
        compile_file(Path("tickets.yaml"), [*SPLIT, *more]).members[0].candidate.digest
        for more in ([], ["balance.target=30"], ["balance.target=31"])
    ]
    assert len(set(digests)) == 3


def test_a_top_up_is_not_compared_with_rows_alone(place, ready_stores):
    few = [*SPLIT, "scoring.also=[]", "quality.parts=[]", "sweep.generator=[direct]"]
    run_file(Path("tickets.yaml"), [*few, "budget.rows_per_class=21"])
    promote(open_store(), "tickets")
    run_file(Path("tickets.yaml"), [*few, "balance.target=30"])
    with pytest.raises(GateError, match="a top-up is scored together with the real rows"):
        promote(open_store(), "tickets")
    with pytest.raises(DataError, match="not on rows alone"):
        promote(open_store(), "tickets", rescore=True)
