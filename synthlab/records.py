"""The vocabulary: frozen records that walk from one room to the next.

Nothing here computes a score, calls an LM or touches a disk. A synthetic row and a real row are
the same ``Row``; only the synthetic one has a ``Lineage``. The walk is drawn in
``workflow/trial.py`` (one candidate) and ``workflow/run.py`` (one run).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


def digest(value: Any, length: int = 16) -> str:
    """Hex SHA-256 of the canonical JSON of ``value``, cut to ``length`` characters."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:length]


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
    """

    document: str
    labels: tuple[str, ...]
    names: Mapping[str, str]
    field: str = "text"


@dataclass(frozen=True, slots=True)
class Request:
    """An order for one row.

    Attributes:
        label: the class that the row must have.
        index: the place among this class's requests, from 0; refills go on counting.
        seed: the sampling seed. It depends on the run's seed, the label and the index only, so
            that every candidate draws with the same numbers (common random numbers).
        attributes: what was drawn for this row, such as ``{"subtopic": "cricket"}``.
        shown: ids of the real rows that the prompt shows.
    """

    label: str
    index: int
    seed: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a synthetic row comes from."""

    candidate: str
    lm: str
    call: str
    request: Request
    usage: Usage


@dataclass(frozen=True, slots=True)
class Row:
    """One example. ``values`` maps field names to values; a real row has no lineage."""

    id: str
    values: Mapping[str, Any]
    label: str
    lineage: Lineage | None = None


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


def usage_of(rows: Iterable[Row]) -> Usage:
    """What it took to make ``rows``."""
    return sum((row.lineage.usage for row in rows if row.lineage), Usage())


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Precision, recall and F1 of one class, and the number of real rows of it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Score:
    """A model trained on ``train_rows`` rows and scored on real rows.

    Attributes:
        f1: macro-F1, the unweighted mean of the classes' F1.
        accuracy: share of real rows with the right label.
        per_class: by label.
        confusion: ``confusion[i][j]`` real rows of class i called class j; labels' order.
    """

    f1: float
    accuracy: float
    labels: tuple[str, ...]
    per_class: Mapping[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]
    train_rows: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What needs no LM: the same model on label names or on real rows.

    Attributes:
        f1: mean macro-F1 over ``draws`` draws of the training rows.
        sd: standard deviation over the draws (0 for one draw).
        rows: training rows in each draw.
        per_class: real rows of each class in each draw; None where that is not the same number.
    """

    name: str
    f1: float
    rows: int
    sd: float = 0.0
    draws: int = 1
    per_class: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to generate: what a search compares.

    Attributes:
        name: unique within a run; what the leaderboard shows.
        generator: the name, import path or file path of its class.
        params: the generator's own parameters, checked.
        texts: prompts that replace those of the generator's files, by prompt name.
        lm: the model id, such as ``embedded/smollm2-135m-instruct``.
        digest: of everything that changes its rows.
    """

    name: str
    generator: str
    params: Mapping[str, Any]
    texts: Mapping[str, str]
    lm: str
    digest: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate that was generated, curated and scored on dev.

    Attributes:
        score: the model trained on the kept rows alone.
        augmented: macro-F1 of the kept rows added to a few real rows (mean over the draws), or
            None when the run has no such real rows.
        shown: ids of the real rows that prompts showed.
        prompts: a rendered prompt by name, as the LM read it.
        program: the DSPy program's state, as JSON text.
        seconds: wall time.
        rows_per_class: kept rows of each class that were asked for.
        run_id: the tracking run, once logged.
    """

    candidate: Candidate
    curated: Curated
    score: Score
    augmented: Baseline | None
    usage: Usage
    shown: tuple[str, ...]
    prompts: Mapping[str, str]
    program: str
    seconds: float
    rows_per_class: int = 0
    run_id: str = ""

    @property
    def short(self) -> dict[str, int]:
        """Rows missing to ``rows_per_class``, by class; empty when the set is complete."""
        kept = Counter(row.label for row in self.curated.kept)
        missing = {label: self.rows_per_class - kept[label] for label in self.score.labels}
        return {label: count for label, count in missing.items() if count > 0}


def shortage(short: Mapping[str, int], rows_per_class: int) -> str:
    """``Trial.short`` in words: ``tech 31 of 40``; of many classes, the first few."""
    asked = rows_per_class
    said = [f"{label} {asked - count} of {asked}" for label, count in short.items()]
    more = [f"{len(said) - 5} more classes"] if len(said) > 5 else []
    return ", ".join([*said[:5], *more])


@dataclass(frozen=True, slots=True)
class Failure:
    """A candidate that is out: it made no rows that could be scored.

    Attributes:
        reason: why, in one sentence.
        usage: what its rows took all the same.
    """

    name: str
    reason: str
    run_id: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Final:
    """Macro-F1 on the sealed test split, after training on ``rows`` rows."""

    name: str
    f1: float
    rows: int


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run.

    Attributes:
        trials: the leaderboard: complete candidates before short ones, each kind best first.
        finals: the one look at test.
        failed: candidates that could not be scored.
        store: what ``--store`` takes to find the run; empty for ``./mlruns``.
        paid: what this run itself sent to LMs; rows that the journal had cost nothing again.
        stopped: which cap ended it before every candidate was tried, and how to go on.
    """

    name: str
    run_id: str
    trials: Sequence[Trial]
    baselines: Sequence[Baseline]
    finals: Sequence[Final]
    digests: Mapping[str, str]
    seconds: float
    failed: Sequence[Failure] = ()
    store: str = ""
    paid: Usage = Usage()
    stopped: str = ""

    @property
    def winner(self) -> Trial:
        """The first of the leaderboard."""
        return self.trials[0]
