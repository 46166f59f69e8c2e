"""How many tokens a text has, without its model's tokenizer: a bound to reserve, a guess to plan.

The bound is for caps, which must hold; the guess is for estimates, which should be near. Neither
reads a vocabulary: hosted models keep theirs, and a count that an answer reports replaces both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

# Role and end marks around each message; the widest template in use (Harmony) takes some ten.
PER_MESSAGE = 16
# What a chat template adds of its own when no system prompt is given: 30 tokens for SmolLM2, about
# 80 for gpt-oss.
TEMPLATE = 128
# What a server says around a schema (Anthropic describes the format in a system prompt).
PER_SCHEMA = 512

PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")


def bound_tokens(messages: Sequence[tuple[str, str]], extra: str = "") -> int:
    """A number of prompt tokens that no byte-level tokenizer passes.

    Byte-level BPE (and SentencePiece with byte fallback) cuts the UTF-8 bytes of a text into
    pieces of at least one byte each, so a text has at most as many tokens as bytes. What is not
    in the text is bounded by constants: marks around each message, what the model's chat template
    adds by itself, and what a server says around a schema. English has about four bytes a token,
    so the bound is some four times the true count.

    Args:
        messages: role and text of each message of the request.
        extra: the JSON schema that goes with it, as text.
    """
    count = TEMPLATE + sum(_bytes(text) + PER_MESSAGE for _, text in messages)
    return count + (_bytes(extra) + PER_SCHEMA if extra else 0)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def guess_tokens(text: str) -> int:
    """About how many tokens a text has.

    Fitted to three byte-level vocabularies of 49,000 to 200,000 entries (SmolLM2, cl100k, o200k):
    English prose comes out within a fifth of each. Other languages and tables of numbers differ
    by a factor of up to two and a half between vocabularies; the guess lies between them.
    """
    return math.ceil(sum(_weight(piece) for piece in PIECE.findall(text)))


def _weight(piece: str) -> float:
    """Tokens of a word, a run of digits or a sign; the space before it belongs to it."""
    if piece.isdecimal():
        return 0.3 + len(piece) / 2
    if piece.isascii():
        return max(1.0, len(piece) / 6) if piece.isalpha() else 0.8
    if max(piece) < "\u0300":  # Latin letters with accents
        return max(1.0, len(piece) / 4)
    return sum(1.0 if sign >= "\u2e80" else 0.5 for sign in piece)  # from there on: Chinese and on
