"""After the search, what its candidates are good at is put together, and nothing is paid twice."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from synthlab.errors import BudgetError
from synthlab.outcomes import RunResult, Trial
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import rows_for
from synthlab.workflow.lab import board, compile_file, open_store, run_file
from synthlab.workflow.mixtures import _alike, _floor
from synthlab.workflow.objective import Objective
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.promote import promote
from tests.conftest import CONFIG, FILLER, WORDS, write_csv

# What a candidate that knows a class is asked with; of another it is asked with words of none.
AXES = "{{refund: [{refund}], delivery: [{delivery}], account: [{account}]}}"
KNOWN = {
    "refund": ["refund money invoice", "payment bank card", "credit receipt billing"],
    "delivery": ["parcel courier late", "tracking address driver", "delay post box"],
    "account": ["password login email", "profile locked username", "settings verify code"],
}
NOTHING = ["order help still", "today need again"]


def axes(unknown: Sequence[str]) -> str:
    lists = {k: NOTHING if k in unknown else values for k, values in KNOWN.items()}
    return AXES.format(**{label: ", ".join(values) for label, values in lists.items()})


def one(name: str, *unknown: str) -> str:
    return (
        f"    - use: attributes\n      name: {name}\n"
        f'      prompts: {{row: "{{topic}}"}}\n'
        f"      with: {{axes: {{topic: {axes(unknown)}}}}}\n"
    )


TEXT = CONFIG.replace("{dev: 24, test: 24}", "{dev: 120, test: 60}").replace(
    "rows_per_class: 6", "rows_per_class: 8"
)
HEAD = TEXT[: TEXT.index("    - direct")]


def hard_rows() -> list[tuple[str, str]]:
    """Rows with two words of their class among filler."""
    made = []
    for label, text in WORDS.items():
        for place in range(80):
            draw = random.Random(f"{label}/{place}")
            made.append((" ".join([*draw.sample(text.split(), 2), *draw.sample(FILLER, 6)]), label))
    return made


TWO = HEAD + one("no refunds", "refund") + one("no parcels", "delivery")
WORSE = HEAD + one("a") + one("b", *KNOWN)


def ran(folder: Path, text: str, progress: Progress | None = None) -> RunResult:
    """A run of a config on rows that are hard to tell apart."""
    write_csv(folder / "rows.csv", hard_rows())
    (folder / "x.yaml").write_text(text)
    return run_file(Path("x.yaml"), progress=progress)[0]


def mixture_of(result: RunResult) -> Trial:
    return next(t for t in result.trials if t.candidate.name == "mixture")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunResult]:
    """Two candidates, each at a loss for one class."""
    folder = tmp_path_factory.mktemp("mixtures")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield ran(folder, TWO)


def test_candidates_that_are_good_at_different_classes_become_a_better_one(lab):
    mixture, best = mixture_of(lab), lab.trials[1]
    assert lab.winner is mixture
    assert mixture.score.f1 > best.score.f1 + 0.03
    assert (mixture.candidate.parent, len(mixture.curated.kept)) == (best.candidate.name, 24)
    assert "halves of dev" in mixture.candidate.why
    wrote = {(r.label, r.lineage.request.attributes["part"]) for r in mixture.curated.kept}
    assert {("refund", "no parcels"), ("delivery", "no refunds")} <= wrote


def test_why_a_mixture_was_made_names_its_parts_and_their_shares(lab):
    why = mixture_of(lab).candidate.why
    found = re.fullmatch(
        r"mixes (.+) \((.+) rows\) and (.+): \+0\.\d+ over (.+) on the halves.*", why
    )
    assert {found[1], found[3]} == {"no refunds", "no parcels"}
    assert found[4] == lab.trials[1].candidate.name


def test_the_finals_say_that_dev_chose_the_shares_where_no_fresh_rows_judge_them(lab):
    (said,) = [text for text in lab.finals.said if "chosen on these dev rows" in text]
    assert said.startswith("The dev score of mixture flatters it")
    assert "over no " in said
    assert "on the halves of dev that did not choose it" in said


def test_a_candidate_with_demos_takes_no_part_and_that_is_told(workplace):
    told = Listening()
    demos = "      demos: [{label: refund, text: refund money}]\n"
    result = ran(workplace, HEAD + one("no refunds", "refund") + demos + one("b", "delivery"), told)
    assert {t.candidate.name for t in result.trials} == {"no refunds", "b"}
    assert "no refunds takes no part in a mixture: a part cannot show its demos" in told.notes
    assert any(text.startswith("no mixture: no two candidates have") for text in told.notes)


def test_a_mixture_that_a_config_names_by_its_class_is_no_part_of_another(lab):
    first, second = (t for t in lab.trials if t.candidate.name != "mixture")
    named = replace(second.candidate, generator="synthlab.generators.mixture:Mixture")
    members = {t.candidate.name: compile_file(Path("x.yaml")).members[0] for t in lab.trials}
    alike, _ = _alike(members, [first, replace(second, candidate=named)])
    assert alike == [first]


def test_a_mixture_pays_for_nothing_that_its_parts_have_not_paid_for(lab):
    assert len(lab.trials) == 3
    parts = [t for t in lab.trials if t.candidate.name != "mixture"]
    asked = {row.lineage.call for trial in parts for row in trial.curated.rows}
    assert lab.paid.calls == len(asked)
    assert {row.lineage.call for row in mixture_of(lab).curated.rows} < asked


def test_a_mixture_that_wins_can_be_promoted_and_asked(lab):
    store = open_store()
    promote(store, "tickets")
    _, program = load_program(store, "tickets", "champion")
    assert program["generator"] == "mixture"
    rows = rows_for(program, [{"label": "refund", "count": 3}])
    assert [row["label"] for row in rows] == ["refund"] * 3
    assert board(store, "tickets")["candidates"][0]["name"] == "mixture"


def test_candidates_on_other_settings_of_the_lm_are_not_mixed(workplace):
    colder = f"{TWO}  lm.temperature: [0.5, 0.9]\n"
    result = ran(workplace, colder)
    parts = [part["name"] for part in mixture_of(result).candidate.params["parts"]]
    assert len({name.rpartition("=")[2] for name in parts}) == 1
    assert len(result.trials) == 5


class Listening(Quiet):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_a_candidate_that_is_no_help_is_left_out_and_the_reason_is_told(workplace):
    told = Listening()
    result = ran(workplace, WORSE, told)
    assert {t.candidate.name for t in result.trials} == {"a", "b"}
    assert any(text.startswith("no mixture: ") for text in told.notes)


def test_progress_is_told_where_large_sets_leave_few_classifiers(lab):
    assert _floor(lab.trials[0]) == ""
    assert "8 classifiers" in _floor(replace(lab.trials[0], rows_per_class=2000))


def test_a_run_can_leave_the_mixture_out(workplace):
    result = ran(workplace, TWO.replace("finals: {", "finals: {mixture: false, "))
    assert {t.candidate.name for t in result.trials} == {"no refunds", "no parcels"}


def test_a_cap_that_the_mixture_meets_leaves_the_finals_to_the_others(workplace, monkeypatch):
    asked = Objective.__call__

    def capped(self, candidate, rows_per_class=None):
        if candidate.name == "mixture":
            raise BudgetError("stopped: all calls are used", cap="calls")
        return asked(self, candidate, rows_per_class)

    monkeypatch.setattr(Objective, "__call__", capped)
    told = Listening()
    result = ran(workplace, TWO, told)
    assert {t.candidate.name for t in result.trials} == {"no refunds", "no parcels"}
    assert result.finals is not None
    assert "no mixture: stopped: all calls are used" in told.notes


def test_a_prompt_with_demos_is_not_the_direct_prompt_as_it_comes(workplace):
    plain = compile_file(Path("tickets.yaml"), ["sweep={}"])
    demos = ["sweep={}", "generator={use: direct, demos: [{label: refund, text: my money}]}"]
    shown = compile_file(Path("tickets.yaml"), demos)
    assert plain.members[0].candidate.is_direct
    assert not shown.members[0].candidate.is_direct
