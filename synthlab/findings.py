"""What the trained model and the real dev rows say about a set of synthetic rows.

A finding is an aggregate: counts, classes, and words that several dev rows share. No real row is in
it. Who finds what stands in ``feedback/``; who acts on it, in ``search/proposers/`` and the user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with the rows, or that they lack.

    Attributes:
        part: the feedback part that found it, by its short name.
        text: it in one sentence, for a person or an LM.
        gain: macro-F1 (0 to 1) that might be won by mending it: an estimate that orders findings.
        label: the class whose rows should change; empty where it is about all.
        other: a second class that it is about.
        words: words that tell what is meant, the most telling first.
        weights: credit by ``axis=value`` or by word, where the part gives any.
        rows: ids of synthetic rows that show it, the clearest first.
        ses: standard error of each weight, where the part knows it.
    """

    part: str
    text: str
    gain: float
    label: str = ""
    other: str = ""
    words: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    ses: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feedback:
    """Findings about one candidate, by expected gain, the largest first.

    Attributes:
        most: so many of them are told to a reader; a search may use them all.
    """

    findings: tuple[Finding, ...] = ()
    most: int = 12

    def of(self, part: str) -> tuple[Finding, ...]:
        """Those that one part found."""
        return tuple(found for found in self.findings if found.part == part)

    @property
    def lines(self) -> tuple[str, ...]:
        """The first few, each as a sentence with what it may be worth."""
        told = self.findings[: self.most]
        return tuple(f"{f.text} (up to +{f.gain:.3f})" if f.gain > 0 else f.text for f in told)

    @property
    def text(self) -> str:
        """``lines`` as a list; empty where nothing was found."""
        return "\n".join(f"- {line}" for line in self.lines)
