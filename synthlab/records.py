"""The vocabulary: frozen records that walk from one room to the next.

Nothing here computes a score, calls an LM or touches a disk. A synthetic row and a real row are
the same ``Row``; only the synthetic one has a ``Lineage``. The walk is drawn in
``workflow/trial.py`` (one candidate) and ``workflow/run.py`` (one run).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from synthlab.groups import Sensitive


def digest(value: Any, length: int = 16) -> str:
    """Hex SHA-256 of the canonical JSON of ``value``, cut to ``length`` characters."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:length]


def draw_seed(*parts: object) -> int:
    """A 31-bit seed that depends on the parts' text only: the same in every process."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


@dataclass(frozen=True, slots=True)
class Usage:
    """What LM calls took. ``cost_usd`` is None when a price is not known; local models cost 0.

    Attributes:
        input_tokens: every prompt token, those served from or written to a cache included.
        output_tokens: every token of the answer, reasoning included.
        cached_tokens: those input tokens that a prompt cache served.
        cache_write_tokens: those input tokens that were written to a prompt cache, where the
            provider charges for it.
        reasoning_tokens: those output tokens that nobody sees.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    seconds: float = 0.0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens

    def shares(self, count: int) -> list[Usage]:
        """``count`` shares, as even as whole tokens can be; the first one has the calls.

        Their sum has exactly the same calls and tokens; USD and seconds up to rounding.
        """

        def tokens(whole: int, place: int) -> int:
            return whole // count + (place < whole % count)

        usd = None if self.cost_usd is None else self.cost_usd / count
        return [
            Usage(
                0 if place else self.calls,
                tokens(self.input_tokens, place),
                tokens(self.output_tokens, place),
                usd,
                self.seconds / count,
                tokens(self.cached_tokens, place),
                tokens(self.cache_write_tokens, place),
                tokens(self.reasoning_tokens, place),
            )
            for place in range(count)
        ]

    def __add__(self, other: Usage) -> Usage:
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
            self.seconds + other.seconds,
            self.cached_tokens + other.cached_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
        )


@dataclass(frozen=True, slots=True)
class Call:
    """One answered request to an LM.

    Attributes:
        key: its place in the journal.
        replayed: the journal had the answer; nothing was sent, nothing paid again.
    """

    key: str
    model: str
    purpose: str
    usage: Usage
    attempts: int = 1
    finish_reason: str = "stop"
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Brief:
    """What a generator may know of the task: no real row is in it.

    Attributes:
        document: what one row is, in words ("news article").
        labels: every class, in a fixed order.
        names: the words that stand for a label in a prompt, by label.
        field: the name of the text field that a row holds.
        sensitive: attributes whose groups rows are asked for in their shares.
    """

    document: str
    labels: tuple[str, ...]
    names: Mapping[str, str]
    field: str = "text"
    sensitive: tuple[Sensitive, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What one row is to be. Requests that share an LM call make an order.

    Attributes:
        label: the class that the row must have.
        index: the place among this class's requests, from 0; refills go on counting.
        seed: the sampling seed. It depends on the run's seed, the label and the index only, so
            that every candidate draws with the same numbers (common random numbers). In a mixture
            the index is that among the requests of the part.
        attributes: what was drawn for this row, such as ``{"subtopic": "cricket"}``.
        shown: ids of the real rows that the prompt shows.
    """

    label: str
    index: int
    seed: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Demo:
    """A row that every prompt shows as an earlier answer of the LM (DSPy's word for it).

    Attributes:
        attributes: what had been drawn for it; those that are left out are drawn again.
    """

    label: str
    text: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a synthetic row comes from.

    Attributes:
        call: key of the LM call that wrote it; rows of one order share it.
        usage: the row's share of what its order took, and what asking an LM about its class took.
    """

    candidate: str
    lm: str
    call: str
    request: Request
    usage: Usage


@dataclass(frozen=True, slots=True)
class Row:
    """One example. ``values`` maps field names to values; a real row has no lineage.

    Attributes:
        weight: how much it counts in training beside the others, from 0: 1 unless a curation step
            or a file gives another one.
    """

    id: str
    values: Mapping[str, Any]
    label: str
    lineage: Lineage | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Dropped:
    """A row that was not kept.

    Attributes:
        reason: why, in a few words without figures: drops are counted by it.
        detail: more about this one row, such as what was wrong with the LM's answer.
    """

    row: Row
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Curated:
    """What is left of the generated rows."""

    kept: tuple[Row, ...] = ()
    dropped: tuple[Dropped, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row that was judged."""
        return (*self.kept, *(item.row for item in self.dropped))

    def reasons(self) -> dict[str, int]:
        """Number of dropped rows by reason, the most frequent first."""
        counts: dict[str, int] = {}
        for item in self.dropped:
            counts[item.reason] = counts.get(item.reason, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def joined(sets: Iterable[Curated]) -> Curated:
    """All rows of several sets, as one."""
    every = list(sets)
    kept = tuple(row for made in every for row in made.kept)
    return Curated(kept, tuple(item for made in every for item in made.dropped))


def usage_of(rows: Iterable[Row]) -> Usage:
    """What it took to make ``rows``."""
    return sum((row.lineage.usage for row in rows if row.lineage), Usage())
