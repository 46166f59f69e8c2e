"""What a run logs beside its scores and files: how much of it, and where its texts come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthlab.tracking.traces import Lookup, Which


def unknown(keys: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """The lookup of a run without a journal."""
    return {}


@dataclass(frozen=True, slots=True)
class Extras:
    """Beside scores and files.

    Attributes:
        traces: which LM calls of each candidate become traces.
        calls: reads the journal, for the traces' prompts and answers.
        machine: whether to watch CPU, memory, disk and network while the run lasts.
    """

    traces: Which = "off"
    calls: Lookup = unknown
    machine: bool = False
