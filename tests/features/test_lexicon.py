"""Words tell a group, and swapping them leaves all else as it was."""

from __future__ import annotations

import pytest

from synthlab.features.lexicon import NONE, swapped, told

GROUPS = (("woman", ("she", "her", "police woman")), ("man", ("he", "his")))
SWAP = {"she": "he", "he": "she", "her": "his", "his": "her"}


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("She's late.", "woman"),
        ("HIS, his and her", "man"),
        ("his and her", NONE),
        ("the sheriff of Heston", NONE),
        ("a Police-Woman spoke", "woman"),
        ("", NONE),
    ],
)
def test_folded_words_are_counted_and_the_majority_tells(text, group):
    assert told(text, GROUPS) == group


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("She lost her cup.", "He lost his cup."),
        ("HE SAID: SHE.", "SHE SAID: HE."),
        ("The shed, where nobody is.", "The shed, where nobody is."),
    ],
)
def test_swapped_words_keep_their_case_and_the_rest_stays(text, other):
    assert swapped(text, SWAP) == other


def test_without_pairs_nothing_is_swapped():
    assert swapped("She won.", {}) == "She won."
