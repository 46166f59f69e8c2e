"""What every curation step does, whatever it looks for."""

import json
import random
import re
from collections.abc import Callable

import pytest

from synthlab.config.models import DEFAULT_CURATION
from synthlab.curation.base import Known, Step
from synthlab.errors import ConfigError
from synthlab.registry import TABLE, resolve

REAL = [
    "The chancellor said on Tuesday that the budget would be balanced within three years.",
    "A late goal gave the visitors a point after a match with few chances on a wet night.",
    "yes",
    "",
]
NORMAL = (
    "Shares in the airline rose sharply on Monday after it reported a larger profit than expected, "
    "helped by cheaper fuel and fuller planes on its routes to southern Europe."
)
ODD = {
    "nothing": "",
    "space": " \n\t ",
    "emoji": "😀 👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈",
    "one very long word": "a" * 100_000,
    "very many words": "word " * 20_000,
    "many different words": " ".join(str(random.Random(1).random()) for _ in range(8_000)),
    "very many brackets": "[{<" * 33_000,
    "NUL": "a\0b\0c",
    "half characters": "\ud800 broken \udfff",
    "replacement characters": "\ufffd" * 50,
    "Chinese": "今天股市上涨因为投资者对新的预算感到满意。",
    "Arabic": "ارتفعت أسعار الأسهم يوم الاثنين بعد الإعلان عن الميزانية",
    "control": "\x1b[31mred\x1b[0m \x07",
    "one run of words": "one two three four five six seven eight",
}


LABELLED = (
    ("Shares rose on Monday after a larger profit than expected.", "a"),
    ("The airline reported a profit, helped by cheaper fuel.", "a"),
    (REAL[1], "b"),
)
LEARNERS = {"confirm", "downweight", "relabel", "verify"}
"""Steps that need labelled real rows, and so are not default ones."""


@pytest.fixture(params=sorted(TABLE["curation"]))
def make(request: pytest.FixtureRequest) -> Callable[[], Step]:
    found = resolve("curation", request.param)
    return lambda: found(found.Params(), Known(tuple(REAL), LABELLED, ("a", "b")))


def test_the_default_steps_are_those_that_need_no_labelled_rows() -> None:
    declared = {"group"}  # is added where task.sensitive declares groups
    assert {step.use for step in DEFAULT_CURATION} == set(TABLE["curation"]) - LEARNERS - declared


def test_a_normal_text_is_accepted(make: Callable[[], Step]) -> None:
    assert make().check(NORMAL, "a") is None


@pytest.mark.parametrize("odd", sorted(ODD))
def test_odd_texts_get_a_verdict_and_never_an_error(make: Callable[[], Step], odd: str) -> None:
    step = make()
    reason = step.check(ODD[odd], "a")
    step.keep(ODD[odd])
    step.check(ODD[odd], "a")
    assert reason is None or re.fullmatch("[a-z][a-z -]{2,30}", reason)


def test_checking_changes_nothing(make: Callable[[], Step]) -> None:
    step = make()
    texts = [NORMAL, *ODD.values(), *REAL]
    assert [step.check(text, "a") for text in texts] == [step.check(text, "a") for text in texts]


@pytest.mark.parametrize("name", sorted(set(TABLE["curation"]) - LEARNERS))
def test_a_step_without_real_rows_works(name: str) -> None:
    step = resolve("curation", name)
    assert step(step.Params(), Known()).check(NORMAL, "a") is None


@pytest.mark.parametrize("name", sorted(LEARNERS))
def test_a_step_that_learns_says_so_without_real_rows_and_works_from_its_state(name: str) -> None:
    step = resolve("curation", name)
    with pytest.raises(ConfigError, match="real row") as caught:
        step(step.Params(), Known())
    assert caught.value.fix
    learnt = step(step.Params(), Known(tuple(REAL), LABELLED, ("a", "b")))
    state = json.loads(json.dumps(learnt.dump_state()))
    again = step.from_state(step.Params(), Known(), state)
    texts = [NORMAL, *ODD.values(), *REAL]
    assert [again.check(text, "a") for text in texts] == [learnt.check(t, "a") for t in texts]


def test_two_instances_do_not_share_what_they_keep(make: Callable[[], Step]) -> None:
    one, two = make(), make()
    one.keep(NORMAL)
    assert two.check(NORMAL, "a") is None


def test_parameters_forbid_unknown_keys_and_are_described(make: Callable[[], Step]) -> None:
    params = type(make()).Params  # type: ignore[attr-defined]
    assert params.model_config["extra"] == "forbid"
    assert params.model_config["frozen"] is True
    assert all(field.description for field in params.model_fields.values())
