"""A mixture asks its parts what they would be asked alone, in the shares that it was given."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from synthlab.errors import ConfigError
from synthlab.generators.mixture import Mixture
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
from synthlab.registry import resolve
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import generate, rows_for
from synthlab.workflow.lab import compile_file, open_store, run_file
from synthlab.workflow.promote import promote
from synthlab.workflow.rehearse import rehearse
from tests.generators.test_contract import AXES, BRIEF, HEADLINE, SHOTS, SUBJECTS

ATTRIBUTES = {"use": "attributes", "with": {"axes": AXES}}


def mixture(*parts, rows: int = 1, seed: int = 0, texts: dict | None = None) -> Mixture:
    return Mixture(Mixture.Params(parts=list(parts)), BRIEF, SHOTS, seed, texts, rows)


def alone(use: str, params: dict, rows: int = 1, seed: int = 0):
    made = resolve("generator", use)
    return made(made.Params(**params), BRIEF, SHOTS, seed, None, rows)


def sent(generator, order) -> tuple[list[str], list[str]]:
    """Prompts, and the answers, which depend on prompt and seed."""
    with (
        Session(LMSettings("fake/words")) as session,
        session.scope("x", order[0].seed, len(order)) as scope,
    ):
        generator.fulfil(order)
    return scope.prompts, scope.raw


def of_part(generator: Mixture, name: str, label: str, count: int):
    return [o for o in generator.orders(label, 0, count) if o[0].attributes["part"] == name]


@pytest.mark.parametrize("count", [4, 40, 80])
def test_the_first_so_many_rows_hold_the_shares(count):
    plan = mixture("direct", {**ATTRIBUTES, "share": 3}).plan("refund", 0, count)
    counts = Counter(request.attributes["part"] for request in plan)
    assert counts == {"direct": count / 4, "attributes": 3 * count / 4}


def test_a_class_may_be_left_to_one_part():
    generator = mixture(
        {"use": "direct", "share": {"account": 1}}, {**ATTRIBUTES, "share": {"refund": 2}}
    )
    plans = {label: generator.plan(label, 0, 9) for label in BRIEF.labels}
    assert {r.attributes["part"] for r in plans["account"]} == {"direct"}
    assert {r.attributes["part"] for r in plans["refund"]} == {"attributes"}


@pytest.mark.parametrize(
    ("use", "params"), [("direct", {}), ("attributes", {"axes": AXES}), ("few_shot", {})]
)
def test_a_part_sends_what_it_would_send_alone(use, params):
    generator = mixture(
        {"use": use, "with": params}, {"use": HEADLINE, "with": {"subjects": SUBJECTS}}
    )
    single = alone(use, params)
    orders = of_part(generator, use, "refund", 12)
    assert len(orders) == 6
    for mine, own in zip(orders, single.orders("refund", 0, 6), strict=True):
        assert mine[0].seed == own[0].seed
        assert mine[0].shown == own[0].shown
        assert mine[0].attributes == {"part": use, **own[0].attributes}
        assert sent(generator, mine) == sent(single, own)


def test_with_several_rows_a_call_a_call_is_one_parts_and_the_same_as_alone():
    generator = mixture("direct", ATTRIBUTES, rows=3)
    single = alone("attributes", {"axes": AXES}, rows=3)
    orders = generator.orders("refund", 0, 12)
    assert [len(order) for order in orders] == [3, 3, 3, 3]
    assert all(len({r.attributes["part"] for r in order}) == 1 for order in orders)
    mine = of_part(generator, "attributes", "refund", 12)
    for order, own in zip(mine, single.orders("refund", 0, 6), strict=True):
        assert sent(generator, order) == sent(single, own)


def test_a_refill_goes_on_where_the_first_rows_ended():
    generator = mixture("direct", ATTRIBUTES, rows=3)
    cut = [*generator.orders("refund", 0, 7), *generator.orders("refund", 7, 6)]
    asked = sorted(request.index for order in cut for request in order)
    assert asked == list(range(13))


def test_a_part_that_writes_one_row_a_call_is_refused_where_several_are_asked_for():
    with pytest.raises(ConfigError, match=r"part 2 \(HeadlineFirst\).*writes one row at a time"):
        mixture("direct", {"use": HEADLINE, "with": {"subjects": SUBJECTS}}, rows=2)


def test_what_is_shown_is_what_any_part_shows():
    few, more = (
        {"use": "few_shot", "with": {"shots": 1, "pool": n}, "name": f"p{n}"} for n in (2, 4)
    )
    generator = mixture(few, more, "direct")
    assert set(generator.shown) == {f"{label}-{n}" for label in BRIEF.labels for n in range(4)}


def test_prompts_are_called_by_the_parts_number_and_can_be_replaced():
    parts = ("direct", {**ATTRIBUTES, "prompts": {"row": "A {tone} one about {topic}."}})
    assert set(mixture(*parts).texts) == {"1/row", "2/row"}
    assert set(mixture(*parts, rows=2).texts) == {"1/row", "1/many", "2/row", "2/many"}
    generator = mixture(*parts, texts={"1/row": "Only {label}."})
    assert generator.texts == {"1/row": "Only {label}.", "2/row": "A {tone} one about {topic}."}
    assert sent(generator, generator.orders("refund", 0, 1)[0])[0][0].startswith("Only refunds.")


def test_a_rehearsal_renders_the_prompt_of_each_part_that_writes_the_class():
    said = rehearse(
        mixture({"use": "direct", "share": {"refund": 9, "account": 1}}, ATTRIBUTES),
        LMSettings("fake/words"),
    )
    assert set(said) == {f"{c} ({p})" for c in BRIEF.labels for p in ("direct", "attributes")}


def test_a_placeholder_that_nothing_fills_is_found_in_a_part_that_begins_late():
    late = {**ATTRIBUTES, "prompts": {"row": "About {nothing}."}, "share": 0.01}
    with pytest.raises(ConfigError, match="nothing"):
        rehearse(mixture("direct", late), LMSettings("fake/words"))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([], "at least 1 item"),
        (["direct", "direct"], "parts 1 and 2 would write the same rows"),
        ([{"use": "mixture", "with": {"parts": ["direct"]}}], "a part cannot be a mixture"),
        (["attribute"], "Did you mean 'attributes'"),
        (["attributes"], r"part 1 \(attributes\): with.axes: Field required"),
        ([{"use": "direct", "share": -1}], "greater than or equal to 0"),
        (["missing.py:Mine"], "no such file"),
        (
            [{"use": "direct", "name": "a"}, {**ATTRIBUTES, "name": "a"}],
            "two parts are called 'a'",
        ),
    ],
)
def test_parts_that_make_no_sense_are_refused(parts, said):
    with pytest.raises(ValueError, match=said):
        Mixture.Params(parts=parts)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"use": "direct", "share": {"account": 1}}, "no part has a share of class 'refund'"),
        ({"use": "direct", "share": {"acount": 1}}, "share of 'acount'; the task's classes are"),
        ({"use": "direct", "prompts": {"rows": "x"}}, "no prompt 'rows'"),
        ({"use": "attributes", "with": {"axes": {"t": {"account": ["a"]}}}}, r"part 1 .*'refund'"),
    ],
)
def test_parts_that_do_not_fit_the_task_are_refused(part, said):
    with pytest.raises(ConfigError, match=said):
        mixture(part)


def test_an_axis_called_part_is_refused():
    generator = mixture({"use": "attributes", "with": {"axes": {"part": ["a"]}}})
    with pytest.raises(ConfigError, match="calls an attribute 'part'"):
        generator.plan("refund", 0, 1)


MINE = """
import dspy
from synthlab.generators.base import Generator

class Mine(Generator):
    prompts = {"row": "A note about {label} and {label}."}

    def prepare(self, shots):
        self.write = dspy.Predict(self.signature("row", ["label"]))

    def inputs(self, request):
        return {"label": self.words(request.label)}
"""
MIXED = """
    - use: mixture
      with:
        parts:
          - direct
          - {use: mine.py:Mine, share: {refund: 1, account: 2}}
"""


@pytest.fixture
def mine(workplace: Path) -> Path:
    """Three candidates: two that are run first, and then also a mixture of them."""
    (workplace / "mine.py").write_text(MINE)
    text = (workplace / "tickets.yaml").read_text()
    first = text[: text.index("    - use: attributes")] + "    - mine.py:Mine\n"
    (workplace / "parts.yaml").write_text(first)
    (workplace / "mixed.yaml").write_text(first + MIXED.lstrip("\n"))
    single = MIXED.replace("    - use: mixture", "generator:\n      use: mixture")
    (workplace / "one.yaml").write_text(text[: text.index("sweep:")] + single.lstrip("\n"))
    return workplace


def test_a_mixture_of_candidates_that_were_run_pays_for_nothing(mine):
    before, _ = run_file(Path("parts.yaml"))
    result, _ = run_file(Path("mixed.yaml"))
    assert before.paid.calls > 0
    assert result.paid.calls == 0
    trial = next(t for t in result.trials if t.candidate.name == "mixture")
    parts = Counter((r.label, r.lineage.request.attributes["part"]) for r in trial.curated.kept)
    assert {(label, part): n for (label, part), n in parts.items()} == {
        ("delivery", "direct"): 6,
        ("account", "direct"): 2,
        ("account", "Mine"): 4,
        ("refund", "direct"): 3,
        ("refund", "Mine"): 3,
    }
    assert set(trial.prompts) >= {"refund (direct)", "refund (Mine)", "delivery (direct)"}
    assert "part" not in trial.prompts["refund (Mine)"]


def test_a_promoted_mixture_needs_none_of_its_files_and_writes_rows_on_disk(mine):
    run_file(Path("mixed.yaml"))
    store = open_store()
    promote(store, "tickets", candidate="mixture")
    for name in ("mine.py", "rows.csv", "mixed.yaml"):
        (mine / name).unlink()
    _, program = load_program(store, "tickets", "champion")
    rows = rows_for(program, [{"label": "refund", "count": 4}])
    assert len(rows) == 4
    made = generate(program, 12, mine / "out", "jsonl")
    lines = [json.loads(line) for file in made.files for line in file.read_text().splitlines()]
    parts = Counter((line["label"], json.loads(line["attributes"])["part"]) for line in lines)
    assert parts["delivery", "direct"] == 4
    assert parts["refund", "Mine"] == 2
    assert "`2/row`" in (mine / "out" / "README.md").read_text()


def test_a_config_can_replace_the_prompt_of_a_part(mine):
    own = "generator.prompts={1/row: 'Say {label}.'}"
    [member] = compile_file(Path("one.yaml"), [own]).members
    assert member.prompts["refund (direct)"][0].startswith("Say refund.")
    assert "A note about refund" in member.prompts["refund (Mine)"][0]
    with pytest.raises(ConfigError, match="mixture has no prompt '3/row'; it has: 1/many, 1/row"):
        compile_file(Path("one.yaml"), ["generator.prompts={3/row: x}"])


def test_another_text_of_a_parts_file_is_another_candidate(mine):
    first = Mixture.Params(parts=["mine.py:Mine"])
    (mine / "mine.py").write_text(MINE.replace("A note", "A letter"))
    second = Mixture.Params(parts=["mine.py:Mine"])
    assert first != second
    again = Mixture.Params(**first.model_dump(mode="json"))
    assert again == first
    generator = Mixture(again, replace(BRIEF), SHOTS)
    assert generator.texts == {"1/row": "A note about {label} and {label}."}
