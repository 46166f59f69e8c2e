"""The gate, then the alias: which run's generator a team calls as ``NAME@champion``.

The gate is the simplest that is safe: the same dev rows, and a macro-F1 above the champion's by a
margin. It reads what runs logged; it trains and generates nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from synthlab.errors import GateError, NotFoundError
from synthlab.tracking.read import artifact_text, find_run, load_leaderboard, run_params
from synthlab.tracking.registry import (
    CHAMPION,
    Version,
    alias_lock,
    champion,
    register,
    set_alias,
)
from synthlab.tracking.store import Store

SEARCH, FRESH = "one generation", "mean of fresh generations"
LOADER = "synthlab.workflow.bulk:rows_for"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a promotion came to.

    Attributes:
        ref: ``NAME@champion``.
        changed: False when the champion already is this generator.
        reason: the gate's figures in words, and which newer runs were passed over.
    """

    ref: str
    version: str
    candidate: str
    f1: float
    changed: bool
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def promote(
    store: Store, name: str, run_id: str = "", candidate: str = "", margin: float = 0.0
) -> Verdict:
    """Let ``NAME@champion`` point at a run's winner, if the gate lets it pass.

    Args:
        store: where runs and models are.
        name: the experiment, and the promoted generator.
        run_id: a run of it; when empty, the latest one with a candidate that was scored.
        candidate: a candidate of that run; the winner when empty.
        margin: macro-F1 by which the champion must be beaten.

    Raises:
        GateError: the gate refused; the message holds the figures.
        NotFoundError: no such run or candidate, or the run is not finished.
    """
    found, skipped = find_run(store, run_id or name)
    board = load_leaderboard(store, found)
    if board["name"] != name:
        raise NotFoundError(
            f"run {run_id} belongs to '{board['name']}', not to '{name}'",
            f"see the runs with: synthlab list{store.flag}",
        )
    if board["status"] != "FINISHED" or not board["candidates"]:
        raise NotFoundError(
            f"run {board['run_id']} of '{name}' is {board['status'].lower()}",
            "finish a run first, or name a finished one with --run "
            f"(see: synthlab list{store.flag})",
        )
    entry = _entry(board, candidate)
    program = json.loads(artifact_text(store, entry["run_id"], "program.json"))
    fresh = _fresh(board, entry["name"])
    tags = {
        "f1": f"{entry['f1'] if fresh is None else fresh:.4f}",
        "search_f1": f"{entry['f1']:.4f}",
        "basis": SEARCH if fresh is None else FRESH,
        "rows": str(entry["rows"]),
        "candidate": entry["name"],
        "digest": program["digest"],
        "dev_digest": board["digests"]["dev"],
        "model": board_model(store, entry),
    }
    with alias_lock(store):
        verdict = _decide(store, name, entry, program, tags, margin)
    return replace(verdict, reason=f"{verdict.reason}; {skipped}") if skipped else verdict


def _decide(
    store: Store,
    name: str,
    entry: Mapping[str, Any],
    program: Mapping[str, Any],
    tags: dict[str, str],
    margin: float,
) -> Verdict:
    ref = f"{name}@{CHAMPION}"
    current = champion(store, name)
    if current is not None and _same(current, tags):
        said = f"{ref} is already this generator (version {current.version})"
        return Verdict(ref, current.version, entry["name"], entry["f1"], False, said)
    reason = _gate(ref, current, tags, margin)
    version = register(store, name, program, LOADER, entry["run_id"], {**tags, "gate": reason})
    set_alias(store, name, CHAMPION, version.version)
    return Verdict(ref, version.version, entry["name"], entry["f1"], True, reason)


def _same(current: Version, tags: Mapping[str, str]) -> bool:
    keys = ("digest", "dev_digest", "f1")
    return all(current.tags.get(key) == tags[key] for key in keys)


def _gate(ref: str, current: Version | None, tags: Mapping[str, str], margin: float) -> str:
    if current is None:
        return f"macro-F1 {tags['f1']} on dev ({tags['basis']}); there was no champion"
    if current.tags.get("dev_digest") != tags["dev_digest"]:
        raise GateError(
            f"{ref} (version {current.version}) was scored on other dev rows: "
            f"digest {current.tags.get('dev_digest')}, this run's {tags['dev_digest']}",
            "run the champion's generator again on this data, then compare; "
            "or promote under another name",
        )
    if current.tags.get("model") != tags["model"]:
        raise GateError(
            f"{ref} (version {current.version}) was scored with {current.tags.get('model')}, "
            f"this run with {tags['model']}: their scores cannot be compared",
            "run both with one classifier, or promote under another name",
        )
    # A mean of fresh generations and the lucky score of a search are two things.
    alike = current.tags.get("basis", SEARCH) == tags["basis"]
    key = "f1" if alike else "search_f1"
    before, now = float(current.tags.get(key, current.tags["f1"])), float(tags[key])
    made = f" ({tags['basis']})" if alike else f" ({SEARCH})"
    figures = f"macro-F1 {now:.3f} on dev{made}, the champion's {before:.3f}, margin {margin:.3f}"
    if now <= before + margin:
        raise GateError(
            f"not promoted: {figures}; {ref} stays at version {current.version}",
            "find a better generator, or promote another candidate with --candidate",
        )
    return figures


def _fresh(board: Mapping[str, Any], name: str) -> float | None:
    """The mean of a candidate's fresh generations on dev; None when it was not in the finals."""
    finalists = (board.get("finals") or {}).get("finalists", [])
    found = [item["dev"] for item in finalists if item["name"] == name]
    return found[0]["value"] if found and found[0]["generations"] > 1 else None


def board_model(store: Store, entry: Mapping[str, Any]) -> str:
    """The classifier that judged a candidate: its name and its parameters."""
    return run_params(store, entry["run_id"]).get("model", "")


def _entry(board: Mapping[str, Any], candidate: str) -> Mapping[str, Any]:
    entries: list[Mapping[str, Any]] = board["candidates"]
    if not candidate:
        candidate = board.get("winner") or entries[0]["name"]
    for entry in entries:
        if entry["name"] == candidate:
            return entry
    names = ", ".join(f"'{entry['name']}'" for entry in entries)
    raise NotFoundError(f"the run has no candidate '{candidate}'", f"it has: {names}")
