"""Rows are written in parallel, kept in order, refilled within the tries, and never lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from synthlab.curation.base import Known
from synthlab.curation.curator import Curator
from synthlab.errors import EngineError
from synthlab.generators.attributes import Attributes
from synthlab.generators.direct import Direct
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
from synthlab.records import Brief, Dropped, Request, Row
from synthlab.registry import resolve
from synthlab.workflow.rows import UNPARSABLE, Collector, Judged, Writer
from synthlab.workflow.spread import spread

BRIEF = Brief("message", ("a", "b"), {"a": "apples and pears", "b": "boats on rivers"})
AXES = {"topic": {"a": ["apple tree", "pear cake"], "b": ["river boat", "sailing ship"]}}


def generator(seed: int = 0) -> Attributes:
    return Attributes(Attributes.Params(axes=AXES), BRIEF, (), seed)


def curator(*names: str) -> Curator:
    steps = [resolve("curation", name) for name in names]
    return Curator([step(step.Params(), Known()) for step in steps], "text")


def collected(model: str, tries: float = 3, workers: int = 4, steps=("format", "duplicates")):
    seen, judged = [], Judged()
    with Session(LMSettings(model, max_tokens=40, concurrency=workers)) as session:
        writer = Writer(generator(), session, "c")
        maker = Collector(writer, curator(*steps), tries, workers, judged, seen.append)
        maker.fill({"a": 5, "b": 5})
    return judged.curated, seen


def test_quotas_are_met_and_every_row_knows_where_it_comes_from():
    curated, seen = collected("fake/words")
    assert [sum(row.label == label for row in curated.kept) for label in "ab"] == [5, 5]
    assert len(seen) == len(curated.kept) + len(curated.dropped)
    for row in curated.kept:
        assert row.lineage is not None
        assert row.lineage.call
        assert row.lineage.lm == "fake/words"
        assert row.lineage.request.attributes["topic"]
        assert row.lineage.usage.calls == 1
    assert len({row.id for row in curated.kept}) == 10


def test_rows_do_not_depend_on_how_many_calls_are_in_flight():
    one, many = collected("fake/words", workers=1)[0], collected("fake/words", workers=8)[0]
    assert [row.values for row in one.kept] == [row.values for row in many.kept]


def test_dropped_rows_are_asked_for_again_within_the_tries():
    curated, seen = collected("fake/refuse", tries=2, steps=("refusals",))
    assert curated.kept == ()
    assert len(seen) == 20  # 2 classes x 5 rows x 2 tries
    assert list(curated.reasons().values()) == [20]


def test_an_empty_answer_is_a_dropped_row_and_not_an_error():
    curated, _ = collected("fake/empty", tries=1)
    assert curated.reasons() == {UNPARSABLE: 10}
    assert {item.detail for item in curated.dropped} == {"empty completion"}


def test_a_server_that_goes_away_ends_it_but_the_rows_so_far_were_handed_over():
    seen = []
    with Session(LMSettings("fake/stop-after-4", concurrency=1)) as session:
        maker = Collector(Writer(generator(), session, "c"), curator(), 1, 1, Judged(), seen.append)
        with pytest.raises(EngineError, match="went away"):
            maker.fill({"a": 5, "b": 5})
    assert len(seen) == 4


class EndsAtThree(Writer):
    """Every other answer cannot be read, and the fourth never comes."""

    def write(self, order: Sequence[Request]) -> list[Row | Dropped]:
        (request,) = order
        if request.index == 3:
            raise EngineError("the server went away")
        row = Row(f"{request.label}-{request.index}", {"text": "..."}, request.label)
        return [Dropped(row, UNPARSABLE, "no JSON object") if request.index % 2 else row]


def test_rows_that_could_not_be_read_keep_their_reason_when_the_round_is_cut_short():
    with Session(LMSettings("fake/words")) as session:
        maker = Collector(EndsAtThree(generator(), session, "c"), curator("format"), 1, 1)
        with pytest.raises(EngineError, match="went away"):
            maker.fill({"a": 5})
    assert [(item.row.id, item.detail) for item in maker.judged.dropped] == [
        ("a-1", "no JSON object")
    ]
    assert maker.judged.kept == []


def test_the_first_prompt_of_each_class_is_kept_as_it_was_sent():
    with Session(LMSettings("fake/words")) as session:
        writer = Writer(Direct(Direct.Params(), BRIEF), session, "c")
        for order in writer.generator.orders("b", 0, 2):
            writer.write(order)
    assert writer.prompts == {"b": "Write a short message about boats on rivers."}


def test_spread_keeps_the_order_of_the_orders():
    def work(n: int) -> int:
        time.sleep(0.002 * (10 - n))
        return n * n

    assert spread(work, range(10), 5, lambda made: None) == [n * n for n in range(10)]


def test_spread_takes_orders_only_as_threads_become_free():
    taken, handed, ahead = [], [], []

    def orders():
        for n in range(500):
            taken.append(n)
            ahead.append(len(taken) - len(handed))
            yield n

    assert spread(lambda n: n, orders(), 3, handed.append) == list(range(500))
    assert max(ahead) <= 2 * 3 + 1
    assert sorted(handed) == list(range(500))


def test_spread_hands_over_what_was_answered_before_another_call_failed():
    handed = []

    def work(n: int) -> int:
        if n == 3:
            time.sleep(0.2)
            raise ValueError("no")
        return n

    def slow(made: int) -> None:
        time.sleep(0.1)  # results pile up while this one is written down
        handed.append(made)

    with pytest.raises(ValueError, match="no"):
        spread(work, range(8), 4, slow)
    assert sorted(handed) == [0, 1, 2, 4, 5, 6, 7]


def test_spread_does_not_begin_more_after_a_failure():
    begun, gate = [], threading.Event()

    def work(n: int) -> int:
        begun.append(n)
        if n == 0:
            raise ValueError("no")
        gate.wait(2)
        return n

    with pytest.raises(ValueError, match="no"):
        spread(work, range(100), 2, lambda made: None)
    gate.set()
    assert len(begun) < 10


def test_calls_under_way_are_finished_when_another_one_ends_everything():
    finished = []

    def work(number: int) -> int:
        if number == 0:
            time.sleep(0.1)
            raise EngineError("refused")
        time.sleep(0.4)
        return number

    with pytest.raises(EngineError):
        spread(work, range(20), 4, finished.append)
    assert {1, 2, 3} <= set(finished)
    assert len(finished) < 8  # what had not begun was dropped
