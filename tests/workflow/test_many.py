"""Several rows from one call: the same requests, one prompt, and what an answer holds is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from synthlab.curation.base import Known
from synthlab.curation.curator import Curator
from synthlab.errors import ConfigError
from synthlab.generators.attributes import Attributes
from synthlab.generators.direct import Direct
from synthlab.generators.few_shot import FewShot
from synthlab.lm.answers import answer
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.fake import FakeEngine
from synthlab.lm.session import Session
from synthlab.records import Brief, Dropped, Row, Usage, usage_of
from synthlab.registry import resolve
from synthlab.report.plans import plan_text
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import generate
from synthlab.workflow.lab import compile_file, estimate_file, open_store, run_file
from synthlab.workflow.probe import probe_lm
from synthlab.workflow.program import load_generator
from synthlab.workflow.promote import promote
from synthlab.workflow.rehearse import rehearse
from synthlab.workflow.rows import CUT, MISSING, UNPARSABLE, Collector, Writer
from tests.lm.conftest import llama_url  # noqa: F401 - a fixture

BRIEF = Brief("message", ("a", "b"), {"a": "apples and pears", "b": "boats on rivers"})
AXES = {"topic": ["tree", "cake", "ship"], "tone": ["angry", "calm"]}
SHOTS = tuple(
    Row(f"{label}-{n}", {"text": f"real {label} row number {n}"}, label)
    for label in BRIEF.labels
    for n in range(6)
)
CONFIG = Path("tickets.yaml")
TWO_STEPS = """
from synthlab.generators.direct import Direct

class Twice(Direct):
    def forward(self, request):
        return super().forward(request)
"""
OWN_MANY = (
    TWO_STEPS
    + """
    def forward_many(self, requests):
        return [f"{request.label} number {request.index}" for request in requests]
"""
)


def attributes(rows: int, texts: dict | None = None) -> Attributes:
    return Attributes(Attributes.Params(axes=AXES), BRIEF, (), 0, texts, rows)


def written(generator, count: int, adapter: str = "auto", **settings) -> tuple[list, Session]:
    """The items of a class's first orders, and the closed session."""
    with Session(LMSettings("fake/words", adapter=adapter, **settings)) as session:
        writer = Writer(generator, session, "c")
        orders = generator.orders("a", 0, count)
        return [item for order in orders for item in writer.write(order)], session


def scripted(monkeypatch, text: str, finish: str = "stop", tokens: tuple[int, int] = (10, 21)):
    """Every answer of the fake is this one; what was asked for is collected."""
    asked = []

    def complete(self, request):
        asked.append(request)
        return answer("fake/words", text, finish, *tokens)

    monkeypatch.setattr(FakeEngine, "complete", complete)
    return asked


def told(items) -> list[str]:
    """The text of each kept row, the reason of each dropped one."""
    return [i.reason if isinstance(i, Dropped) else i.values["text"] for i in items]


class TestOrders:
    def test_requests_are_the_same_however_many_share_a_call(self):
        one, four = attributes(1).orders("a", 0, 10), attributes(4).orders("a", 0, 10)
        assert [len(order) for order in four] == [4, 4, 2]
        assert [r for order in one for r in order] == [r for order in four for r in order]

    def test_rows_have_the_same_draws_and_names_however_many_share_a_call(self):
        rows = [written(attributes(k), 8)[0] for k in (1, 4)]
        drawn = [[(r.id, r.lineage.request) for r in made] for made in rows]
        assert drawn[0] == drawn[1]

    def test_a_call_is_seeded_by_its_first_request_and_may_be_as_long_as_its_rows(
        self, monkeypatch
    ):
        asked = scripted(monkeypatch, "1. One.\n2. Two.\n3. Three.")
        generator = Direct(Direct.Params(), BRIEF, (), 0, None, 3)
        written(generator, 4, max_tokens=40)
        seeds = [request.seed for request in generator.plan("a", 0, 4)]
        assert [request.config.seed for request in asked] == [seeds[0], seeds[3]]
        assert [request.config.max_tokens for request in asked] == [120, 40]


class TestPrompts:
    def test_what_differs_is_listed_by_number_after_the_prompt_of_one_row(self):
        (prompt,) = rehearse(attributes(2), LMSettings("fake/words"))["a"]
        first, second = attributes(2).plan("a", 0, 2)
        lines = prompt.split("\n")
        assert lines[0] == "Write a short message about apples and pears with these attributes."
        assert lines[2].startswith("Write 2 of them, numbered 1 to 2,")
        differing = [k for k in AXES if first.attributes[k] != second.attributes[k]]
        assert differing
        for number, request in enumerate((first, second), 1):
            line = ", ".join(f"{name}: {request.attributes[name]}" for name in differing)
            assert f"{number}. {line}" in lines

    def test_a_placeholder_of_what_differs_points_to_the_list(self):
        generator = attributes(6, {"row": "A {document} about a {topic}."})
        (prompt,) = rehearse(generator, LMSettings("fake/words"))["a"]
        assert prompt.startswith("A message about a the topic listed below.\nlabel: apples")
        assert prompt.count("topic: ") == 6

    def test_shown_rows_are_those_of_the_first_request_and_lineage_says_so(self):
        params = FewShot.Params(shots=2, pool=6)
        generator = FewShot(params, BRIEF, SHOTS, 0, None, 3)
        asked = generator.plan("a", 0, 3)
        assert len({request.shown for request in asked}) > 1
        rows, _ = written(generator, 3)
        assert {row.lineage.request.shown for row in rows} == {asked[0].shown}
        (prompt,) = rehearse(generator, LMSettings("fake/words"))["a"]
        assert prompt.count("real a row") == 2
        assert "1. " not in prompt

    def test_the_prompt_for_several_rows_is_the_users_to_replace(self):
        generator = attributes(3, {"many": "Now {count} of the sort '{label}':\n{each}"})
        (prompt,) = rehearse(generator, LMSettings("fake/words"))["a"]
        assert "Now 3 of the sort 'apples and pears':\n1. topic: " in prompt

    def test_an_axis_cannot_have_a_name_that_the_prompt_needs(self):
        axes = {"count": ["one", "two"]}
        generator = Attributes(Attributes.Params(axes=axes), BRIEF, (), 0, None, 2)
        with pytest.raises(ConfigError, match="'count'"):
            rehearse(generator, LMSettings("fake/words"))


class TestAnswers:
    @pytest.mark.parametrize(
        ("adapter", "text", "finish", "found"),
        [
            ("json", '{"rows": ["A", "B", "C"]}', "stop", ["A", "B", "C"]),
            ("json", '{"rows": ["A", "B", "C", "D", "E"]}', "stop", ["A", "B", "C"]),
            ("json", '{"rows": ["A"]}', "stop", ["A", MISSING, MISSING]),
            ("json", '{"rows": ["A", "", "C"]}', "stop", ["A", MISSING, "C"]),
            ("json", '{"rows": ["A", "A", "A"]}', "stop", ["A", "A", "A"]),
            ("json", '{"rows": ["A", "B no', "length", ["A", CUT, MISSING]),
            ("json", '{"rows": ["A", "B", "C", "D no', "length", ["A", "B", "C"]),
            ("json", '{"rows": ["A", "B",', "length", ["A", "B", MISSING]),
            ("json", "I cannot do that.", "stop", [UNPARSABLE] * 3),
            ("plain", "1. A\n2. B\n3. C no", "length", ["A", "B", CUT]),
            ("plain", "1. A\n3. C", "stop", ["A", MISSING, "C"]),
            ("plain", "Here:\n1. A\n2. B\n3. C\n4. D", "stop", ["A", "B", "C"]),
            ("plain", "", "stop", [UNPARSABLE] * 3),
        ],
    )
    def test_the_good_rows_of_an_answer_are_kept(self, monkeypatch, adapter, text, finish, found):
        scripted(monkeypatch, text, finish)
        items, session = written(Direct(Direct.Params(), BRIEF, (), 0, None, 3), 3, adapter)
        assert told(items) == found
        rows = [item.row if isinstance(item, Dropped) else item for item in items]
        assert usage_of(rows).tokens == session.ledger.total().tokens == 31

    def test_an_unreadable_answer_is_kept_once_to_be_looked_at(self, monkeypatch):
        scripted(monkeypatch, "I cannot do that.")
        items, _ = written(Direct(Direct.Params(), BRIEF, (), 0, None, 3), 3, "json")
        assert [item.row.values["text"] for item in items] == ["I cannot do that.", "", ""]
        assert {item.detail for item in items} == {"no list of texts"}

    def test_equal_rows_of_an_answer_are_for_curation_to_drop(self, monkeypatch):
        scripted(monkeypatch, '["A good text", "A good text", "Another text"]')
        step = resolve("curation", "duplicates")
        with Session(LMSettings("fake/words")) as session:
            writer = Writer(Direct(Direct.Params(), BRIEF, (), 0, None, 3), session, "c")
            maker = Collector(writer, Curator([step(step.Params(), Known())], "text"), 1, 1)
            maker.fill({"a": 3})
        assert len(maker.judged.kept) == 2
        assert len(maker.judged.dropped) == 1


class TestUsage:
    def test_rows_share_what_their_call_took_to_the_last_token(self):
        whole = Usage(1, 10, 21, 0.7, 1.5, 7, 2, 1)
        shares = whole.shares(4)
        total = sum(shares, Usage())
        assert [share.calls for share in shares] == [1, 0, 0, 0]
        assert [share.output_tokens for share in shares] == [6, 5, 5, 5]
        assert replace(total, cost_usd=0.7, seconds=1.5) == whole
        assert (total.cost_usd, total.seconds) == pytest.approx((0.7, 1.5))
        assert whole.shares(1) == [whole]

    def test_a_price_that_is_not_known_stays_unknown(self):
        assert [share.cost_usd for share in Usage(1, 2, 3, None).shares(2)] == [None, None]

    @pytest.mark.parametrize("model", ["fake/words", "fake/refuse", "fake/empty"])
    @pytest.mark.parametrize("adapter", ["plain", "json"])
    def test_the_rows_of_a_run_sum_up_to_the_ledger(self, model, adapter):
        step = resolve("curation", "refusals")
        with Session(LMSettings(model, adapter=adapter, price=Price(1, 2))) as session:
            curator = Curator([step(step.Params(), Known())], "text")
            maker = Collector(Writer(attributes(4), session, "c"), curator, 2, 3)
            maker.fill({"a": 10, "b": 3})
            total = session.ledger.total()
        found, rows = usage_of(maker.judged.curated.rows), maker.judged.curated.rows
        same = replace(found, cost_usd=total.cost_usd, seconds=total.seconds)
        assert same == total
        assert found.cost_usd == pytest.approx(total.cost_usd)
        if model == "fake/words":
            assert total.calls == 3 + 1
        else:
            assert len(rows) == 2 * 13
            assert maker.judged.kept == []


def test_refills_ask_for_several_rows_and_never_pass_the_tries(monkeypatch):
    asked = scripted(monkeypatch, "1. Only one.")
    with Session(LMSettings("fake/words")) as session:
        writer = Writer(Direct(Direct.Params(), BRIEF, (), 0, None, 4), session, "c")
        maker = Collector(writer, Curator([], "text"), 2, 1)
        maker.fill({"a": 8})
    # 8 rows in 2 calls keep 2; 6 more in 2 calls keep 2; the tries allow 2 more, in 1 call.
    assert len(asked) == 5
    assert maker.used["a"] == len(maker.judged.curated.rows) == 16
    assert maker.judged.curated.reasons() == {MISSING: 11}


class TestOwnGenerators:
    def test_one_that_writes_a_row_at_a_time_is_refused_before_the_run(self, workplace):
        (workplace / "mine.py").write_text(TWO_STEPS)
        mine = ["sweep={}", "generator=mine.py:Twice"]
        assert compile_file(CONFIG, mine).members
        with pytest.raises(ConfigError, match="Twice writes one row at a time"):
            compile_file(CONFIG, [*mine, "generator.rows_per_request=2"])
        with pytest.raises(ConfigError, match="no prompt 'many'; it has: row"):
            compile_file(CONFIG, [*mine, "generator.prompts.many=x"])

    def test_one_may_say_itself_how_it_writes_several(self, workplace):
        (workplace / "mine.py").write_text(OWN_MANY)
        own = ["sweep={}", "generator=mine.py:Twice", "generator.rows_per_request=3"]
        (member,) = compile_file(CONFIG, own).members
        rows, _ = written(member.make(), 3)
        assert told(rows) == ["a number 0", "a number 1", "a number 2"]


class TestRuns:
    SWEEP = "sweep={generator.rows_per_request: [1, 4]}"

    @pytest.mark.parametrize("adapter", ["plain", "json"])
    def test_a_run_compares_numbers_of_rows_a_call(self, workplace, adapter):
        options = [self.SWEEP, "generator=few_shot", f"lm.adapter={adapter}"]
        result, _ = run_file(CONFIG, options)
        four, one = sorted(result.trials, key=lambda trial: trial.usage.calls)
        assert len(four.curated.kept) == len(one.curated.kept) == 18
        assert four.usage.calls <= one.usage.calls / 2
        assert four.usage.input_tokens < one.usage.input_tokens
        assert result.paid.calls == four.usage.calls + one.usage.calls

    def test_it_goes_on_from_the_journal(self, workplace):
        first, _ = run_file(CONFIG, [self.SWEEP])
        again, _ = run_file(CONFIG, [self.SWEEP])
        assert again.paid.calls == 0
        texts = [[[r.values for r in t.curated.kept] for t in x.trials] for x in (first, again)]
        assert texts[0] == texts[1]

    def test_a_promoted_generator_goes_on_writing_several_rows_a_call(self, workplace, tmp_path):
        options = ["sweep={}", "generator=direct", "generator.rows_per_request=4"]
        many = "generator.prompts.many='Write some, numbered 1 to {count}.'"
        run_file(CONFIG, [*options, many])
        store = open_store()
        promote(store, "tickets")
        program = load_program(store, "tickets", "champion")[1]
        assert program["rows_per_request"] == 4
        assert program["texts"]["many"] == "Write some, numbered 1 to {count}."
        made = generate(program, 24, tmp_path / "out", "jsonl")
        lines = [json.loads(line) for line in made.files[0].read_text("utf-8").splitlines()]
        assert len(lines) == 24
        assert made.usage.calls < 12

    def test_a_program_of_before_writes_one_row_a_call(self, workplace):
        run_file(CONFIG, ["sweep={}", "generator=direct"])
        store = open_store()
        promote(store, "tickets")
        program = dict(load_program(store, "tickets", "champion")[1], format=2)
        del program["rows_per_request"]
        assert load_generator(program, 1).rows == 1
        assert "many" not in program["texts"]

    def test_what_is_sent_is_shown_before_the_run(self, workplace):
        plan = compile_file(CONFIG, ["sweep={}", "generator.rows_per_request=3"])
        text = plan_text(plan.overview())
        assert "18 rows from fake/words, 3 a request, at most 54 requests" in text
        assert "numbered 1 to 3" in text

    def test_the_prompt_for_several_rows_counts_only_where_it_is_used(self, workplace):
        def digests(*more: str) -> list[str]:
            return [m.candidate.digest for m in compile_file(CONFIG, [self.SWEEP, *more]).members]

        plain, own = digests(), digests("generator.prompts.many='Write {count}.'")
        assert plain[0] == own[0]
        assert plain[1] != own[1]


class TestEstimates:
    OPTIONS = ("sweep={}", "generator.rows_per_request=4", "lm.max_tokens=60")

    @pytest.mark.parametrize("probe", [0, 3])
    def test_a_run_takes_what_was_estimated(self, workplace, probe):
        (part,) = estimate_file(CONFIG, self.OPTIONS, probe=probe).parts
        usage = run_file(CONFIG, self.OPTIONS)[0].trials[0].usage
        for value, range_ in [
            (usage.calls, part.calls),
            (usage.input_tokens, part.tokens_in),
            (usage.output_tokens, part.tokens_out),
        ]:
            assert range_.low - 1e-9 <= value <= range_.high

    def test_a_probe_gives_the_first_orders_of_the_run(self, workplace):
        plan = compile_file(CONFIG, self.OPTIONS)
        seen = probe_lm(plan, plan.members, 50)
        assert seen.rows == (4, 4, 4, 2, 2, 2)
        assert seen.kept <= 18
        assert seen.all.calls == 6


def test_a_real_server_with_a_schema_writes_several_rows(llama_url):  # noqa: F811
    settings = LMSettings("openai/smol", base_url=f"{llama_url}/v1", price=Price(1, 2))
    settings = replace(settings, max_tokens=40, concurrency=2, temperature=0.5)
    with Session(settings) as session:
        writer = Writer(Direct(Direct.Params(), BRIEF, (), 0, None, 3), session, "c")
        maker = Collector(writer, Curator([], "text"), 1, 2)
        maker.fill({"a": 6, "b": 6})
        total = session.ledger.total()
    curated = maker.judged.curated
    assert total.calls == 4
    assert len(curated.rows) == 12
    assert set(curated.reasons()) <= {MISSING, CUT, UNPARSABLE}
    assert len(curated.kept) > 4  # more than one row of some answer
    assert all(row.values["text"] for row in curated.kept)
    found = usage_of(curated.rows)
    assert replace(found, cost_usd=total.cost_usd, seconds=total.seconds) == total
    assert '"rows"' in writer.prompts["a"]
