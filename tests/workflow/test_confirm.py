"""Curation that learns from real rows: in a config, in a run, and in what is promoted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synthlab.curation.base import Known, Step
from synthlab.errors import GenerationError
from synthlab.records import Curated
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import generate, rows_for
from synthlab.workflow.lab import compile_file, estimate_file, open_store, run_file
from synthlab.workflow.program import load_steps
from synthlab.workflow.promote import promote
from tests.conftest import WORDS, set_out, table_rows
from tests.workflow.test_compile import TASK, digest, mistakes

LINES = (
    TASK
    + """\
lm: {model: fake/words, max_tokens: 60, concurrency: 4}
scoring: {real_sizes: [2], draws: 2}
budget: {rows_per_class: 6, tries: 4}
finals: {replicates: 0}
curation:
  - length
  - confirm
generator:
  use: attributes
  prompts: {row: "Write about {topic}."}
  with:
    axes:
      topic:
        refund: [refund money invoice payment, REFUND]
        delivery: [parcel courier late tracking address, driver delay post parcel]
        account: [password login email profile, username settings verify]
"""
)
# Half of the rows that are asked for as refunds are about parcels; or all of them.
TEXT = LINES.replace("REFUND", "parcel courier driver tracking")
ASTRAY = LINES.replace("refund money invoice payment, REFUND", "parcel courier driver tracking")


@dataclass(frozen=True)
class Promoted:
    """A run, what its confirm step was, and the promoted program; the real rows are gone."""

    curated: Curated
    step: Step
    program: dict[str, Any]


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Promoted]:
    folder = set_out(tmp_path_factory.mktemp("confirm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("x.yaml").write_text(TEXT, encoding="utf-8")
        plan = compile_file(Path("x.yaml"))
        used = plan.members[0].steps[1]
        result, _ = run_file(Path("x.yaml"))
        store = open_store()
        promote(store, "tickets")
        for name in ("rows.csv", "x.yaml"):
            Path(name).unlink()
        _, program = load_program(store, "tickets", "champion")
        step = used.made(used.params, plan.known)
        yield Promoted(result.trials[0].curated, step, program)


def test_rows_that_went_astray_are_dropped_and_counted_by_the_reason(promoted):
    curated = promoted.curated
    assert curated.reasons()["label not confirmed"] > 2
    assert len(curated.kept) == 18
    topics = {row.label: set() for row in curated.kept}
    for row in curated.kept:
        topics[row.label] |= set(row.lineage.request.attributes.values())
    assert topics["refund"] == {"refund money invoice payment"}


def test_a_promoted_generator_judges_as_the_run_did_without_any_real_row(promoted):
    confirm = load_steps(promoted.program, Known())[1]
    texts = [text for text, _ in table_rows()]
    texts += [str(row.values["text"]) for row in promoted.curated.rows]
    for label in WORDS:
        verdicts = [confirm.check(text, label) for text in texts]
        assert verdicts == [promoted.step.check(text, label) for text in texts]
        assert set(verdicts) == {None, "label not confirmed"}


def test_the_program_stays_small_and_holds_no_real_row(promoted):
    text = json.dumps(promoted.program)
    assert len(text) < 500_000
    assert not [real for real, _ in table_rows() if real in text]


def test_bulk_and_served_rows_of_a_promoted_generator_are_confirmed(promoted, tmp_path):
    made = generate(promoted.program, 30, tmp_path / "out", "jsonl")
    assert made.dropped["label not confirmed"] > 2
    served = rows_for(promoted.program, [{"label": "refund", "count": 5, "seed": 3}])
    assert [promoted.step.check(row["text"], "refund") for row in served] == [None] * 5


def test_classes_that_stay_short_in_bulk_say_what_their_rows_were_dropped_for(promoted, tmp_path):
    short = r"refund \d+ of 10(.|\n)*label not confirmed \(\d+\)"
    with pytest.raises(GenerationError, match=short):
        generate({**promoted.program, "tries": 1}, 30, tmp_path / "out", "jsonl")


def test_a_class_of_which_no_row_is_confirmed_says_so_and_what_to_change(workplace):
    Path("x.yaml").write_text(ASTRAY, encoding="utf-8")
    with pytest.raises(
        GenerationError, match=r"no row of refund was kept in 6 tries: label not confirmed \(6\)"
    ):
        run_file(Path("x.yaml"), ["budget.tries=1", "task.names={refund: parcel}"])


def test_real_rows_that_may_not_be_trained_on_are_a_mistake_in_the_config(workplace):
    found = mistakes(TEXT, "task.real_rows=score")
    assert found == [
        "x.yaml:13: curation[1]: no real row may be trained on",
        found[1],
    ]
    assert found[1].startswith("  try: let real rows be trained on with task.real_rows: train")


def test_a_step_with_a_mistake_before_it_does_not_move_the_line(workplace):
    found = mistakes(TEXT.replace("- length", "- lenght"), "task.real_rows=score")
    assert [line.split(": ")[0] for line in found if not line.startswith("  try")] == ["x.yaml:12"]


def test_labels_and_what_may_be_trained_on_make_another_candidate_only_where_they_are_learnt(
    workplace,
):
    plain = TEXT.replace("  - confirm\n", "")
    before = digest(TEXT), digest(plain)
    assert digest(TEXT, "task.real_rows=seed") != before[0]
    assert digest(plain, "task.real_rows=seed") == before[1]


def test_an_estimate_expects_more_requests_where_labels_are_confirmed(workplace):
    config = Path("x.yaml")
    config.write_text(TEXT, encoding="utf-8")
    confirmed = estimate_file(config).total.requests
    plain = estimate_file(config, ["curation=[length]"]).total.requests
    assert confirmed.likely / plain.likely == pytest.approx(1 / 0.65, abs=0.1)
    assert confirmed.low == pytest.approx(plain.low)
