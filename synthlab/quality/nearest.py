"""How near synthetic rows lie to seed rows, against held-out rows: a smoke test of copying.

The distance to the closest record (DCR) and its ratio to the next one (NNDR) are usual figures for
synthetic tables. Rows can leak and pass them (Yao et al. 2025, "The DCR Delusion of
Privacy"), so nothing here is ever called good. Distances are 1 - cosine of TF-IDF vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.measures import Measure, Verdict
from synthlab.quality.base import Subject
from synthlab.quality.matched import drawn
from synthlab.quality.vectors import tfidf
from synthlab.records import Row

MOST = 1000
POOL = 500
DRAWS, NULLS = 20, 199
LEVEL = 0.01
HALF = 0.5
"""A distance under this part of the reference is to be watched."""
SAID = {
    "dcr": "the nearest 5% of rows lie within {value:.2f} of a seed row (0: a copy, 1: not a word "
    "in common)",
    "nndr": "the 5% of rows that point most to a single seed row have it {value:.2f} times as far "
    "off as the next one (0: that one alone, 1: none in particular)",
}
SMOKE = "a smoke test, never a proof of privacy"

Floats = NDArray[np.float32]


def smoke(subject: Subject, held: Sequence[str]) -> list[Measure]:
    """``dcr``, ``nndr`` and ``nearer``; what cannot be measured is left out.

    Args:
        subject: whose rows.
        held: its held-out texts, cut to the lengths of the synthetic ones.
    """
    kept, source, other = (
        _some(subject, rows, most)
        for rows, most in ((subject.kept, MOST), (subject.source, POOL), (subject.held, POOL))
    )
    cut = {row.id: text for row, text in zip(subject.held, held, strict=True)}
    mine, seeds, nulls, short = tfidf(
        *(subject.texts(rows) for rows in (kept, source, other)), [cut[row.id] for row in other]
    )
    to_seed = _cosines(mine, seeds)
    found = _distances(to_seed, _cosines(short, seeds) if other else None)
    if other:
        found += _nearer(
            to_seed,
            _cosines(mine, nulls),
            [row.label for row in source],
            [row.label for row in other],
            subject.seed,
        )
    return found


def _some(subject: Subject, rows: Sequence[Row], most: int) -> list[Row]:
    return [rows[place] for place in drawn(rows, subject.texts(rows), most, subject.seed)]


def _cosines(a: Any, b: Any) -> Floats:
    return np.asarray((a @ b.T).toarray(), dtype=np.float32)


def _distances(mine: Floats, other: Floats | None) -> list[Measure]:
    """The 5th percentiles of DCR and NNDR, with those of held-out rows as reference."""
    found = []
    for name in ("dcr", "nndr"):
        value = _fifth(name, mine)
        reference = None if other is None else _fifth(name, other)
        verdict: Verdict = ""
        if reference is not None and value < HALF * reference:
            verdict = "watch"
        than = "" if reference is None else f", for held-out real rows {reference:.2f}"
        said = f"{SAID[name].format(value=value)}{than}: {SMOKE}"
        found.append(
            Measure(name, "copying", value, "near", "distance, 5th percentile", said, verdict,
                    reference)
        )  # fmt: skip
    return found


def _fifth(name: str, cosines: Floats) -> float:
    near = np.sort(1 - cosines, axis=1)[:, :2].clip(min=0)
    if name == "dcr" or near.shape[1] < 2:
        return float(np.percentile(near[:, 0], 5))
    # Two rows at distance 0 are no closer to one than to the other.
    ratio = np.divide(near[:, 0], near[:, 1], out=np.ones(len(near)), where=near[:, 1] > 0)
    return float(np.percentile(ratio, 5))


def _nearer(
    to_seed: Floats, to_held: Floats, seeds: Sequence[str], held: Sequence[str], seed: int
) -> list[Measure]:
    """The share of rows nearer to seed rows than to as many held-out rows of the same classes.

    Its null is a permutation: the same share where it is drawn which of the real rows are called
    seed rows.
    """
    groups = []
    for label in sorted(set(seeds) & set(held)):
        ours = [place for place, own in enumerate(seeds) if own == label]
        theirs = [len(seeds) + place for place, own in enumerate(held) if own == label]
        groups.append((np.array(ours), np.array(theirs), min(len(ours), len(theirs))))
    if not groups:
        return []
    cosines = np.ascontiguousarray(np.hstack([to_seed, to_held]).T)
    rng = np.random.default_rng(seed)

    def share(mixed: bool) -> float:
        sides: tuple[list[Any], list[Any]] = ([], [])
        for ours, theirs, count in groups:
            if mixed:
                both = rng.permutation(np.concatenate([ours, theirs]))
                sides[0].append(both[:count])
                sides[1].append(both[count : 2 * count])
            else:
                sides[0].append(rng.permutation(ours)[:count])
                sides[1].append(rng.permutation(theirs)[:count])
        ours_, theirs_ = (cosines[np.concatenate(side)].max(axis=0) for side in sides)
        return float((ours_ > theirs_).mean() + (ours_ == theirs_).mean() / 2)

    value = float(np.mean([share(False) for _ in range(DRAWS)]))
    null = np.array([share(True) for _ in range(NULLS)])
    p = float((1 + (null >= value).sum()) / (1 + NULLS))
    low, high = np.percentile(null, [2.5, 97.5])
    said = (
        f"{value:.0%} of rows lie nearer to seed rows than to as many real rows that nothing saw; "
        f"by chance, {low:.0%} to {high:.0%} would: {SMOKE}"
    )
    return [
        Measure(
            "nearer", "copying", value, "near", "share of rows", said,
            "watch" if p <= LEVEL else "", 0.5,
            details={"p": p, "chance_low": float(low), "chance_high": float(high)},
        )
    ]  # fmt: skip
