"""Are new rows like those of the run that their generator was promoted from?

A provider may change the model behind a name, a server may be another one, a prompt's input may
have been edited: then the score that the generator was promoted with says nothing of its new rows.
So a sample of them is held against the run's kept rows, class by class, in equal numbers.

Measured on rows that a 135M model wrote for BBC News, 200 or 400 on each side: of 300 checks of
rows of one prompt (fresh generations of it, or random halves of five), one warned; of 14 checks of
rows of two different prompts, all did. A delivery is looked at twice, early and at its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlab.curation.duplicates import DUPLICATE, NEAR
from synthlab.curation.overlap import COPIES
from synthlab.deliveries import Origin, Reference
from synthlab.features.words import words
from synthlab.measures import Measure, Panel
from synthlab.statistics import two_sample
from synthlab.statistics.two_sample import Tested

PART = "drift"
FEWEST = 40
"""Rows of each side without which nothing can be said."""
MOST = 500
"""Rows of each side that are looked at."""
LEVEL = 0.002
"""Of each of the five checks, so that one of them errs in at most 1% of checks."""
DRAWS = 999
ALIKE = {DUPLICATE, NEAR, COPIES}
"""Drops that grow with the number of rows, or that the run could make and a delivery cannot."""
APART = {"drop_rate": 0.05, "words": 0.10, "distinct2": 0.03, "auc": 0.08, "agree": 0.05}
"""What a difference must come to beside being no luck; of ``words`` a share of the run's mean."""


@dataclass
class Drift:
    """The check of one delivery.

    A measure warns when its difference is surer than ``LEVEL`` and larger than ``APART``.

    Attributes:
        reference: rows of the promoted run; None where there are none to compare with.
        missing: why there are none.
        name: column of the text.
    """

    reference: Reference | None
    missing: str
    name: str = "text"
    _looked: bool = field(default=False, repr=False)

    @classmethod
    def of(cls, origin: Origin | None, name: str) -> Drift:
        """The check against the rows of ``origin``."""
        found = origin.reference if origin else None
        if found is None:
            return cls(None, "the rows of the promoted run are not at hand", name)
        if len(found.texts) < FEWEST:
            few = f"the promoted run kept {len(found.texts)} rows and {FEWEST} are needed"
            return cls(None, few, name)
        return cls(found, "", name)

    def due(self, rows: int) -> bool:
        """Whether there are enough rows for a first look; true once."""
        if self.reference is None or self._looked or rows < len(self.reference.texts):
            return False
        self._looked = True
        return True

    def check(
        self,
        records: Iterable[Mapping[str, str]],
        rows: Mapping[str, int],
        dropped: Mapping[str, int],
    ) -> Panel | None:
        """The new rows beside the run's; None, and ``missing`` says why, if that cannot be.

        Args:
            records: the new rows, as they are in the files.
            rows: how many they are, by class.
            dropped: number of dropped rows by reason.
        """
        if self.reference is None:
            return None
        old = Counter(self.reference.labels)
        room = MOST / max(1, sum(min(old[label], rows.get(label, 0)) for label in old))
        take = {
            label: int(min(count, rows.get(label, 0)) * min(1.0, room))
            for label, count in old.items()
        }
        if sum(take.values()) < FEWEST:
            there = sum(take.values())
            self.missing = f"{there} rows of each can be compared and {FEWEST} are needed"
            return None
        new = sample(((item[self.name], item["label"]) for item in records), rows, take)
        run = sample(zip(self.reference.texts, self.reference.labels, strict=True), old, take)
        # Of a class that the run topped up with no row, it is not known how many are dropped.
        known = all(label in old for label, count in rows.items() if count)
        drops = [_drops(self.reference, rows, dropped)] if known else []
        return Panel((*drops, *compare(run, new)))


def sample(
    pairs: Iterable[tuple[str, str]], counts: Mapping[str, int], take: Mapping[str, int]
) -> list[tuple[str, str]]:
    """``take`` of the ``counts`` rows of each class, evenly spaced from the first to the last."""
    wanted = {
        label: {place * counts[label] // n for place in range(n)} for label, n in take.items() if n
    }
    seen: Counter[str] = Counter()
    found = []
    for text, label in pairs:
        if seen[label] in wanted.get(label, ()):
            found.append((text, label))
        seen[label] += 1
    return found


def compare(
    run: Sequence[tuple[str, str]], fresh: Sequence[tuple[str, str]], seed: int = 0
) -> list[Measure]:
    """The four measures of texts.

    Args:
        run: text and class of the run's rows.
        fresh: of the new rows, as many of each class.
        seed: of the shuffles.
    """
    pairs = [*run, *fresh]
    texts, labels = [text for text, _ in pairs], [label for _, label in pairs]
    new = np.arange(len(pairs)) >= len(run)
    groups = two_sample.shuffled(new, labels, DRAWS, seed)
    told = [words(text) for text in texts]
    kernel = _kernel(texts)
    counts = np.array([float(len(item)) for item in told])
    return [
        _words(two_sample.mean_gap(counts, groups), float(counts[~new].mean())),
        _distinct(two_sample.distinct_gap(_runs(told), groups), _runs(told), new),
        _auc(two_sample.separation(kernel, groups)),
        _agree(two_sample.agreement(kernel, labels, new), new),
    ]


def _kernel(texts: Sequence[str]) -> NDArray[np.float64]:
    """How alike rows are in their words and in their letters, which show style; 1 on the diagonal.

    The vectors are made of all rows, whichever set they are of.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    parts: list[Any] = [
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),
        TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True, lowercase=False),
    ]
    kernel = np.zeros((len(texts), len(texts)))
    for part in parts:
        try:
            found = part.fit_transform(texts)
        except ValueError:  # not one word in any row
            continue
        kernel += (found @ found.T).toarray() / len(parts)
    return kernel


def _runs(told: Sequence[Sequence[str]]) -> list[NDArray[np.int64]]:
    numbers: dict[tuple[str, str], int] = {}
    return [
        np.array([numbers.setdefault(pair, len(numbers)) for pair in pairwise(item)], np.int64)
        for item in told
    ]


def _drops(reference: Reference, rows: Mapping[str, int], dropped: Mapping[str, int]) -> Measure:
    kept = (len(reference.texts), sum(rows.values()))
    lost = tuple(
        sum(count for reason, count in drops.items() if reason not in ALIKE)
        for drops in (reference.dropped, dropped)
    )
    all_rows = (kept[0] + lost[0], kept[1] + lost[1])
    before, now = lost[0] / all_rows[0], lost[1] / all_rows[1]
    p = two_sample.share_p((lost[0], lost[1]), all_rows)
    said = (
        f"{now:.0%} of the new rows were dropped for other reasons than being alike; "
        f"{before:.0%} of the run's"
    )
    return _measure("drop_rate", now, before, "share of rows", said, now - before, p)


def _words(found: Tested, before: float) -> Measure:
    now = before + found.value
    said = f"the new rows have {now:.0f} words in the mean, the run's {before:.0f}"
    gap = found.value / before if before else 0.0
    return _measure("words", now, before, "words per row", said, gap, found.p)


def _distinct(found: Tested, runs: Sequence[NDArray[np.int64]], new: NDArray[np.bool_]) -> Measure:
    old = np.concatenate([run for run, is_new in zip(runs, new, strict=True) if not is_new])
    size = min(len(old), sum(len(run) for run, is_new in zip(runs, new, strict=True) if is_new))
    before = len(np.unique(old[:size])) / max(1, size)
    now = before + found.value
    said = (
        f"{now:.0%} of the word pairs in the new rows are distinct, {before:.0%} of those in as "
        "many words of the run's"
    )
    return _measure("distinct2", now, before, "share of word pairs", said, found.value, found.p)


def _auc(found: Tested) -> Measure:
    said = (
        f"a classifier tells new rows from the run's with AUC {found.value:.2f} "
        f"(luck alone: {found.low:.2f} to {found.high:.2f})"
    )
    gap = found.value - found.mean
    return _measure("auc", found.value, found.mean, "AUC", said, gap, found.p)


def _agree(right: NDArray[np.bool_], new: NDArray[np.bool_]) -> Measure:
    hits = (int(right[~new].sum()), int(right[new].sum()))
    trials = (int((~new).sum()), int(new.sum()))
    before, now = hits[0] / trials[0], hits[1] / trials[1]
    said = (
        f"a classifier that learnt the classes from the run's rows gives {now:.0%} of the new "
        f"rows their class, and {before:.0%} of the run's own"
    )
    p = two_sample.share_p(hits, trials)
    return _measure("agree", now, before, "share of rows", said, now - before, p)


def _measure(
    name: str, value: float, before: float, unit: str, said: str, gap: float, p: float
) -> Measure:
    drifted = p < LEVEL and abs(gap) >= APART[name]
    verdict: Any = "bad" if drifted else "good"
    details = {"p": p, "difference": gap, "level": LEVEL, "least": APART[name]}
    return Measure(name, PART, value, "near", unit, said, verdict, before, details=details)
