"""Two runs or two candidates: the paired difference, from what their runs logged.

Nothing is trained or generated: every run keeps what its classifiers called each dev row. Fresh
generations are compared where both have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from synthlab.comparisons import Estimate
from synthlab.errors import GateError, NotFoundError
from synthlab.measures import Panel
from synthlab.statistics.paired import NOISE, ROPE, contrast, level
from synthlab.tracking.candidates import candidate_calls
from synthlab.tracking.predictions import Predictions
from synthlab.tracking.read import candidate_panel, find_run, load_leaderboard, missing, run_params
from synthlab.tracking.store import Store

LISTED = 20
"""Candidates that are all named where none has the name that was given; of more, the closest."""


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes:
        calls: what its classifiers called the dev rows.
        fresh: from the fresh generations of the finals, not from the search.
        about: the classifier and the seed of its run.
        skipped: newer runs that were passed over, in words.
        panel: what was measured of its search's rows beside the score.
    """

    name: str
    run_id: str
    entry: Mapping[str, Any]
    calls: Predictions
    fresh: bool
    digest: str
    about: Mapping[str, str]
    skipped: str
    panel: Panel

    @cached_property
    def level(self) -> Estimate:
        """Its own score."""
        return level(self.calls.true, self.calls.called, len(self.calls.labels))


def compare(store: Store, a: str, b: str, rope: float = ROPE) -> dict[str, Any]:
    """``a`` minus ``b`` on the same dev rows.

    Args:
        store: where the runs are.
        a: an experiment's name (its latest run) or a run's id, whose winner is meant, or
            ``RUN:CANDIDATE``.
        b: the same; ``:CANDIDATE`` is one of a's run.
        rope: half the region of practical equivalence.

    Returns:
        ``{"a": {"name", "run_id", "generations", "fresh", "estimate", "cost_usd", "rows",
        "feedback", "panel"},
        "b": {...}, "contrast": {...}, "dev_digest", "notes"}``;
        ``feedback`` is what was found out about its rows, ``panel`` what was measured of those
        that the search saw (``Panel.as_dict``).

    Raises:
        GateError: they were scored on other dev rows or with another classifier.
        NotFoundError: no such run or candidate.
    """
    first = _side(store, a)
    second = _side(store, f"{first.run_id}{b}" if b.startswith(":") else b)
    return difference(first, second, rope)


def difference(first: Side, second: Side, rope: float = ROPE) -> dict[str, Any]:
    """``compare`` of two that are read already.

    Raises:
        GateError: they were scored on other dev rows or with another classifier.
    """
    _refuse_unlike(first, second)
    names = _names(first, second)
    paired = first.about["seed"] == second.about["seed"] and first.fresh == second.fresh
    classes = len(first.calls.labels)
    true = first.calls.true
    mine, other = first.calls.called, second.calls.called
    found = contrast(names, true, mine, other, classes, paired, rope, NOISE)
    return {
        "a": _told(first, names[0]),
        "b": _told(second, names[1]),
        "contrast": asdict(found),
        "dev_digest": first.digest,
        "notes": _notes(first, second),
    }


def _side(store: Store, ref: str) -> Side:
    run_ref, _, wanted = ref.partition(":")
    run_id, skipped = find_run(store, run_ref)
    board = load_leaderboard(store, run_id)
    entries = {item["name"]: item for item in board["candidates"]}
    if not entries:
        raise NotFoundError(
            f"run {board['run_id'][:8]} of '{board['name']}' has no scored candidate",
            f"name a finished run (see: synthlab list{store.flag})",
        )
    name = wanted or board["winner"] or next(iter(entries))
    if name not in entries:
        if len(entries) > LISTED:
            raise missing("candidate", name, entries)
        known = ", ".join(f"'{item}'" for item in entries)
        raise NotFoundError(f"the run has no candidate '{name}'", f"it has: {known}")
    return side_of(store, board, entries[name], skipped)


def side_of(
    store: Store, board: Mapping[str, Any], entry: Mapping[str, Any], skipped: str = ""
) -> Side:
    """A candidate of a run, by its entry on the leaderboard.

    Raises:
        NotFoundError: the run was made before calls were kept.
    """
    calls, fresh = candidate_calls(store, board["run_id"], entry)
    about = run_params(store, entry["run_id"])
    return Side(
        entry["name"],
        board["run_id"],
        {**entry, "run": board["name"]},
        calls,
        fresh,
        board["digests"].get("dev", ""),
        {key: about.get(key, "") for key in ("model", "seed")},
        skipped,
        candidate_panel(store, entry["run_id"]),
    )


def _refuse_unlike(a: Side, b: Side) -> None:
    if a.digest != b.digest or len(a.calls.true) != len(b.calls.true):
        raise GateError(
            f"'{a.name}' and '{b.name}' were scored on other dev rows (digests {a.digest} and "
            f"{b.digest}): the rows alone could make the difference",
            "run both on the same data and split; or judge both sets of rows on one file: "
            "synthlab score A.parquet B.parquet --real-test FILE",
        )
    if a.about["model"] != b.about["model"]:
        raise GateError(
            f"'{a.name}' was scored with {a.about['model']}, '{b.name}' with {b.about['model']}",
            "run both with one classifier, or judge both sets of rows with: synthlab score",
        )


def _names(a: Side, b: Side) -> tuple[str, str]:
    if a.name != b.name:
        return a.name, b.name
    if a.entry["run"] != b.entry["run"]:
        return f"{a.entry['run']} {a.name}", f"{b.entry['run']} {b.name}"
    return f"{a.name} ({a.run_id[:8]})", f"{b.name} ({b.run_id[:8]})"


def _told(side: Side, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "run_id": side.run_id,
        "generations": len(side.calls.called),
        "fresh": side.fresh,
        "estimate": asdict(side.level),
        "rows": side.entry["rows"],
        "cost_usd": side.entry["cost_usd"],
        "feedback": list(side.entry.get("feedback", ())),
        "panel": side.panel.as_dict(),
    }


def _notes(a: Side, b: Side) -> list[str]:
    notes = [text for text in dict.fromkeys((a.skipped, b.skipped)) if text]
    if len(a.calls.called) == len(b.calls.called) == 1:
        notes.append(
            f"one generation each: a standard deviation of {NOISE:g} over generations is assumed; "
            "finals.replicates makes fresh ones"
        )
    if a.fresh != b.fresh:
        notes.append("only one of them was in the finals: the other has its search's rows only")
    if a.entry["rows"] != b.entry["rows"]:
        notes.append(f"they had different numbers of rows: {a.entry['rows']}, {b.entry['rows']}")
    notes.append("on dev, which the search saw: the winner's score is optimistic")
    return notes
