"""Token counts without a tokenizer, held against what a real tokenizer reports."""

import dspy
import pytest
from dspy.lm15 import Message, Request

from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
from synthlab.lm.tokens import bound_tokens, guess_tokens
from tests.lm.conftest import SMOL

NEWS = [
    "Shares in the airline fell by nearly a tenth on Thursday after it warned that higher fuel "
    "prices would cut its profits for the year. The company carried 14.2 million passengers "
    "between April and June, 6% more than a year before, but each of them paid less.",
    "The striker, who joined from Porto in 2003, said he wanted to stay at the club. 'I have two "
    "years left on my contract,' he told reporters after Saturday's 3-1 win, 'and I will honour "
    "it.' His manager would not be drawn on talks with the chairman.",
    "Ministers have defended plans to let local councils keep a larger share of the business "
    "taxes that they collect. Opposition leaders called the proposal a gamble with public money, "
    "and asked why poorer regions had not been consulted before the bill was published.",
]
ODD = {
    "nothing": "",
    "one letter": "a",
    "emoji": "\U0001f389\U0001f680\U0001f469\u200d\U0001f52c" * 9,
    "chinese": "政府周四宣布了一系列措施以支持受能源价格上涨影响的小企业。",
    "hindi": "सरकार ने गुरुवार को छोटे व्यवसायों की सहायता के लिए कई उपायों की घोषणा की।",
    "digits": "3141592653589793238462643383279502884197",
    "signs": "{}[]()<>|\\/~^%$#@!" * 5,
    "white space": " \n\t" * 40,
    "control": "\x01\x02\x1b\x7f" * 10,
    "marks of the template": "<|im_start|>user\n<|im_end|>" * 5,
}


@pytest.fixture(scope="module")
def count():
    """Prompt tokens of one user message, as the embedded model's server reports them."""
    settings = LMSettings(SMOL, max_tokens=1, concurrency=1, context=1024, temperature=0.0)
    with Session(settings) as session:

        def ask(text: str) -> int:
            with session.scope() as scope:
                dspy.settings.lm(Request(model=SMOL, messages=(Message.user(text),)))
            return scope.usage.input_tokens

        yield ask


@pytest.mark.parametrize("text", NEWS, ids=["business", "sports", "politics"])
def test_the_guess_for_english_is_within_a_quarter_of_the_real_count(count, text):
    real = count(text) - count("")
    assert guess_tokens(text) == pytest.approx(real, rel=0.25)


@pytest.mark.parametrize("text", [*NEWS, *ODD.values()], ids=[*"123", *ODD])
def test_no_text_has_more_tokens_than_the_bound(count, text):
    assert count(text) <= bound_tokens([("user", text)])


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_the_guess_stays_below_the_bound(text):
    assert guess_tokens(text) <= bound_tokens([("user", text)])


def test_each_message_and_a_schema_raise_the_bound():
    one = bound_tokens([("user", "hello")])
    two = bound_tokens([("system", ""), ("user", "hello")])
    schema = '{"type": "object"}'
    assert two > one
    assert bound_tokens([("user", "hello")], schema) >= one + len(schema)


def test_half_a_character_is_counted_and_not_an_error():
    assert bound_tokens([("user", "\ud83d")]) >= bound_tokens([("user", "")]) + 3
    assert guess_tokens("\ud83d") >= 0
