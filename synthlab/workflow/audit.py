"""A run that declares sensitive attributes -> what an auditor asks of it, as plain data and a page.

It reads what the run logged: the panels of its candidates, what was dropped, and the calls of dev
and test rows beside their groups. No LM, no classifier, and no text of a real row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthlab.comparisons import BOTH, DIRECT, REAL, SYNTHETIC
from synthlab.curation.group import OTHER, UNKNOWN
from synthlab.errors import NotFoundError
from synthlab.outcomes import DIRECT as DIRECT_CLASS
from synthlab.quality.parity import Called, summary
from synthlab.report.page.audit import audit_page
from synthlab.tracking import predictions
from synthlab.tracking.folder import Folder, children, logged
from synthlab.tracking.predictions import Predictions
from synthlab.tracking.store import Store
from synthlab.workflow.groups import FILE
from synthlab.workflow.looking import board
from synthlab.workflow.reporting import write_page

PARTS = ("copying", "privacy", "pii", "presidio")
"""Parts of the panel about what rows give away."""

LIMITS = (
    "A group is what declared words say, or a column holds. Names, roles and context that tell a "
    "reader more are missed, and somebody who is only mentioned counts as much as who it is about.",
    "Figures of few rows move by chance: groups and cells with fewer than 20 real rows get none, "
    "and the intervals of small ones are wide. An interval that holds 0 or another model's figure "
    "settles nothing.",
    "Equal numbers are not equal portraits: what the texts say about a group (roles, success, "
    "age) is not measured here, and language models write stereotypes. Read rows of each cell.",
    "The swap test changes the declared words only. A name or an occupation stays, so that a model "
    "may still tell the group.",
    "Parity differences of a perfect model are those of the real labels, not 0. Which difference "
    "is just is a question of use and of law, not of this page.",
)


def audit(store: Store, ref: str) -> dict[str, Any]:
    """What was declared, asked for and delivered, and what the trained models do with groups.

    Args:
        store: where the run is.
        ref: a run's id, the first characters of it, or an experiment's name.

    Returns:
        ``{"name", "run_id", "started", "winner", "labels", "declared", "real", "told",
        "candidates", "test", "privacy", "limits"}``: ``real`` are rows by split, attribute, class
        and group; ``told`` is how often a text alone tells what a dev row's column has;
        each candidate has its measures of the part ``fairness`` by name, and ``dropped`` by reason;
        ``test`` has for each attribute and arm of the finals what ``parity.summary`` gives.

    Raises:
        NotFoundError: no such run, or one that declares nothing.
        StorageError: the store cannot be read.
    """
    found = board(store, ref, panels=None)
    run = logged(store, found["run_id"])
    folder = Folder(store, run)
    known = folder.json(FILE)
    if known is None:
        raise NotFoundError(
            f"the run {found['run_id'][:8]} declares no sensitive attribute",
            "declare one in task.sensitive and run again: what the journal has costs nothing",
        )
    winner = found["winner"] or next((item["name"] for item in found["candidates"]), "")
    runs = {child.run_id: child for child in children(store, run.run_id)}
    candidates = [
        _candidate(entry, winner, Folder(store, runs[entry["run_id"]]))
        for entry in found["candidates"]
        if entry["run_id"] in runs
    ]
    return {
        "name": found["name"],
        "run_id": found["run_id"],
        "started": run.started,
        "winner": winner,
        "labels": known["labels"],
        "declared": known["declared"],
        "real": known["cells"],
        "told": known.get("told", {}),
        "candidates": candidates,
        "test": _test(folder, known),
        "privacy": [
            item
            for entry in found["candidates"]
            if entry["name"] == winner
            for item in entry["panel"]["measures"]
            if item["part"] in PARTS
        ],
        "limits": list(LIMITS),
    }


def write_audit(store: Store, ref: str, out: Path) -> str:
    """Write the audit page of a run into a file; returns what was written, in a line.

    Raises:
        NotFoundError: as ``audit``.
        StorageError: the store cannot be read, or the file cannot be written.
    """
    found = audit(store, ref)
    size = write_page(audit_page(found), out)
    return f"{out}: {found['name']} ({found['run_id'][:8]}), {size / 1000:,.0f} kB"


def _candidate(entry: Mapping[str, Any], winner: str, folder: Folder) -> dict[str, Any]:
    measures = {item["name"]: item for item in entry["panel"]["measures"]}
    fair = {name: item for name, item in measures.items() if item["part"] == "fairness"}
    reasons = Counter(
        row["reason"] for row in folder.rows("rows/dropped.parquet", ["reason"]) or ()
    )
    quota = fair.get("quota_gap", {}).get("details", {}).get("attributes", {})
    return {
        "name": entry["name"],
        "winner": entry["name"] == winner,
        "direct": entry["generator"] in DIRECT_CLASS,
        "asked": any(one["asked"] for one in quota.values()),
        "rows": entry["rows"],
        "f1": entry["f1"],
        "measures": fair,
        "dropped": dict(reasons.most_common()),
        "other_group": reasons[OTHER],
        "no_group": reasons[UNKNOWN],
    }


def _test(folder: Folder, known: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of each attribute, what the finals' classifiers do with the sealed rows of its groups."""
    groups = known["rows"].get("test", {})
    calls = {
        arm: read
        for arm in (REAL, DIRECT, SYNTHETIC, BOTH)
        if (read := folder.calls(predictions.of_test(arm))) is not None
    }
    found: dict[str, dict[str, Any]] = {}
    for item in known["declared"]:
        names = [group["name"] for group in item["groups"]]
        own = groups.get(item["name"], [])
        arms = {arm: _judged(read, own, names) for arm, read in calls.items()}
        found[item["name"]] = {arm: one for arm, one in arms.items() if one is not None}
    return found


def _judged(
    read: Predictions, groups: Sequence[str], names: Sequence[str]
) -> dict[str, Any] | None:
    if len(groups) != len(read.true):
        return None
    true = [read.labels[at] for at in read.true]
    several = [
        Called.of(
            read.labels, true, [read.labels[at] if at >= 0 else "" for at in line], groups, names
        )
        for line in read.called
    ]
    large = [one for one in several if one is not None]
    return summary(large) if large else None
