"""The curator: order, memory, and that no row is lost."""

import pytest

from synthlab.config.models import DEFAULT_CURATION
from synthlab.curation.base import Known, Step
from synthlab.curation.curator import Curator
from synthlab.records import Row
from synthlab.registry import resolve

DEFAULT = [step.use for step in DEFAULT_CURATION]


class Vowels:
    """A user's own step: drops words that begin with a vowel."""

    def __init__(self, params: object, real: Known) -> None:
        self.kept: list[str] = []

    def check(self, text: str, label: str) -> str | None:
        return "vowel" if text[:1] in set("aeiou") else None

    def keep(self, text: str) -> None:
        self.kept.append(text)


def rows(*texts: object) -> list[Row]:
    return [Row(str(i), {"body": text}, "a") for i, text in enumerate(texts)]


def steps(*names: str) -> list[Step]:
    found = [resolve("curation", name) for name in names]
    return [step(step.Params(), Known()) for step in found]


GOOD = "Shares in the airline rose sharply on Monday after a larger profit than expected."


def test_every_row_comes_back_in_order() -> None:
    given = rows(GOOD, "", "short", GOOD, GOOD + " Really.", "123", "I cannot assist with that.")
    curated = Curator(steps(*DEFAULT), "body").sift(given)
    assert [row.id for row in curated.kept] == ["0"]
    assert [(item.row.id, item.reason) for item in curated.dropped] == [
        ("1", "empty"),
        ("2", "too short"),
        ("3", "duplicate"),
        ("4", "near-duplicate"),
        ("5", "no letters"),
        ("6", "refusal"),
    ]
    assert curated.reasons()["duplicate"] == 1


def test_the_first_step_that_objects_gives_the_reason() -> None:
    one = Curator(steps("format", "length"), "body").sift(rows("")).dropped[0].reason
    two = Curator(steps("length", "format"), "body").sift(rows("")).dropped[0].reason
    assert (one, two) == ("empty", "too short")


def test_refills_are_held_against_rows_kept_before() -> None:
    curator = Curator(steps("duplicates"), "body")
    assert len(curator.sift(rows(GOOD)).kept) == 1
    assert curator.sift(rows(GOOD)).reasons() == {"duplicate": 1}


def test_a_dropped_row_does_not_stand_in_the_way_of_a_later_one() -> None:
    vowels = Vowels(None, Known())
    curator = Curator([*steps("duplicates"), vowels], "body")
    assert curator.sift(rows("apple", "apple", "pear", "pear")).reasons() == {
        "vowel": 2,
        "duplicate": 1,
    }
    assert vowels.kept == ["pear"]


@pytest.mark.parametrize("value", [None, ""])
def test_a_row_without_a_text_is_empty(value: object) -> None:
    curator = Curator(steps("format"), "body")
    assert curator.sift(rows(value)).reasons() == {"empty": 1}
    assert curator.sift([Row("1", {"other": "x"}, "a")]).reasons() == {"empty": 1}


def test_no_steps_keep_everything_and_no_rows_give_nothing() -> None:
    assert len(Curator([], "body").sift(rows("", "", "")).kept) == 3
    assert Curator(steps(*DEFAULT), "body").sift([]).kept == ()
