"""One candidate of a finished run, as a promotion sees it: what was logged, nothing computed anew.

The real rows themselves are not read: per real row, the class that it was called is enough.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from synthlab.comparisons import DIRECT as DIRECT_ARM
from synthlab.config.promotion import PromotionConfig
from synthlab.errors import ConfigError, NotFoundError
from synthlab.measures import Panel
from synthlab.outcomes import DIRECT
from synthlab.tracking import predictions
from synthlab.tracking.evidence import CONFIG, calls_at, parent_of, text_at
from synthlab.tracking.predictions import Predictions
from synthlab.tracking.read import (
    artifact_text,
    candidate_panel,
    fresh_panel,
    load_leaderboard,
    run_params,
)
from synthlab.tracking.registry import Version
from synthlab.tracking.store import Store


@dataclass(frozen=True)
class Standing:
    """A scored candidate.

    Attributes:
        board: the leaderboard of its run.
        entry: its own entry.
        params: of its run: the classifier that judged it (``model``), its ``seed``.
    """

    store: Store
    board: Mapping[str, Any]
    entry: Mapping[str, Any]
    params: Mapping[str, str]

    @property
    def name(self) -> str:
        """The candidate's."""
        return str(self.entry["name"])

    @property
    def run_id(self) -> str:
        """Of the candidate's own run."""
        return str(self.entry["run_id"])

    @property
    def parent(self) -> str:
        """Of the whole run."""
        return str(self.board["run_id"])

    @property
    def finals(self) -> Mapping[str, Any]:
        """What the finals found; empty where there were none."""
        return self.board.get("finals") or {}

    @property
    def finalist(self) -> Mapping[str, Any] | None:
        """Its entry in the finals."""
        found = self.finals.get("finalists", ())
        return next((item for item in found if item["name"] == self.name), None)

    @property
    def fresh_run(self) -> str:
        """The run of its fresh generations; empty without any."""
        found = self.finalist
        return "" if found is None or found["run_id"] in ("", self.run_id) else found["run_id"]

    @property
    def generations(self) -> int:
        """Fresh generations that its score is the mean of; 0: it is that of the search's rows."""
        found = self.finalist
        return int(found["dev"]["generations"]) if found and self.fresh_run else 0

    @property
    def f1(self) -> float:
        """On dev: the mean of fresh generations, where there are two or more."""
        found = self.finalist
        if found is not None and found["dev"]["generations"] > 1:
            return float(found["dev"]["value"])
        return float(self.entry["f1"])

    @property
    def is_direct(self) -> bool:
        """Whether it is the direct prompt that a search starts from."""
        return self.entry["generator"] in DIRECT and not self.entry.get("parent")

    @property
    def usd_per_1000(self) -> float | None:
        """US dollars of 1,000 kept rows, what was dropped included; None for an unknown price."""
        found = self.finalist
        if found is not None and found["usd_per_1000"] is not None:
            return float(found["usd_per_1000"])
        cost = self.entry["cost_usd"]
        return None if cost is None else 1000 * float(cost) / max(1, self.entry["rows"])

    def digest(self, split: str) -> str:
        """Of the real rows of ``dev`` or ``test``."""
        return str(self.board["digests"].get(split, ""))

    def dev(self, fresh: bool) -> Predictions | None:
        """What each dev row was called: by fresh generations, or by the search's own rows."""
        return calls_at(self.store, self.fresh_run if fresh else self.run_id, predictions.DEV)

    def test(self, arm: str = "") -> Predictions | None:
        """What the finals called each test row, of the run's winner only; nothing is opened.

        Args:
            arm: whose calls; the winner's own when left out.
        """
        found = self.finals.get("finalists", ())
        if not found or found[0]["name"] != self.name:
            return None
        own = arm or self.finals["arms"][0]["name"]
        return calls_at(self.store, self.parent, predictions.of_test(own))

    def direct_on_test(self) -> Predictions | None:
        """The same of the direct prompt that it was compared with."""
        return self.test(DIRECT_ARM)

    def test_rows(self) -> int:
        """Synthetic rows that the test figures were trained on, which may have been cut."""
        arms = self.finals.get("arms", ())
        return int(arms[0]["rows"]) if arms else 0

    def of(self, name: str) -> Standing:
        """Another candidate of the same run."""
        return _standing(self.store, self.board, name)

    def panel(self) -> Panel:
        """The quality panel of its fresh rows, else of those that the search saw; or empty."""
        fresh = fresh_panel(self.store, self.board, self.name)
        return fresh if fresh.measures else candidate_panel(self.store, self.run_id)

    def program(self) -> dict[str, Any]:
        """The generator, as JSON."""
        found: dict[str, Any] = json.loads(artifact_text(self.store, self.run_id, "program.json"))
        return found

    def gates(self) -> PromotionConfig:
        """The gates of its run's config; the defaults for a run from before there were any.

        Raises:
            ConfigError: the logged config has gates that this version does not know.
        """
        text = text_at(self.store, self.parent, CONFIG)
        found = (yaml.safe_load(text or "") or {}).get("promotion") or {}
        try:
            return PromotionConfig(**found)
        except (TypeError, ValidationError) as exc:
            first = str(exc).splitlines()
            raise ConfigError(
                f"the gates of run {self.parent[:8]} cannot be read: {' '.join(first[1:3])}",
                "promote it with the version of synthlab that ran it, or run it again",
            ) from exc


def candidate_of(store: Store, run_id: str, candidate: str, name: str) -> Standing:
    """A candidate that may be promoted.

    Args:
        store: where it is.
        run_id: a whole run.
        candidate: of that run; its winner when empty.
        name: the experiment that the run must belong to.

    Raises:
        NotFoundError: no such run or candidate, or the run is not finished.
    """
    board = load_leaderboard(store, run_id)
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
    return _standing(store, board, candidate or board["winner"] or board["candidates"][0]["name"])


def standing_of(store: Store, version: Version) -> Standing | None:
    """The candidate that a version was promoted from; None where its run is gone."""
    parent = parent_of(store, version.run_id)
    if not parent:
        return None
    try:
        return _standing(store, load_leaderboard(store, parent), version.tags.get("candidate", ""))
    except NotFoundError:
        return None


def _standing(store: Store, board: Mapping[str, Any], candidate: str) -> Standing:
    for entry in board["candidates"]:
        if entry["name"] == candidate:
            return Standing(store, board, entry, run_params(store, entry["run_id"]))
    names = ", ".join(f"'{entry['name']}'" for entry in board["candidates"])
    raise NotFoundError(f"the run has no candidate '{candidate}'", f"it has: {names}")
