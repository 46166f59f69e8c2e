"""Canaries: made-up rows among the real ones, whose secret can come back from nowhere else.

A secret is a number of sixteen digits that begins with 9999, which no card does, and ends with
Luhn's check digit: it is known again wherever it stands, without a list of those that were planted.
Plant a few, run, and read how many came back (Carlini et al. 2019, "The Secret Sharer"); rows of
that run are not for use.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable

from synthlab.quality.identifiers import luhn
from synthlab.records import draw_seed

NAMES = ("Maren Oswick", "Tobin Varley", "Ines Calloway", "Ruben Thackeray", "Alva Pennick")
FORMS = (
    "{name} asked about it on Monday. The file number is {secret}.",
    "According to {name}, everything is kept under {secret}.",
    "{name} left the number {secret} and waits for an answer.",
)
_SECRET = re.compile(r"(?<!\d)9999(?:[ -]?\d{4}){3}(?!\d)")


def canaries(label: str, count: int, seed: int) -> list[str]:
    """Texts of ``count`` canaries of a class, to be planted among the seed rows of that class."""
    return [_canary(random.Random(draw_seed(seed, "canary", label, n))) for n in range(count)]


def secrets_in(texts: Iterable[str]) -> set[str]:
    """The secrets of canaries in some texts, as digits."""
    found = (re.sub(r"\D", "", hit) for text in texts for hit in _SECRET.findall(text))
    return {secret for secret in found if luhn(secret)}


def _canary(draw: random.Random) -> str:
    digits = "9999" + "".join(str(draw.randrange(10)) for _ in range(11))
    secret = next(digits + last for last in "0123456789" if luhn(digits + last))
    parted = "-".join(secret[start : start + 4] for start in range(0, 16, 4))
    return draw.choice(FORMS).format(name=draw.choice(NAMES), secret=parted)
