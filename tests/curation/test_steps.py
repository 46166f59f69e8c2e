"""What each curation step drops, and what it leaves alone."""

import pytest
from pydantic import ValidationError

from synthlab.curation.base import Known
from synthlab.curation.duplicates import Duplicates, NearDuplicates
from synthlab.curation.format import Format
from synthlab.curation.length import Length
from synthlab.curation.overlap import Overlap
from synthlab.curation.refusals import Refusals

REAL = (
    "The chancellor said on Tuesday that the budget would be balanced within three years, "
    "although several economists doubted that growth would be strong enough."
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("12 345 !!!", "no letters"),
        ("😀😀", "no letters"),
        ("good \ufffd\ufffd\ufffd text", "unreadable characters"),
        ("a\0b", "unreadable characters"),
        ("<|im_start|>assistant\nThe match ended", "leftover markup"),
        ("The match ended.</s>", "leftover markup"),
        ("[[ ## text ## ]]\nThe match ended.", "leftover markup"),
        ("### Response: The match ended.", "leftover markup"),
        ("```\nThe match ended.\n```", "leftover markup"),
        ('{"text": "The match ended."}', "leftover markup"),
        ('[{"text": "The match', "leftover markup"),
        ("Dear [Your Name], the match ended.", "unfilled template"),
        ("The match in [insert city] ended.", "unfilled template"),
        ("[City, State] - The match ended.", "unfilled template"),
        ("[Company] announced a profit.", "unfilled template"),
        ("The match was won by {team}.", "unfilled template"),
        ("The match was won by {{ team_name }}.", "unfilled template"),
        ("Yours, <your name>", "unfilled template"),
    ],
)
def test_format_drops_what_is_no_text(text: str, reason: str) -> None:
    assert Format(Format.Params(), Known()).check(text, "a") == reason


@pytest.mark.parametrize(
    "text",
    [
        'He said: "[They] were not ready"... 3 < 5 > 2; see #4.',
        "[Phone-tap evidence in court] works, it is normal that it is done.",
        "The quote [sic] stays, and [he] said so.",
        "Ein Satz mit Umlauten: äöü. 今日は。",
        "Great phone 😀👍🏽, 10/10 ❤️",
        "Line one.\r\n\tLine two.",
        "One odd \ufffd sign in a whole sentence is not enough.",
        "**Breaking:** shares rose.",
    ],
)
def test_format_leaves_texts_alone(text: str) -> None:
    assert Format(Format.Params(), Known()).check(text, "a") is None


@pytest.mark.parametrize(
    "text",
    [
        "As an AI language model, I cannot write that.",
        "I'm sorry, but I can't assist with that request.",
        "I\u2019m sorry, but I can\u2019t help with that.",
        "I cannot assist with that.",
        "I apologize, but I cannot provide a news article on this.",
        "Sorry, I can't do that.",
        "I'm sorry, but I can't.",
        "I am sorry for any confusion, but as an AI language model, I don't have access to news.",
        "I am an AI assistant created by a company.",
        "Unfortunately, I am unable to generate that.",
        "I'm really sorry, but I'm unable to fulfill this request",
        "As a large language model trained by a company, I do not write news.",
        "\n\n I'm not able to create that content.",
        "I don't have personal opinions, but here is one.",
    ],
)
def test_refusals_are_dropped(text: str) -> None:
    assert Refusals(Refusals.Params(), Known()).check(text, "a") == "refusal"


@pytest.mark.parametrize(
    "text",
    [
        "Here is a short news article: shares rose on Monday.",
        "As an AI startup, the company raised money, and I think it will raise more.",
        "As an AI researcher, I was surprised.",
        "As a large language model, the system can write, its makers say.",
        "\"I'm sorry, but I can't play,\" said the striker.",
        "I'm sorry, but I can't recommend this phone.",
        "I cannot write enough good things about it.",
        "Sorry, I can't help thinking that it is bad.",
        "I am an AI engineer, and I love this keyboard.",
        "x" * 300 + ". As an AI language model, I cannot write more.",
    ],
)
def test_texts_that_only_sound_like_refusals_stay(text: str) -> None:
    assert Refusals(Refusals.Params(), Known()).check(text, "a") is None


def test_length_counts_words_with_both_ends_in_range() -> None:
    step = Length(Length.Params(min_words=2, max_words=3), Known())
    verdicts = [step.check(" ".join("word" for _ in range(n)), "a") for n in range(5)]
    assert verdicts == ["too short", "too short", None, None, "too long"]
    assert step.check("?! one -- two ...", "a") is None


def test_length_refuses_an_empty_range() -> None:
    with pytest.raises(ValidationError, match="min_words is above max_words"):
        Length.Params(min_words=10, max_words=5)


def test_duplicates_fold_case_punctuation_and_space() -> None:
    step = Duplicates(Duplicates.Params(), Known((REAL,)))
    step.keep("The match ended in a draw.")
    assert step.check("the MATCH ended,\nin a draw!", "a") == "duplicate"
    assert step.check("The match ended in a defeat.", "a") is None
    assert step.check(REAL, "a") is None


def test_near_duplicates_need_most_runs_in_common() -> None:
    step = NearDuplicates(NearDuplicates.Params(), Known((REAL,)))
    step.keep(REAL)
    assert step.check(REAL + " Indeed.", "a") == "near-duplicate"
    assert step.check(" ".join(REAL.split()[:12]), "a") is None
    strict = NearDuplicates(NearDuplicates.Params(threshold=1.0), Known())
    strict.keep(REAL)
    assert strict.check(REAL + " Indeed.", "a") is None


def test_near_duplicates_refuse_a_threshold_that_is_no_similarity() -> None:
    for threshold in (0, 1.1):
        with pytest.raises(ValidationError):
            NearDuplicates.Params(threshold=threshold)


def test_overlap_drops_copies_of_real_rows() -> None:
    step = Overlap(Overlap.Params(), Known((REAL, "Short real row.")))
    assert step.check(REAL, "a") == "copies real rows"
    assert step.check(REAL.upper() + " And then some more words.", "a") == "copies real rows"
    assert step.check("short REAL row", "a") == "copies real rows"
    assert step.check("Another short row.", "a") is None


def test_overlap_allows_a_share_of_common_runs() -> None:
    quote = " ".join(REAL.split()[:9])
    own = " ".join(f"word{i}" for i in range(30))
    step = Overlap(Overlap.Params(), Known((REAL,)))
    assert step.check(f"{quote} {own}", "a") is None
    assert step.check(f"{quote} word1", "a") == "copies real rows"
    strict = Overlap(Overlap.Params(share=0), Known((REAL,)))
    assert strict.check(f"{quote} {own}", "a") == "copies real rows"
