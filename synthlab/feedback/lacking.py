"""``lacking``: words that real rows of a class hold and synthetic rows of it lack.

It needs counts of real rows only, no rows and no model, so that it is the part that can work from
noisy counts (``feedback.privacy``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from synthlab.feedback.base import Evidence
from synthlab.feedback.counts import Counts, count, shared
from synthlab.feedback.telling import said
from synthlab.findings import Finding
from synthlab.records import Brief, Row

_SMOOTH = 0.5
"""As in ``telling``: added to each count of rows."""


class Lacking:
    """A finding for each class of which something is lacking, the most first."""

    class Params(BaseModel):
        """How many words."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        words: int = Field(12, ge=1, description="words of a class that are told")

    def __init__(self, params: Params) -> None:
        self.params = params

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """From exact counts: words that ``evidence.least`` dev rows of the class hold, or more."""
        rows = zip((row.label for row in evidence.real), evidence.texts(evidence.real), strict=True)
        exact = shared(count(rows, evidence.brief.labels), evidence.least)
        return self.tell(evidence.brief, evidence.kept, exact)

    def tell(self, brief: Brief, kept: Sequence[Row], counts: Counts) -> Sequence[Finding]:
        """From counts alone, exact or noisy.

        ``weights`` holds the share of real rows less that of synthetic rows, by word.

        Args:
            brief: the task.
            kept: the synthetic rows.
            counts: of real rows.
        """
        made = count(((row.label, str(row.values[brief.field])) for row in kept), brief.labels)
        found = []
        for label in brief.labels:
            gaps = _gaps(label, counts, made)
            words = sorted(gaps, key=lambda word: (-gaps[word][0], word))[: self.params.words]
            if words:
                found.append(_finding(brief, label, {word: gaps[word][1] for word in words}, made))
        return sorted(found, key=lambda one: -sum(one.weights.values()))


def _gaps(label: str, counts: Counts, made: Counts) -> dict[str, tuple[float, float]]:
    """How telling each word of a class is that it lacks, and by which share of rows it does."""
    size, rows = counts.rows[label], made.rows[label]
    if not size or not rows:
        return {}
    others = sum(counts.rows.values()) - size
    found = {}
    for word, held in counts.words[label].items():
        share = min(1.0, held / size)
        gap = share - made.words[label].get(word, 0) / rows
        elsewhere = sum(own.get(word, 0) for name, own in counts.words.items() if name != label)
        odds = _log_odds(held, size, elsewhere, others)
        if gap > 0 and odds > 0:
            found[word] = (odds * gap, gap)
    return found


def _log_odds(held: int, size: int, elsewhere: int, others: int) -> float:
    """As ``Telling.log_odds``; noisy counts may be larger than the number of rows."""
    parts, errors = [], 0.0
    for with_word, of in ((held, size), (elsewhere, others)):
        yes, no = max(0, with_word) + _SMOOTH, max(0, of - with_word) + _SMOOTH
        parts.append(math.log(yes / no))
        errors += 1 / yes + 1 / no
    return (parts[0] - parts[1]) / math.sqrt(errors)


def _finding(brief: Brief, label: str, gaps: Mapping[str, float], made: Counts) -> Finding:
    words, name = tuple(gaps), brief.names.get(label, label)
    few = words[:6]
    rows = sum(made.words[label].get(word, 0) for word in few) / len(few) / made.rows[label]
    real = min(1.0, rows + sum(gaps[word] for word in few) / len(few))
    text = (
        f"real {name} rows speak more of {said(words)}: about {real:.0%} of them hold such a word, "
        f"of these rows {rows:.0%}"
    )
    return Finding("lacking", text, 0.0, label, "", words, dict(gaps))
