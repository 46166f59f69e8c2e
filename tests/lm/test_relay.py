"""What DSPy's optimizers are given: an LM that is asked call by call, and lenient reading."""

from contextlib import contextmanager

import dspy
import pytest

from synthlab.errors import EngineError, UnansweredError
from synthlab.lm.base import LMSettings
from synthlab.lm.relay import ProposalAdapter, relay
from synthlab.lm.session import Session

PROPOSE = dspy.Signature("basic: str -> prompt: str, prefix: str", "Propose a prompt.")


@pytest.fixture
def session():
    with Session(LMSettings("fake/words", temperature=0.3, max_tokens=20)) as session:
        yield session


def propose(lm, **config):
    with dspy.context(lm=lm, adapter=ProposalAdapter(), disable_history=True):
        return dspy.Predict(PROPOSE, **config)(basic="Write about parcels.")


class TestRelay:
    def test_each_call_is_a_scope_with_a_number_of_its_own(self, session):
        numbers = []

        def scope(number):
            numbers.append(number)
            return session.scope("reflect", number)

        made = propose(relay(scope), n=3, temperature=1.4)
        assert numbers == [0, 1, 2]
        assert len(set(made.completions.prompt)) == 3
        assert session.ledger.total("reflect").calls == session.ledger.total().calls == 3

    def test_copies_with_sampling_of_their_own_go_on_counting_and_use_the_lms_sampling(
        self, session
    ):
        numbers = []

        def scope(number):
            numbers.append(number)
            return session.scope("reflect", 7)

        lm = relay(scope)
        first, second = propose(lm), propose(lm.copy(temperature=1.9, rollout_id=3))
        assert numbers == [0, 1]
        assert first.prompt == second.prompt

    def test_the_failure_of_the_lm_comes_out_of_its_scope(self):
        failures = []
        with Session(LMSettings("fake/error")) as session:

            @contextmanager
            def scope(number):
                try:
                    with session.scope("reflect", number):
                        yield
                except EngineError as exc:
                    failures.append(exc.what)
                    raise

            with pytest.raises(dspy.LMError):
                propose(relay(scope))
        assert failures == ["fake/error: scripted failure"]

    def test_a_call_without_an_answer_is_an_empty_proposal(self):
        def scope(number):
            raise UnansweredError("no answer")

        assert propose(relay(scope)).prompt == ""


@pytest.mark.parametrize(
    ("answer", "prompt", "prefix"),
    [
        ("[[ ## prompt ## ]]\nWrite.\n[[ ## prefix ## ]]\nText:", "Write.", "Text:"),
        ("[[ ## prompt ## ]]\nWrite.\n[[ ## completed ## ]]", "Write.", ""),
        ('{"prompt": "Write.", "prefix": "Text:"}', "Write.", "Text:"),
        ('Sure: {"prompt": "Write."}', "Write.", ""),
        ('{"other": 1}', '{"other": 1}', ""),
        ("Prompt: Write.", "Write.", ""),
        ('"Write."', "Write.", ""),
        ("Write a {document} about {label}.", "Write a {document} about {label}.", ""),
        ("Write. [[ ## completed ## ]]", "Write.", ""),
        (" ", "", ""),
    ],
)
def test_an_answer_is_read_in_any_of_the_ways_that_lms_give_it(answer, prompt, prefix):
    read = ProposalAdapter().parse(PROPOSE, answer)
    assert (read["prompt"], read["prefix"]) == (prompt, prefix)
