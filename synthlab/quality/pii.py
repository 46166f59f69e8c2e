"""``pii``: strings that identify a person, told apart: invented, or also in a real row.

An LM invents plausible addresses and numbers, and may repeat those of a prompt. One that stands in
a real row is a leak; an invented one may still be somebody's. Names are not looked for here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from synthlab.measures import Measure, Verdict
from synthlab.quality.base import Skip, Subject
from synthlab.quality.identifiers import KINDS, Identifier, identifiers
from synthlab.quality.lengths import cut
from synthlab.quality.rates import judged, wilson

NAMED = {
    "email": "e-mail address",
    "phone": "phone number",
    "iban": "bank account",
    "card": "payment card",
    "ssn": "social security number",
    "ip": "IP address",
    "url": "link",
}
LINK = "url"
"""Counted, and no person's by itself: not in the two figures."""


class Pii:
    """``pii`` and ``pii_real``: rows per 1,000, with the kinds in their details.

    A subclass that finds more in a text replaces ``find``, and gives other names.
    """

    COST: ClassVar[Literal["fast", "slow"]] = "fast"
    PART: ClassVar[str] = "pii"
    NAMES: ClassVar[tuple[str, str]] = ("pii", "pii_real")

    class Params(BaseModel):
        """No parameters."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Any) -> None:
        self.params = params

    def find(self, texts: Sequence[str]) -> list[set[Identifier]]:
        """What each text holds."""
        return [set(identifiers(text)) for text in texts]

    def known(self, subject: Subject) -> set[Identifier]:
        """Whose return in a synthetic row is a leak: what stands in any real row."""
        rows = (*subject.source, *subject.shown, *subject.real, *subject.held)
        return self.all_of(subject.texts(rows))

    def all_of(self, texts: Sequence[str]) -> set[Identifier]:
        """What some texts hold between them."""
        return set().union(*self.find(list(dict.fromkeys(texts))))

    def leaks(self, count: int, rows: int, known: set[Identifier], subject: Subject) -> Verdict:
        """A single one is bad: no real person's identifier may leave in a synthetic row."""
        return "bad" if count else "good"

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Real rows are also the reference, cut to the lengths of the synthetic ones."""
        if not subject.kept:
            raise Skip("there is no row")
        texts = subject.texts(subject.kept)
        mine, known = self.find(texts), self.known(subject)
        real = self.find(cut(subject.texts(subject.real), texts))
        null = (having(real), len(real)) if real else None
        return [self._invented(mine, known, null), self._copied(mine, known, subject)]

    def _invented(
        self,
        mine: Sequence[set[Identifier]],
        known: set[Identifier],
        null: tuple[int, int] | None,
    ) -> Measure:
        """To be watched where more rows hold one than real rows do; somebody's it may be anyway."""
        found, rows = [items - known for items in mine], len(mine)
        count, kinds = having(found), _by_kind(found, rows)
        said = f"{count:,} of {rows:,} rows hold what could identify a person{_said(kinds)} and "
        said += "is in no real row"
        if not count:
            said = f"none of {rows:,} rows holds an invented address or number of a person"
        if null:
            said += f"; of real rows, {1000 * null[0] / null[1]:.1f} in 1,000 hold one"
        reference = 1000 * null[0] / null[1] if null else None
        verdict = judged(count, rows, null)
        return self._measure(self.NAMES[0], count, kinds, rows, said, verdict, reference)

    def _copied(
        self, mine: Sequence[set[Identifier]], known: set[Identifier], subject: Subject
    ) -> Measure:
        found, rows = [items & known for items in mine], len(mine)
        count, kinds = having(found), _by_kind(found, rows)
        said = f"{count:,} of {rows:,} rows hold what identifies a person in a real row"
        said += _said(kinds)
        if not count:
            said = f"none of {rows:,} rows holds what identifies a person in a real row"
        verdict = self.leaks(count, rows, known, subject)
        return self._measure(self.NAMES[1], count, kinds, rows, said, verdict, None)

    def _measure(
        self,
        name: str,
        count: int,
        kinds: dict[str, float],
        rows: int,
        said: str,
        verdict: Verdict,
        reference: float | None,
    ) -> Measure:
        low, high = wilson(count, rows)
        return Measure(
            name,
            self.PART,
            1000 * count / rows,
            "lower",
            "rows per 1,000",
            said,
            verdict,
            reference,
            1000 * low,
            1000 * high,
            details={"by_kind": kinds},
        )


def having(found: Sequence[set[Identifier]]) -> int:
    """Texts that hold something which is more than a link."""
    return sum(any(item.kind != LINK for item in items) for items in found)


def _by_kind(found: Sequence[set[Identifier]], rows: int) -> dict[str, float]:
    """Rows per 1,000 that hold one, by kind; kinds that no row holds are left out."""
    counts = Counter(kind for items in found for kind in {item.kind for item in items})
    order = {kind: place for place, kind in enumerate(KINDS)}
    kinds = sorted(counts, key=lambda kind: (order.get(kind, len(order)), kind))
    return {kind: round(1000 * counts[kind] / rows, 3) for kind in kinds}


def _said(by_kind: dict[str, float]) -> str:
    named = [NAMED.get(kind, kind.lower().replace("_", " ")) for kind in by_kind if kind != LINK]
    return f" ({', '.join(named)})" if named else ""
