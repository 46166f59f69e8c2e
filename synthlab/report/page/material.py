"""What a report is made of: the records of one run, as they were logged, before any drawing.

``workflow/reporting.py`` reads them from the store; the modules beside this one turn them into
sections. Nothing here holds the text of a real row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from synthlab.comparisons import Estimate
from synthlab.measures import Panel


@dataclass(frozen=True)
class Calls:
    """What classifiers called real rows.

    Attributes:
        of: what they were trained on, in words: ``direct prompt``.
        split: ``test`` or ``dev``.
        true: shape (real rows,): places in ``labels``.
        called: shape (generations, real rows).
    """

    of: str
    split: str
    labels: tuple[str, ...]
    true: NDArray[Any]
    called: NDArray[Any]


@dataclass(frozen=True)
class Prompt:
    """How a candidate asks for rows.

    Attributes:
        texts: its prompt templates by name.
        params: its generator's parameters.
        settings: other things that change its rows: LM, temperature, rows a call, demos.
        rendered: prompts as the LM read them, by name; empty where they show real rows.
        shows_real: how many real rows its prompts may show, or its rows are made of.
        asks: whether an LM is asked; else rows are made without one.
    """

    name: str
    generator: str
    texts: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rendered: Mapping[str, str] = field(default_factory=dict)
    shows_real: int = 0
    asks: bool = True


@dataclass(frozen=True)
class Step:
    """From one candidate to the next on the path from the baseline to the winner.

    Attributes:
        why: what was meant by it.
        pair: what ``synthlab compare`` says of the two; None where it cannot.
    """

    before: Prompt
    after: Prompt
    why: str
    pair: Mapping[str, Any] | None


@dataclass(frozen=True)
class Sample:
    """A synthetic row.

    Attributes:
        nearest: distance to the nearest real row that the run may look at, 0 (equal) to 1 (no word
            in common); None where it was not logged.
        shared: share of its runs of five words that some real row has.
        attributes: what was drawn for it.
        reason: why it was dropped; empty for a kept row.
    """

    id: str
    label: str
    text: str
    nearest: float | None = None
    shared: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Material:
    """One run.

    Attributes:
        board: as ``tracking.read.load_leaderboard`` returns it: what ``compare --json`` prints.
        params: of the run.
        metrics: of the run.
        started: Unix seconds.
        ended: Unix seconds; None while it runs.
        config: the YAML that was run, as logged.
        levels: each candidate's score on dev with an interval over dev rows, by name; of the first
            ones of the leaderboard.
        origins: what each candidate was made from, and why, by name.
        before: the direct prompt's calls, or None.
        after: the winner's calls, or None.
        steps: from the baseline to the winner.
        kept: rows of the winner.
        dropped: rows of the winner that were not kept.
        usual: distances between real rows, for comparison: ``nearest.json``.
        findings: what was found out about the winner's rows, as logged.
        panel: the quality panel of the winner.
        privacy: what holds of what feedback told of dev rows, in sentences; empty where it told
            exact counts.
        versions: of the packages that made the run, by name.
        flag: the end of a command line that opens the store, such as `` --store URI``.
    """

    board: Mapping[str, Any]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    started: float
    ended: float | None
    config: str
    levels: Mapping[str, Estimate] = field(default_factory=dict)
    origins: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    before: Calls | None = None
    after: Calls | None = None
    steps: tuple[Step, ...] = ()
    prompt: Prompt | None = None
    kept: Sequence[Sample] = ()
    dropped: Sequence[Sample] = ()
    usual: Mapping[str, Any] = field(default_factory=dict)
    findings: Sequence[Mapping[str, Any]] = ()
    panel: Panel | None = None
    privacy: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    flag: str = ""

    @property
    def winner(self) -> str:
        """The winner's name; the best so far of a run without one; empty where nothing scored."""
        scored = self.board["candidates"]
        return str(self.board.get("winner") or (scored[0]["name"] if scored else ""))

    def entry(self, name: str) -> Mapping[str, Any]:
        """A candidate's entry on the leaderboard; empty where it has none."""
        found = [item for item in self.board["candidates"] if item["name"] == name]
        return found[0] if found else {}
