"""The same seed gives the same text on the embedded model, whatever else is in flight.

The prompts show real rows, and with their answers fill more than 256 tokens: short prompts repeat
their texts even where long ones do not.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from synthlab.generators.few_shot import FewShot
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
from synthlab.records import Brief, Request, Row
from tests.conftest import FILLER, WORDS
from tests.lm.conftest import SMOL

BRIEF = Brief("support message", ("refund",), {"refund": "refunds"})


def _row(place: int) -> Row:
    draw = random.Random(place)
    words = draw.choices(WORDS["refund"].split() + FILLER, k=60)
    return Row(f"real-{place}", {"text": " ".join(words)}, "refund")


GENERATOR = FewShot(FewShot.Params(shots=3), BRIEF, [_row(place) for place in range(5)])
REQUESTS = GENERATOR.plan("refund", 0, 4)


def opened(slots: int) -> Session:
    return Session(LMSettings(SMOL, max_tokens=48, concurrency=slots, context=512))


def texts(session: Session, requests: list[Request], workers: int) -> dict[int, str]:
    def one(request: Request) -> tuple[int, str]:
        with session.scope(seed=request.seed) as scope:
            GENERATOR(request=request)
        assert 200 < scope.usage.input_tokens < 256 < scope.usage.tokens
        return request.index, scope.raw[0]

    with ThreadPoolExecutor(workers) as pool:
        return dict(pool.map(one, requests))


@pytest.fixture(scope="module")
def together() -> dict[int, str]:
    with opened(4) as session:
        return texts(session, REQUESTS, 4)


def test_texts_differ_from_request_to_request(together):
    assert len(set(together.values())) == len(REQUESTS)


def test_a_request_alone_gives_the_text_that_it_gives_among_others(together):
    with opened(1) as session:
        assert texts(session, REQUESTS[:2], 1).items() <= together.items()


def test_order_and_remembered_prompts_do_not_change_a_text(together):
    with opened(3) as session:
        assert texts(session, REQUESTS[::-1], 3) == together
        assert texts(session, REQUESTS, 2) == together
