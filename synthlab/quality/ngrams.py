"""Figures of how much a set of texts repeats itself: distinct-n, self-BLEU, compression."""

from __future__ import annotations

import gzip
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

Words = Sequence[str]


def distinct(texts: Sequence[Words], n: int) -> float:
    """Distinct-n: different n-grams over all n-grams (Li et al. 2016); 0 where there are none.

    It falls as texts grow more: compare at equal words.
    """
    seen = [gram for text in texts for gram in _grams(text, n)]
    return len(set(seen)) / len(seen) if seen else 0.0


def self_bleu(texts: Sequence[Words], most: int = 4) -> float:
    """Mean BLEU of each text against all others, 0 to 1 (Zhu et al. 2018); 0 of fewer than two.

    Each text's BLEU is that of sacrebleu's ``sentence_bleu`` on given words: precisions of 1- to
    ``most``-grams, counts clipped by the reference that has most of them, the closest reference's
    length for the brevity penalty, ``exp`` smoothing, and only orders that the text is long enough
    for (``use_effective_order``). For each n-gram the largest count and the next one are kept, so
    that it takes linear time.
    """
    if len(texts) < 2:
        return 0.0
    counts = [[Counter(_grams(text, n)) for text in texts] for n in range(1, most + 1)]
    tops = [_tops(each) for each in counts]
    lengths = sorted(len(text) for text in texts)
    total = 0.0
    for place, text in enumerate(texts):
        hits, sums = [], []
        for each, top in zip(counts, tops, strict=True):
            hits.append(sum(_clipped(g, c, place, top) for g, c in each[place].items()))
            sums.append(each[place].total())
        total += _bleu(hits, sums, len(text), _closest(lengths, len(text)))
    return total / len(texts)


def compression(texts: Sequence[Words]) -> float:
    """Bytes over gzipped bytes: the more a set repeats itself, the higher (Shaib et al. 2024)."""
    data = "\n".join(" ".join(text) for text in texts).encode()
    return len(data) / len(gzip.compress(data, mtime=0)) if data else 1.0


def _grams(text: Words, n: int) -> list[tuple[str, ...]]:
    return list(zip(*(text[start:] for start in range(n)), strict=False))


def _tops(
    counts: Sequence[Counter[tuple[str, ...]]],
) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """For each n-gram its largest count in one text, whose it is, and the largest of the others."""
    found: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for place, each in enumerate(counts):
        for gram, count in each.items():
            first, owner, second = found.get(gram, (0, -1, 0))
            if count > first:
                found[gram] = (count, place, first)
            elif count > second:
                found[gram] = (first, owner, count)
    return found


def _clipped(
    gram: tuple[str, ...],
    count: int,
    place: int,
    tops: dict[tuple[str, ...], tuple[int, int, int]],
) -> int:
    first, owner, second = tops[gram]
    return min(count, second if owner == place else first)


def _closest(lengths: Sequence[int], length: int) -> int:
    """The length nearest to ``length`` among the others; of two as near, the shorter."""
    at = bisect_left(lengths, length)  # the text's own, or one that is equal
    others = [lengths[place] for place in (at - 1, at + 1) if 0 <= place < len(lengths)]
    return min(others, key=lambda other: (abs(other - length), other))


def _bleu(hits: Sequence[int], sums: Sequence[int], length: int, reference: int) -> float:
    logs, smooth = [], 1.0
    for hit, total in zip(hits, sums, strict=True):
        if not total:
            break
        if not hit:
            smooth *= 2
            logs.append(math.log(1 / (smooth * total)))
        else:
            logs.append(math.log(hit / total))
    if not logs or not any(hits):
        return 0.0
    brevity = 1.0 if length >= reference else math.exp(1 - reference / length)
    return brevity * math.exp(sum(logs) / len(logs))
