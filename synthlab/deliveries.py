"""The records of rows made at volume: where the generator comes from, and what was written.

Nothing here reads a store or a disk; ``workflow/deliver.py`` fills them in, cards and commands read
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthlab.measures import Panel
from synthlab.records import Usage

Groups = Mapping[str, Mapping[str, Mapping[str, Sequence[int]]]]
"""``[requested, delivered]`` rows by sensitive attribute, class and group, ``""`` for no group."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The rows of the run that a generator was promoted from.

    Attributes:
        texts: of the kept rows, in the order in which they were made.
        labels: the class of each.
        dropped: number of dropped rows by reason.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Origin:
    """A promoted version, as far as its store knows it.

    Attributes:
        ref: what was asked for, such as ``bbc-news@champion``.
        run: id of the candidate's MLflow run.
        tags: what the promotion wrote down.
        scores: macro-F1 of its rows on real rows, by ``dev`` and ``test``: ``{"value", "low",
            "high", "generations"}``, the interval None where there was one generation; and
            ``topped``, where real rows were topped up with them.
        reference: the run's rows; None where they are not at hand.
        panel: the quality panel of those rows; None where it was not measured.
        privacy: what holds of what feedback told of dev rows, in sentences; empty where it told
            exact counts.
    """

    ref: str
    version: str
    run: str
    tags: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reference: Reference | None = None
    panel: Panel | None = None
    privacy: str = ""

    @property
    def said(self) -> str:
        """``bbc-news@champion (version 2)``."""
        return f"{self.ref} (version {self.version})"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is in a folder after a command.

    Attributes:
        rows: kept rows by class.
        dropped: number of dropped rows by reason.
        usage: what all of it took, by whatever command of this folder.
        files: the data files, in order.
        form: ``parquet`` or ``jsonl``.
        seed: another one would have given other rows.
        columns: of the files.
        bytes: of the files on disk, and of what is in them.
        examples: the first text of each class.
        quota: rows asked for, by class.
        added: rows that this command added.
        paid: what this command itself paid; answers from the journal cost nothing.
        begun: the day of the folder's first row, ``2026-11-26``.
        drift: the new rows beside those of the promoted run; None where it was not checked.
        unchecked: why it was not.
        stopped: why there are fewer than asked for, and how to go on; empty if all are there.
        groups: rows of each group of the declared sensitive attributes.
    """

    folder: Path
    rows: Mapping[str, int]
    dropped: Mapping[str, int]
    usage: Usage
    files: tuple[Path, ...]
    form: str = "parquet"
    seed: int = 0
    columns: tuple[str, ...] = ()
    bytes: tuple[int, int] = (0, 0)
    examples: Mapping[str, str] = field(default_factory=dict)
    quota: Mapping[str, int] = field(default_factory=dict)
    added: int = 0
    paid: Usage = field(default_factory=Usage)
    begun: str = ""
    drift: Panel | None = None
    unchecked: str = ""
    stopped: str = ""
    groups: Groups = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Rows of all classes."""
        return sum(self.rows.values())
