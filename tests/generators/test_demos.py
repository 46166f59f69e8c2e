"""Rows that a config shows in prompts as earlier answers: DSPy's demos."""

import pytest

from synthlab.errors import ConfigError
from synthlab.generators.base import Generator
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
from synthlab.records import Demo
from tests.generators.test_contract import AXES, built

CARD = Demo("refund", "My card was charged twice.")


def sent(generator, label: str = "account", adapter: str = "plain") -> str:
    order = generator.orders(label, 0, generator.rows)[0]
    with Session(LMSettings("fake/words", adapter=adapter)) as session, session.scope() as scope:
        generator.fulfil(order)
    return scope.prompts[0]


def test_a_demo_is_an_earlier_request_and_its_answer():
    generator = built("direct", {})
    generator.show([CARD])
    first, second, third = sent(generator).split("\n\n[")
    assert first == "[user]\nWrite a short support message about refunds."
    assert second == "assistant]\nMy card was charged twice."
    assert third == "user]\nWrite a short support message about logins."


def test_the_json_adapter_shows_it_as_json():
    generator = built("direct", {})
    generator.show([CARD])
    assert '{"text":"My card was charged twice."}' in sent(generator, adapter="json")


def test_a_prompt_for_several_rows_shows_it_too():
    generator = built("direct", {}, rows=3)
    generator.show([CARD])
    assert "My card was charged twice." in sent(generator)


def test_its_attributes_are_those_that_had_been_drawn_for_it():
    generator = built("attributes", {"axes": AXES})
    generator.show([Demo("refund", "No.", {"topic": "a lost parcel"})])
    assert "a lost parcel" in sent(generator).split("[assistant]")[0]


def test_demos_are_part_of_the_programs_state():
    generator, again = built("direct", {}), built("direct", {})
    generator.show([CARD])
    again.load_state(generator.dump_state())
    assert sent(again) == sent(generator)


@pytest.mark.parametrize(
    ("demo", "said"),
    [
        (Demo("rufund", "x"), "no class 'rufund'; classes: account, refund"),
        (Demo("refund", "x", {"mood": "y"}), "Attributes draws no 'mood'; it draws: topic, tone"),
    ],
)
def test_a_demo_that_does_not_fit_is_refused(demo, said):
    with pytest.raises(ConfigError, match=said):
        built("attributes", {"axes": AXES}).show([demo])


class Chain(Generator):
    """Sends more than one prompt."""

    def prepare(self, shots):
        self.draft = None

    def forward(self, request):
        return None


def test_a_program_of_several_prompts_has_no_place_for_demos():
    made = Chain(Chain.Params(), built("direct", {}).brief)
    with pytest.raises(ConfigError, match="Chain has no single prompt to show them in"):
        made.show([CARD])
