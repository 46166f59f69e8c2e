"""The vocabulary: frozen records that walk from one room to the next.

Nothing here computes a score, calls an LM or touches a disk. A synthetic row and a real row are
the same ``Row``; only the synthetic one has a ``Lineage``. The walk is drawn in
``workflow/trial.py`` (one candidate) and ``workflow/run.py`` (one run).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


def digest(value: Any, length: int = 16) -> str:
    """Hex SHA-256 of the canonical JSON of ``value``, cut to ``length`` characters."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:length]


@dataclass(frozen=True, slots=True)
class Usage:
    """What LM calls took. ``cost_usd`` is None when a price is not known; local models cost 0."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    seconds: float = 0.0

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
        )


@dataclass(frozen=True, slots=True)
class Call:
    """One answered request to an LM, as the ledger keeps it."""

    key: str
    model: str
    purpose: str
    usage: Usage
    attempts: int = 1
    finish_reason: str = "stop"


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
    """A row that curation did not keep, and why, in a few words."""

    row: Row
    reason: str


@dataclass(frozen=True, slots=True)
class Curated:
    """What is left of the generated rows."""

    kept: tuple[Row, ...]
    dropped: tuple[Dropped, ...]

    def reasons(self) -> dict[str, int]:
        """Number of dropped rows by reason, the most frequent first."""
        counts: dict[str, int] = {}
        for item in self.dropped:
            counts[item.reason] = counts.get(item.reason, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


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
    """

    name: str
    f1: float
    rows: int
    sd: float = 0.0
    draws: int = 1


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
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Final:
    """Macro-F1 on the sealed test split, after training on ``rows`` rows."""

    name: str
    f1: float
    rows: int


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run: the leaderboard (best first), the baselines and the one look at test."""

    name: str
    run_id: str
    trials: Sequence[Trial]
    baselines: Sequence[Baseline]
    finals: Sequence[Final]
    digests: Mapping[str, str]
    seconds: float

    @property
    def winner(self) -> Trial:
        """The trial with the best macro-F1 on dev."""
        return self.trials[0]
