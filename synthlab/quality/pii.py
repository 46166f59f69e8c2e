"""``pii``: strings that identify a person, told apart: invented, or also in a real row.

An LM invents plausible addresses and numbers, and may repeat those of a prompt. One that stands in
a real row is a leak; an invented one may still be somebody's. Names are not looked for here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from synthlab.measures import Measure
from synthlab.quality.base import Skip, Subject
from synthlab.quality.identifiers import KINDS, Identifier, identifiers
from synthlab.quality.matched import cut_alike
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
    """``pii`` and ``pii_real``: rows per 1,000, with the kinds in their details."""

    COST: ClassVar[Literal["fast", "slow"]] = "fast"

    class Params(BaseModel):
        """No parameters."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params) -> None:
        self.params = params

    def find(self, texts: Sequence[str]) -> list[set[Identifier]]:
        """What each text holds."""
        return [set(identifiers(text)) for text in texts]

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Real rows are also the reference, cut to the lengths of the synthetic ones."""
        if not subject.kept:
            raise Skip("there is no row")
        texts = subject.texts(subject.kept)
        mine = self.find(texts)
        known = self._known(subject)
        real = self.find(cut_alike(subject.texts(subject.real), texts))
        rows = len(texts)
        invented = [{item for item in found if item not in known} for found in mine]
        copied = [{item for item in found if item in known} for found in mine]
        return [
            _invented(invented, rows, _having(real), len(real)),
            _copied(copied, rows),
        ]

    def _known(self, subject: Subject) -> set[Identifier]:
        rows = (*subject.source, *subject.shown, *subject.real, *subject.held)
        return set().union(*self.find(list(dict.fromkeys(subject.texts(rows)))))


def _having(found: Sequence[set[Identifier]]) -> int:
    return sum(any(item.kind != LINK for item in items) for items in found)


def _by_kind(found: Sequence[set[Identifier]], rows: int) -> dict[str, float]:
    """Rows per 1,000 that hold one, by kind; kinds that no row holds are left out."""
    counts = Counter(kind for items in found for kind in {item.kind for item in items})
    order = {kind: place for place, kind in enumerate(KINDS)}
    kinds = sorted(counts, key=lambda kind: (order.get(kind, len(order)), kind))
    return {kind: round(1000 * counts[kind] / rows, 3) for kind in kinds}


def _kinds(by_kind: dict[str, float]) -> str:
    named = [NAMED.get(kind, kind.lower().replace("_", " ")) for kind in by_kind if kind != LINK]
    return f" ({', '.join(named)})" if named else ""


def _invented(found: Sequence[set[Identifier]], rows: int, real: int, of: int) -> Measure:
    """To be watched where more rows hold one than real rows do; somebody's it may be anyway."""
    count, by_kind = _having(found), _by_kind(found, rows)
    low, high = wilson(count, rows)
    said = f"{count:,} of {rows:,} rows hold something that could identify a person"
    said += f"{_kinds(by_kind)} and is in no real row"
    if not count:
        said = f"none of {rows:,} rows holds an invented address or number that could be a person's"
    if of:
        said += f"; of real rows, {1000 * real / of:.1f} in 1,000 hold one"
    return Measure(
        "pii",
        "pii",
        1000 * count / rows,
        "lower",
        "rows per 1,000",
        said,
        judged(count, rows, (real, of) if of else None),
        1000 * real / of if of else None,
        1000 * low,
        1000 * high,
        details={"by_kind": by_kind},
    )


def _copied(found: Sequence[set[Identifier]], rows: int) -> Measure:
    """A single one is bad: no real person's identifier may leave in a synthetic row."""
    count, by_kind = _having(found), _by_kind(found, rows)
    low, high = wilson(count, rows)
    said = (
        f"{count:,} of {rows:,} rows hold something of a real row that identifies a person"
        f"{_kinds(by_kind)}"
        if count
        else "no row holds an address or number of a real row that identifies a person"
    )
    return Measure(
        "pii_real",
        "pii",
        1000 * count / rows,
        "lower",
        "rows per 1,000",
        said,
        "bad" if count else "good",
        None,
        1000 * low,
        1000 * high,
        details={"by_kind": by_kind},
    )
