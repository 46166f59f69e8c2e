"""Near-duplicates, and runs shared with a collection."""

import random
import tracemalloc

import pytest

from synthlab.features.buckets import Buckets
from synthlab.features.near import NearIndex, near_groups
from synthlab.features.shared import SharedRuns
from synthlab.features.words import shingles


def made(seed: int, words: int = 60) -> list[str]:
    draw = random.Random(seed)
    return [f"w{draw.randrange(500)}" for _ in range(words)]


def changed(words: list[str], seed: int, times: int) -> list[str]:
    draw = random.Random(seed)
    out = list(words)
    for _ in range(times):
        out[draw.randrange(len(out))] = f"new{draw.randrange(1000)}"
    return out


def similarity(a: str, b: str) -> float:
    x, y = shingles(a, 3), shingles(b, 3)
    return len(x & y) / len(x | y)


def test_a_near_duplicate_is_matched_with_the_first_text_it_equals() -> None:
    index = NearIndex(0.8)
    text = " ".join(made(1))
    index.add("first", text)
    index.add("second", text + " end")
    index.add("other", " ".join(made(2)))
    assert index.match(text + " again") == "first"
    assert index.match(text.upper()) == "first"
    assert index.match(" ".join(made(3))) is None


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 1.0])
def test_matching_agrees_with_exact_similarity(threshold: float) -> None:
    for seed in range(60):
        base = made(seed)
        near = " ".join(changed(base, seed, seed % 12))
        index = NearIndex(threshold)
        index.add("base", " ".join(base))
        expected = similarity(" ".join(base), near) >= threshold
        assert (index.match(near) == "base") == expected


def test_an_index_of_many_texts_stays_small() -> None:
    texts = [" ".join(made(seed, 50)) for seed in range(3000)]
    tracemalloc.start()
    try:
        index = NearIndex(0.8)
        for text in texts:
            index.add("kept", text)
        taken, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / len(texts) < 1200
    assert most / len(texts) < 1800


def test_a_key_keeps_all_its_numbers_while_the_table_grows() -> None:
    draw = random.Random(1)
    keys = [draw.getrandbits(64) for _ in range(3000)]
    buckets = Buckets(slots=4)
    for number, key in enumerate(keys):
        buckets.add([key, keys[0]], number)
    assert buckets.find([keys[7]]) == {7}
    assert buckets.find(keys[:1]) == set(range(3000))
    assert buckets.find([draw.getrandbits(64)]) == set()
    assert buckets.find(keys[5:8] + keys[2000:2001]) == {5, 6, 7, 2000}


def test_short_texts_are_compared_word_by_word() -> None:
    index = NearIndex(0.8)
    index.add("greeting", "hello there")
    assert index.match("There, hello!") == "greeting"
    assert index.match("hello") is None


def test_texts_without_words_match_nothing() -> None:
    index = NearIndex(0.5)
    index.add("empty", "")
    index.add("dots", "...")
    assert index.match("") is None
    assert index.match("!!!") is None
    assert len(index) == 2


def test_groups_are_chains_numbered_by_appearance() -> None:
    base = made(5, 100)
    chain = [" ".join(base[i : i + 90]) for i in (0, 5, 10)]
    assert similarity(chain[0], chain[2]) < 0.85 <= similarity(chain[0], chain[1])
    other = " ".join(made(6))
    assert near_groups([chain[0], other, chain[2], chain[1]], 0.85) == [0, 1, 0, 0]
    assert near_groups([], 0.8) == []


def test_groups_are_those_of_all_pairs() -> None:
    texts = [" ".join(changed(made(i % 8), i, i % 5)) for i in range(60)]
    numbers = near_groups(texts, 0.6)
    for i, a in enumerate(texts):
        for j, b in enumerate(texts):
            assert numbers[i] == numbers[j] or similarity(a, b) < 0.6


def test_shared_runs_are_counted() -> None:
    runs = SharedRuns(["one two three four five", "too short"], 3)
    assert len(runs) == 3
    assert runs.count("zero ONE, two three four") == (2, 3)
    assert runs.count("nothing in common here") == (0, 2)
    assert runs.count("too short") == (0, 0)
    assert runs.count("") == (0, 0)


def test_runs_can_be_taken_out_and_given_as_hashes() -> None:
    runs = SharedRuns((), 2, hashes=shingles("a b c", 2), without=["b c"])
    assert runs.count("a b c") == (1, 2)
    assert SharedRuns((), 2).count("a b c") == (0, 2)
