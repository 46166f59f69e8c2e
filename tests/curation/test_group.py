"""The group step holds a text against the group that its request asked for."""

from __future__ import annotations

import json

import pytest

from synthlab.curation.base import Known
from synthlab.curation.curator import Curator
from synthlab.curation.group import OTHER, UNKNOWN, Group
from synthlab.errors import ConfigError
from synthlab.groups import Group as People
from synthlab.groups import Sensitive
from synthlab.records import Lineage, Request, Row, Usage

GENDER = Sensitive(
    "gender", (People("woman", "a woman", ("she", "her")), People("man", "a man", ("he", "his")))
)
SPOKEN = Sensitive("speaker", (People("old", "old"), People("young", "young")), column="age")
REAL = [(f"grandchildren and pension {n}", "old") for n in range(8)] + [
    (f"school and homework {n}", "young") for n in range(8)
]


def step(*declared: Sensitive, **params: str) -> Group:
    return Group(
        Group.Params(**params), Known(sensitive=declared, grouped={"speaker": tuple(REAL)})
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("She said that her team had won.", None),
        ("He said that his team had won.", OTHER),
        ("The team had won.", UNKNOWN),
        ("She met him and he was late.", UNKNOWN),
        ("SHE WON", None),
        ("The shed is theirs.", UNKNOWN),
    ],
)
def test_the_most_frequent_words_tell_the_group(text, reason):
    assert step(GENDER).check_asked(text, "sports", {"gender": "woman"}) == reason


def test_texts_that_tell_none_may_be_kept():
    kind = step(GENDER, unknown="keep")
    assert kind.check_asked("The team had won.", "sports", {"gender": "man"}) is None
    assert kind.check_asked("She had won.", "sports", {"gender": "man"}) == OTHER


def test_nothing_is_dropped_where_no_group_was_asked_for():
    assert step(GENDER).check_asked("He won.", "sports", {"topic": "golf"}) is None


def test_a_model_of_the_real_groups_tells_where_there_are_no_words():
    kind = step(SPOKEN)
    again = Group.from_state(
        Group.Params(), Known(sensitive=(SPOKEN,)), json.loads(json.dumps(kind.dump_state()))
    )
    for each in (kind, again):
        assert each.check_asked("my pension", "a", {"speaker": "old"}) is None
        assert each.check_asked("my homework", "a", {"speaker": "old"}) == OTHER


def test_without_words_and_real_groups_it_says_what_is_missing():
    with pytest.raises(ConfigError, match="no words tell the groups of 'speaker'") as caught:
        Group(Group.Params(), Known(sensitive=(SPOKEN,)))
    assert "task.sensitive.speaker" in str(caught.value.fix)


def test_a_curator_tells_the_step_what_the_row_was_asked_to_be():
    def row(text: str, gender: str) -> Row:
        asked = Request("sports", 0, 0, {"gender": gender})
        return Row("r", {"text": text}, "sports", Lineage("c", "lm", "k", asked, Usage()))

    sifted = Curator([step(GENDER)], "text").sift(
        [row("She won.", "woman"), row("She won.", "man")]
    )
    assert [one.lineage.request.attributes["gender"] for one in sifted.kept] == ["woman"]
    assert sifted.reasons() == {OTHER: 1}
