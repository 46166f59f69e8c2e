"""No prompt carries text of dev or test."""

from types import MappingProxyType

import pytest

from synthlab.errors import LeakError
from synthlab.records import Row
from synthlab.tasks.leaks import leak_guard
from synthlab.tasks.seal import SealedTest
from synthlab.tasks.splits import Splits

BOILERPLATE = "this message was sent to you because you asked for it"
SEED = f"mary had a little lamb whose fleece was white as snow {BOILERPLATE}"
DEV = f"jack and jill went up the hill to fetch a pail {BOILERPLATE}"
TEST = f"humpty dumpty sat on a wall and had a great fall {BOILERPLATE}"


def splits() -> Splits:
    seed, dev, test = (Row(t[:5], {"text": t}, "a") for t in (SEED, DEV, TEST))
    short = Row("short", {"text": "only seven words are in this row"}, "a")
    sealed = SealedTest((test,), "text")
    return Splits(("a",), "text", (seed,), (dev, short), sealed, MappingProxyType({}), ())


def test_clean_prompts_and_seed_rows_pass() -> None:
    guard = leak_guard(splits())
    for prompt in (
        "",
        "Write a short news article.",
        f"Like this:\n{SEED}\nNow write one.",
        "十二",
    ):
        guard(prompt)
    assert splits().test.reads == 0


@pytest.mark.parametrize(("row", "split"), [(DEV, "dev"), (TEST, "test")])
def test_a_hit_names_the_split_and_never_the_text(row: str, split: str) -> None:
    excerpt = " ".join(row.split()[:9])
    with pytest.raises(LeakError, match=f"the {split} split \\(2 runs") as caught:
        leak_guard(splits())(f"Write something like: {excerpt.upper()}!")
    told = str(caught.value).lower()
    assert not [word for word in excerpt.split() if len(word) > 3 and word in told]


def test_seven_words_in_a_row_are_not_a_hit() -> None:
    guard = leak_guard(splits())
    guard("Write: " + " ".join(DEV.split()[:7]))
    with pytest.raises(LeakError, match=r"1 run of"):
        guard("Write: " + " ".join(DEV.split()[:8]))


def test_runs_that_seed_rows_have_too_may_be_shown() -> None:
    leak_guard(splits())(f"End each text with: {BOILERPLATE}")


def test_rows_of_fewer_words_are_not_looked_for() -> None:
    leak_guard(splits())("Write: only seven words are in this row")


def test_checking_reads_no_test_row() -> None:
    made = splits()
    with pytest.raises(LeakError):
        leak_guard(made)(TEST)
    assert made.test.reads == 0
