"""Folding and hashes of word runs."""

import subprocess
import sys

import pytest

from synthlab.features.words import fold, fold_key, shingle_array, shingles, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hello,  WORLD!\n", "hello world"),
        ("don't stop", "don t stop"),
        ("Straße \uff21\uff22\uff23 \ufb01ne", "strasse abc fine"),
        ("snake_case #tag a+b", "snake case tag a b"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("£5 and $5", "£5 and $5"),
        ("great 😀", "great 😀"),
        ("हिन्दी भाषा", "हिन्दी भाषा"),
        ("今日は、東京。", "今 日 は 東 京"),
        ("", ""),
        ("...!?", ""),
        ("\ud800bad\0char", "bad char"),
    ],
)
def test_case_punctuation_and_space_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert words(text) == folded.split()


def test_the_key_of_a_text_without_words_is_the_text() -> None:
    assert fold_key(" :-) ") == ":-)"
    assert fold_key("A b.") == fold_key("a B")


def test_a_shingle_is_a_run_of_words_whose_order_counts() -> None:
    assert len(shingles("one two three four", 3)) == 2
    assert shingles("one two three", 3) == shingles("One, two: THREE", 3)
    assert not shingles("one two three", 3) & shingles("three two one", 3)
    assert shingles("a a a a a", 2) == shingles("a a", 2)


def test_short_texts_have_no_shingles() -> None:
    assert shingles("one two", 3) == set()
    assert shingles("", 1) == set()


def test_hashes_fill_64_bits_without_collisions() -> None:
    hashes = shingle_array(" ".join(f"word{i}" for i in range(50_000)), 3)
    assert hashes.size == 49_998
    assert int(hashes.max()) > 2**63


def test_hashes_are_the_same_in_every_process() -> None:
    code = "from synthlab.features.words import shingles; print(sorted(shingles('a b c d', 3)))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert runs == {str(sorted(shingles("a b c d", 3)))}
