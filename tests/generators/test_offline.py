"""Generators that ask no LM: what they write, what they may use, and how a run treats them."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import yaml

from synthlab.errors import ConfigError, EngineError
from synthlab.generators.augment import Augment, delete, insert, swap
from synthlab.generators.direct import Direct
from synthlab.generators.ngram import Ngram
from synthlab.generators.templates import Templates
from synthlab.lm.base import NO_LM, LMSettings
from synthlab.lm.session import Session
from synthlab.outcomes import Score, Trial
from synthlab.records import Brief, Curated, Row, Usage
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import generate
from synthlab.workflow.lab import compile_file, open_store, run_file
from synthlab.workflow.mixtures import _alike
from synthlab.workflow.promote import promote

BRIEF = Brief("note", ("a", "b"), {"a": "apples", "b": "boats"})
TEXTS = {
    "a": ["red apples grow on old trees", "sweet apples fall from trees", "trees bear red fruit"],
    "b": ["boats sail over the wide sea", "the sea moves small boats", "sailors love the sea"],
}
SHOTS = tuple(
    Row(f"{label}{n}", {"text": text}, label)
    for label, texts in TEXTS.items()
    for n, text in enumerate(texts)
)


def built(made, seed: int = 0, shots=SHOTS, **params):
    return made(made.Params(**params), BRIEF, shots, seed)


def rows(generator, label: str, count: int) -> list[str]:
    return [generator.compose(request) for request in generator.plan(label, 0, count)]


@pytest.mark.parametrize("made", [Augment, Ngram])
def test_rows_are_made_of_the_first_real_rows_of_their_class_only(made):
    generator = built(made, pool=2)
    assert generator.derived == generator.shown == ("a0", "a1", "b0", "b1")
    words = {word for text in TEXTS["a"][:2] for word in text.split()}
    found = {word for text in rows(generator, "a", 40) for word in text.split()}
    assert found <= words | ({w for t in TEXTS["b"] for w in t.split()} if made is Ngram else set())
    assert "bear" not in found


@pytest.mark.parametrize("made", [Augment, Ngram])
def test_the_same_seed_writes_the_same_rows_and_another_seed_others(made):
    one = rows(built(made), "a", 20)
    assert one == rows(built(made), "a", 20)
    assert one != rows(built(made, seed=1), "a", 20)


@pytest.mark.parametrize("made", [Augment, Ngram])
def test_without_real_rows_that_may_be_shown_they_are_refused(made):
    with pytest.raises(ConfigError, match="of class 'a' the seed split leaves 0"):
        built(made, shots=())


def test_augment_takes_every_row_and_every_operation_equally_often():
    plan = built(Augment).plan("a", 0, 90)
    assert Counter(request.shown for request in plan) == {("a0",): 30, ("a1",): 30, ("a2",): 30}
    pairs = Counter((request.shown, request.attributes["operation"]) for request in plan)
    assert set(pairs.values()) == {10}


def test_operations_change_as_many_words_as_they_are_told():
    words, others = ["one", "two", "three", "four", "five", "six"], ["new"]
    assert len(delete(words, 2, others, random.Random(0))) == 4
    assert sorted(swap(words, 1, others, random.Random(0))) == sorted(words)
    assert swap(words, 1, others, random.Random(0)) != words
    assert Counter(insert(words, 2, others, random.Random(0)))["new"] == 2
    assert delete(["one"], 3, others, random.Random(0)) == ["one"]
    assert swap(["one"], 3, others, random.Random(0)) == ["one"]


def test_words_of_an_ngram_row_follow_each_other_as_in_real_rows_unless_it_backs_off():
    """Every start is one of a real row of the class, or one that the back-off chose."""
    generator = built(Ngram, order=2)
    pairs = {pair for text in TEXTS["a"] for pair in pairwise(text.split())}
    seen = [pair for text in rows(generator, "a", 200) for pair in pairwise(text.split())]
    share = sum(pair in pairs for pair in seen) / len(seen)
    loose = built(Ngram, order=1)
    chance = [pair in pairs for text in rows(loose, "a", 200) for pair in pairwise(text.split())]
    assert share > 2 * sum(chance) / len(chance)
    assert len(set(rows(generator, "a", 200))) > 50


def test_an_ngram_row_is_no_longer_than_the_longest_real_row():
    assert max(len(text.split()) for text in rows(built(Ngram), "a", 100)) <= 6


def test_templates_are_filled_in_turn():
    generator = built(
        Templates,
        templates=["a {document} about {label}", "{label} in {place}"],
        axes={"place": ["Rome", "Oslo"]},
    )
    found = Counter(rows(generator, "b", 40))
    assert found["a note about boats"] == 20
    assert set(found) == {"a note about boats", "boats in Rome", "boats in Oslo"}


def test_without_templates_label_and_attributes_stand_in_a_row():
    generator = built(Templates, axes={"place": {"a": ["Rome"], "b": ["Oslo"]}})
    assert rows(generator, "a", 2) == ["note apples Rome", "note apples Rome"]


def test_a_gap_that_nothing_fills_is_refused():
    with pytest.raises(ValueError, match=r"template 1 has a gap \{x\} that nothing fills"):
        Templates.Params(templates=["{x}"])


def test_the_lm_that_is_none_answers_nothing_and_says_why():
    generator = Direct(Direct.Params(), BRIEF)
    with (
        pytest.raises(EngineError, match="a prompt was sent to it"),
        Session(LMSettings(NO_LM)) as session,
        session.scope(),
    ):
        generator(request=generator.plan("a", 0, 1)[0])
    with pytest.raises(EngineError, match="unknown model 'none/x'"):
        Session(LMSettings("none/x"))


def offline(workplace, lm: dict, **task):
    config = yaml.safe_load((workplace / "tickets.yaml").read_text())
    config["lm"] = lm
    config["task"] |= task
    config["sweep"] = {"generator": ["augment", "ngram"]}
    (workplace / "tickets.yaml").write_text(yaml.safe_dump(config))
    return workplace / "tickets.yaml"


def test_a_sweep_of_them_needs_no_key_and_makes_no_call(workplace, ready_stores):
    path = offline(workplace, {"model": "openai/gpt-4o-mini"})
    result, _ = run_file(path)
    assert {trial.candidate.lm for trial in result.trials} == {NO_LM}
    assert result.paid.calls == 0
    assert all(len(trial.curated.kept) == 18 for trial in result.trials)
    assert not any("copies" in reason for t in result.trials for reason in t.curated.reasons())


def test_rows_made_of_seed_rows_are_held_against_dev_rows_all_the_same(workplace):
    plan = compile_file(offline(workplace, {"model": "fake/words"}))
    (member, _) = plan.members
    curator = member.curator(plan.known, member.make())
    seed = next(row for row in plan.splits.seed if row.id in member.make().derived)
    kept = curator.sift([Row("x", {"text": f"{seed.values['text']}"}, seed.label)])
    dropped = curator.sift([Row("y", dict(plan.splits.dev[0].values), plan.splits.dev[0].label)])
    assert len(kept.kept) == 1
    assert dropped.dropped[0].reason == "copies real rows"


def test_a_promoted_one_delivers_and_its_card_says_what_the_rows_are(workplace, ready_stores):
    run_file(offline(workplace, {"model": "fake/words"}), ["sweep.generator=[augment]"])
    store = open_store()
    promote(store, "tickets")
    _, program = load_program(store, "tickets", "champion")
    made = generate(program, 9, workplace / "out", "jsonl", 1)
    lines = [line for path in made.files for line in path.read_text().splitlines()]
    assert len(lines) == sum(made.rows.values()) == 9
    assert json.loads(lines[0])["lm"] == NO_LM
    card = (workplace / "out" / "README.md").read_text()
    assert "may nearly repeat a real row" in card
    assert "written by a language model" not in card


def test_in_a_mixture_they_write_beside_an_lm(workplace, ready_stores):
    path = offline(workplace, {"model": "fake/words"})
    parts = "[{use: mixture, with: {parts: [direct, {use: augment, with: {pool: 3}}]}}]"
    (trial,) = run_file(path, [f"sweep.generator={parts}"])[0].trials
    assert trial.candidate.lm == "fake/words"
    wrote = Counter(row.lineage.request.attributes["part"] for row in trial.curated.kept)
    assert set(wrote) == {"direct", "augment"}
    assert not any("copies" in reason for reason in trial.curated.reasons())
    assert len(trial.shown) == 9


def test_the_best_of_them_does_not_keep_candidates_with_an_lm_out_of_a_mixture(workplace):
    path = offline(workplace, {"model": "fake/words"})
    plan = compile_file(path, ["sweep.generator=[augment, direct, ngram]"])
    members = {member.candidate.name: member for member in plan.members}
    found, _ = _alike(members, [whole(member) for member in plan.members])
    assert [trial.candidate.name for trial in found] == ["augment", "direct", "ngram"]


def whole(member) -> Trial:
    """A trial that has all its rows."""
    score = Score(1.0, 1.0, (), {}, (), 0, np.zeros(0), np.zeros(0))
    return Trial(member.candidate, Curated(), score, None, Usage(), (), {}, "", 0.0)
