"""Texts of two kinds cut to like lengths: what is longer is told apart by that alone."""

from __future__ import annotations

from collections.abc import Sequence


def cut(texts: Sequence[str], like: Sequence[str]) -> list[str]:
    """``texts`` without their last words, so that they are no longer than ``like`` ones.

    The longest tenth of them becomes as long as the longest tenth of ``like``, and so on; a text
    that is shorter stays as it is. Words are what spaces part. Which text is cut to which length
    depends on the texts alone, not on their order.

    Args:
        texts: any number.
        like: any other number; where there are none, nothing is cut.
    """
    lengths = sorted(len(text.split()) for text in like)
    split = [text.split() for text in texts]
    order = sorted(range(len(split)), key=lambda place: (len(split[place]), texts[place]))
    found = list(texts)
    for rank, place in enumerate(order):
        if lengths:
            most = lengths[(2 * rank + 1) * len(lengths) // (2 * len(split))]
            if most < len(split[place]):
                found[place] = " ".join(split[place][:most])
    return found


def middle(texts: Sequence[str]) -> float:
    """The median number of words."""
    lengths = sorted(len(text.split()) for text in texts)
    half = len(lengths) // 2
    return float(lengths[half] if len(lengths) % 2 else (lengths[half - 1] + lengths[half]) / 2)
