"""The seal on the test split."""

import copy
import pickle
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from synthlab.errors import SealedError
from synthlab.records import Row
from synthlab.tasks.seal import SealedTest, finals

SECRET = "a secret sentence of more than eight words that nobody may read"
ROWS = (
    Row("1", {"text": SECRET}, "a"),
    Row("2", {"text": "short"}, "b"),
    Row("3", {"text": "x"}, "a"),
)


@dataclass
class Holder:
    test: SealedTest


def sealed() -> SealedTest:
    return SealedTest(ROWS, "text")


def test_what_is_free_does_not_count_as_a_read() -> None:
    test = sealed()
    assert len(test) == 3
    assert test.labels_count == {"a": 2, "b": 1}
    assert test.digest == SealedTest(ROWS[::-1], "text").digest
    assert test.digest != SealedTest(ROWS[:2], "text").digest
    assert test.shingles(8)
    assert test.reads == 0


def test_it_opens_in_the_finals_only_and_counts() -> None:
    test = sealed()
    with pytest.raises(SealedError, match="peek"):
        test.open("peek")
    assert test.reads == 0
    with finals():
        assert test.open("score of the winner") == ROWS
        test.open("score of the runner-up")
    assert test.reads == 2
    assert test.reasons == ("score of the winner", "score of the runner-up")
    with pytest.raises(SealedError):
        test.open("one more")


def test_an_error_in_the_finals_closes_them() -> None:
    with pytest.raises(ZeroDivisionError), finals():
        raise ZeroDivisionError
    with pytest.raises(SealedError):
        sealed().open("after the error")


def test_a_read_needs_a_reason() -> None:
    with finals(), pytest.raises(SealedError, match="reason"):
        sealed().open(" ")


def test_other_threads_are_not_in_the_finals() -> None:
    refused: list[bool] = []

    def work() -> None:
        try:
            sealed().open("from a thread")
        except SealedError:
            refused.append(True)

    with finals():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert refused == [True]


@pytest.mark.parametrize(
    "read",
    [
        list,
        lambda test: test[0],
        lambda test: ROWS[0] in test,
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        lambda test: asdict(Holder(test)),
        vars,
    ],
)
def test_there_is_no_way_round_even_in_the_finals(read: Callable[[Any], Any]) -> None:
    with finals(), pytest.raises((SealedError, TypeError)):
        read(sealed())


def test_what_is_printed_shows_no_row() -> None:
    for shown in (repr(sealed()), str(sealed()), f"{sealed()}", repr(Holder(sealed()))):
        assert "secret" not in shown
        assert "3 rows" in shown
