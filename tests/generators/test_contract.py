"""Every generator keeps the contract: plans that repeat, prompts that name the class, one row."""

from __future__ import annotations

from collections import Counter

import pytest

from synthlab.errors import ConfigError
from synthlab.generators.attributes import Attributes
from synthlab.generators.direct import Direct
from synthlab.generators.few_shot import FewShot
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
from synthlab.records import Brief, Row
from synthlab.registry import resolve

BRIEF = Brief("support message", ("account", "refund"), {"account": "logins", "refund": "refunds"})
SHOTS = tuple(
    Row(f"{label}-{n}", {"text": f"real {label} row number {n}"}, label)
    for label in BRIEF.labels
    for n in range(8)
)
AXES = {
    "topic": {"account": ["password", "email"], "refund": ["invoice", "card"]},
    "tone": ["angry", "calm", "short"],
}
HEADLINE = "experiments/bbc-news/generator.py:HeadlineFirst"
SUBJECTS = {"account": ["passwords"], "refund": ["cards"]}
OFFLINE = ("augment", "ngram", "templates")
CASES = [
    ("direct", {}),
    ("attributes", {"axes": AXES}),
    ("few_shot", {"shots": 2, "pool": 4}),
    (HEADLINE, {"subjects": SUBJECTS}),
    ("mixture", {"parts": ["direct", {"use": "attributes", "with": {"axes": AXES}, "share": 2}]}),
    ("augment", {}),
    ("ngram", {}),
    ("templates", {"axes": AXES}),
]


def built(use: str, params: dict, seed: int = 0, texts: dict | None = None, rows: int = 1):
    made = resolve("generator", use)
    return made(made.Params(**params), BRIEF, SHOTS, seed, texts, rows)


@pytest.mark.parametrize(("use", "params"), CASES, ids=[case[0] for case in CASES])
class TestContract:
    def test_the_same_seed_plans_the_same_requests(self, use, params):
        assert built(use, params).plan("refund", 0, 9) == built(use, params).plan("refund", 0, 9)

    def test_a_plan_may_be_cut_anywhere(self, use, params):
        generator = built(use, params)
        whole = generator.plan("refund", 0, 9)
        assert generator.plan("refund", 0, 4) + generator.plan("refund", 4, 5) == whole

    def test_sampling_seeds_are_common_to_all_generators(self, use, params):
        if use == "mixture":
            pytest.skip("each part counts its own requests: see test_mixture.py")
        seeds = [request.seed for request in built(use, params).plan("refund", 0, 5)]
        assert seeds == [request.seed for request in built("direct", {}).plan("refund", 0, 5)]
        assert seeds != [request.seed for request in built(use, params, 1).plan("refund", 0, 5)]

    def test_it_writes_one_text_and_the_prompt_names_the_class(self, use, params):
        generator = built(use, params)
        with Session(LMSettings("fake/words")) as session, session.scope() as scope:
            made = generator(request=generator.plan("refund", 0, 1)[0])
        assert made.text
        if use in OFFLINE:
            assert not scope.prompts
            return
        assert "refund" in scope.prompts[0] or "card" in scope.prompts[0]
        assert "{" not in scope.prompts[-1]

    def test_it_writes_several_texts_in_one_call_or_says_that_it_cannot(self, use, params):
        if use == HEADLINE:
            with pytest.raises(ConfigError, match="writes one row at a time"):
                built(use, params, rows=3)
            return
        generator = built(use, params, rows=3)
        with Session(LMSettings("fake/words")) as session, session.scope(rows=3) as scope:
            texts = generator.fulfil(generator.orders("refund", 0, 3)[0])
        assert len(texts) == 3
        assert all(texts)
        assert use in OFFLINE or len(set(texts)) == 3
        assert len(scope.calls) == (use not in OFFLINE)

    def test_its_state_survives_a_round_trip(self, use, params):
        generator = built(use, params)
        again = built(use, params)
        again.load_state(generator.dump_state())
        assert again.dump_state() == generator.dump_state()

    def test_a_prompt_that_it_does_not_have_is_refused(self, use, params):
        with pytest.raises(ConfigError, match="no prompt 'wrong'"):
            built(use, params, texts={"wrong": "x"})


def test_attributes_use_every_value_equally_often():
    plan = built("attributes", {"axes": AXES}).plan("refund", 0, 60)
    assert Counter(r.attributes["topic"] for r in plan) == {"invoice": 30, "card": 30}
    assert Counter(r.attributes["tone"] for r in plan) == {"angry": 20, "calm": 20, "short": 20}
    pairs = Counter((r.attributes["topic"], r.attributes["tone"]) for r in plan)
    assert len(pairs) == 6  # axes are drawn independently: every pair occurs


def test_attributes_follow_declared_weights():
    plan = built("attributes", {"axes": {"tone": {"angry": 3, "calm": 1}}}).plan("refund", 0, 40)
    assert Counter(r.attributes["tone"] for r in plan) == {"angry": 30, "calm": 10}


def drawn(axes: dict, count: int, label: str = "refund", seed: int = 0) -> list[str]:
    plan = built("attributes", {"axes": axes}, seed).plan(label, 0, count)
    return [request.attributes["tone"] for request in plan]


def test_equal_weights_draw_what_a_list_draws_and_shuffled_cycles_always_drew():
    listed = drawn({"tone": ["angry", "calm", "short"]}, 60)
    assert drawn({"tone": {"angry": 0.3, "calm": 0.3, "short": 0.3}}, 60) == listed
    own = {"refund": {"angry": 2, "calm": 2, "short": 2}, "account": ["calm"]}
    assert drawn({"tone": own}, 60) == listed
    generator = built("attributes", {"axes": {"tone": ["a", "b", "c"]}})
    for turn in range(20):
        order = ["angry", "calm", "short"]
        generator.rng("axis", "refund", "tone", turn).shuffle(order)
        assert listed[3 * turn : 3 * turn + 3] == order


@pytest.mark.parametrize(
    "weights",
    [{"angry": 0.3, "calm": 0.7}, {"angry": 0.2, "calm": 1, "short": 1.7, "long": 0.55}],
)
def test_any_part_of_a_plan_keeps_close_to_the_weights(weights):
    """No further off than two rows, also where a cycle cannot hold the quotas exactly."""
    total = sum(weights.values())
    for seed in range(5):
        draws = drawn({"tone": weights}, 400, seed=seed)
        for count in range(len(weights), 401, len(weights)):
            seen = Counter(draws[:count])
            for value, weight in weights.items():
                assert abs(seen[value] - count * weight / total) < 2


def test_each_class_may_have_weights_of_its_own_or_a_plain_list():
    axes = {"tone": {"refund": {"angry": 1, "calm": 4}, "account": ["angry", "calm"]}}
    assert Counter(drawn(axes, 50)) == {"angry": 10, "calm": 40}
    assert Counter(drawn(axes, 50, "account")) == {"angry": 25, "calm": 25}


def test_another_weight_moves_few_draws_so_that_candidates_share_their_luck():
    before = drawn({"tone": {"angry": 1, "calm": 1, "short": 1, "long": 1}}, 200)
    after = drawn({"tone": {"angry": 0.8, "calm": 1.2, "short": 1, "long": 1}}, 200)
    assert sum(a != b for a, b in zip(before, after, strict=True)) < 30


@pytest.mark.parametrize(
    ("axis", "said"),
    [
        ({"refund": {"angry": 0.0, "calm": 1}}, "'tone.refund' has a weight that is not above 0"),
        ({"angry": float("inf")}, "'tone' has a weight"),
        ({"refund": {}}, "'tone.refund' has no values"),
        ({"refund": []}, "'tone.refund' has no values"),
        ({"refund": ["angry"], "calm": 2}, "mixes values with weights and labels: see 'refund'"),
    ],
)  # fmt: skip
def test_a_wrong_weight_is_refused_with_its_place(axis, said):
    with pytest.raises(ValueError, match=said):
        Attributes.Params(axes={"tone": axis})


def test_an_axis_that_forgets_a_class_is_refused():
    with pytest.raises(ConfigError, match="no values for class 'account'"):
        built("attributes", {"axes": {"topic": {"refund": ["card"]}}})


@pytest.mark.parametrize("axes", [{}, {"topic": []}, {"label": ["a"]}, {"t": {"a": 0.0}}])
def test_axes_that_make_no_sense_are_refused(axes):
    with pytest.raises(ValueError, match="axes"):
        Attributes.Params(axes=axes)


def test_few_shot_shows_only_rows_of_the_class_and_records_which():
    generator = built("few_shot", {"shots": 2, "pool": 4})
    assert len(generator.shown) == 8
    for request in generator.plan("refund", 0, 20):
        assert len(set(request.shown)) == 2
        assert set(request.shown) <= {f"refund-{n}" for n in range(4)}
    with Session(LMSettings("fake/words")) as session, session.scope() as scope:
        generator(request=generator.plan("refund", 0, 1)[0])
    assert scope.prompts[0].count("real refund row") == 2
    assert "account" not in scope.prompts[0]


def test_few_shot_without_enough_real_rows_says_what_is_left():
    with pytest.raises(ConfigError, match="leave 1"):
        FewShot(FewShot.Params(shots=2, pool=1), BRIEF, SHOTS)


def test_texts_replace_the_prompt_of_the_file():
    generator = built("direct", {}, texts={"row": "Only {label}, please."})
    with Session(LMSettings("fake/words")) as session, session.scope() as scope:
        generator(request=generator.plan("refund", 0, 1)[0])
    # The input that the template leaves out is added by the adapter, so that nothing is lost.
    assert scope.prompts[0].startswith("Only refunds, please.")
    assert Direct.prompts["row"].is_file()
