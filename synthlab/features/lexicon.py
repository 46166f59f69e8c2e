"""Which group of a sensitive attribute a text tells, by declared words; and the text swapped.

Words are counted as they are folded (``words.py``): case and punctuation do not matter, parts of
words do not count. It knows what was declared and nothing else: a name, an occupation or a role
that tells a reader the group is missed, and somebody who is only mentioned counts as much.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from synthlab.features.words import fold
from synthlab.groups import Sensitive

NONE = ""
"""The group of a text that tells none: no declared word, or as many of two groups."""


def told(text: str, groups: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """The group most of whose words are in ``text``; ``NONE`` for none or a tie.

    Args:
        text: any.
        groups: ``(name, words)`` of each.
    """
    folded = fold(text)
    hits = Counter({name: len(_finder(own).findall(folded)) for name, own in groups if own})
    (first, most), (_, second) = (*hits.most_common(2), (NONE, 0), (NONE, 0))[:2]
    return first if most > second else NONE


def group_of(text: str, sensitive: Sensitive) -> str:
    """The group that a text tells by the attribute's words; ``NONE`` for none or a tie."""
    return told(text, tuple((group.name, group.words) for group in sensitive.groups))


def swapped(text: str, swap: Mapping[str, str]) -> str:
    """``text`` with each word that has a counterpart replaced by it, in the same case."""
    if not swap:
        return text
    pairs = {word.lower(): other for word, other in swap.items()}

    def other(match: re.Match[str]) -> str:
        word, new = match.group(), pairs[match.group().lower()]
        if word.isupper() and len(word) > 1:
            return new.upper()
        return new[:1].upper() + new[1:] if word[:1].isupper() else new

    return _swapper(tuple(pairs)).sub(other, text)


@lru_cache(maxsize=64)
def _finder(own: tuple[str, ...]) -> re.Pattern[str]:
    # The longest first: "police woman" is not to be read as "woman".
    parts = sorted({re.escape(fold(word)) for word in own} - {""}, key=lambda p: (-len(p), p))
    return re.compile(rf"(?<!\S)(?:{'|'.join(parts) or '(?!)'})(?!\S)")


@lru_cache(maxsize=64)
def _swapper(own: tuple[str, ...]) -> re.Pattern[str]:
    parts = sorted(map(re.escape, own), key=lambda p: (-len(p), p))
    return re.compile(rf"\b(?:{'|'.join(parts)})\b", re.IGNORECASE)
