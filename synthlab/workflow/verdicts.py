"""What a promotion came to: the record, its tags, and its report as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from synthlab.tracking.registry import CHALLENGER, CHAMPION, Version
from synthlab.tracking.turns import who
from synthlab.workflow.gates import Gate, refusing
from synthlab.workflow.standing import Standing

Outcome = Literal["promoted", "forced", "challenger", "refused", "unchanged"]
SEARCH, FRESH = "one generation", "mean of fresh generations"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a promotion came to.

    Attributes:
        ref: ``NAME@champion``, or ``NAME@challenger`` where it became that.
        outcome: ``forced`` is promoted against a gate; ``refused`` and ``unchanged`` moved nothing.
        version: the number of the version that ``ref`` points at now; empty where there is none.
        candidate: of the run ``parent``; its own run is ``run_id``.
        f1: what its search saw, macro-F1 on dev.
        against: the number of the version that was champion; empty for none.
        gates: all of them, the ones without a limit too.
        reason: what decided, in sentences.
        notes: what a reader must know beside it.
        forced: the reason that was given for going against the gates.
        by: who promoted.
        at: when, ISO 8601 in UTC.
    """

    ref: str
    outcome: Outcome
    version: str
    candidate: str
    run_id: str
    parent: str
    f1: float
    against: str
    gates: tuple[Gate, ...]
    reason: str
    notes: tuple[str, ...] = ()
    forced: str = ""
    by: str = field(default_factory=who)
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def changed(self) -> bool:
        """Whether an alias moved."""
        return self.outcome in ("promoted", "forced", "challenger")

    @property
    def headline(self) -> str:
        """What happened, in half a sentence."""
        number = f" (version {self.version})" if self.version else ""
        champion = f"{self.ref.partition('@')[0]}@{CHAMPION}"
        stays = f"{champion} stays at version {self.against}" if self.against else ""
        return {
            "promoted": f"promoted {self.candidate} to {self.ref}{number}",
            "forced": f"promoted {self.candidate} to {self.ref}{number} by force",
            "challenger": f"{self.candidate} is {self.ref}{number}; "
            + (stays or f"there is no {champion}"),
            "refused": f"{self.candidate} is not promoted" + (f"; {stays}" if stays else ""),
            "unchanged": f"{self.ref} is already this generator{number}",
        }[self.outcome]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json`` and ``promotion.json``."""
        return {**asdict(self), "changed": self.changed, "headline": self.headline}

    @property
    def tags(self) -> dict[str, str]:
        """For the version: a pill for each gate that was asked, and for what came of it."""
        asked = [gate for gate in self.gates if gate.outcome != "no limit"]
        found = {"verdict": VERDICTS[self.outcome]}
        found |= {
            f"gate.{gate.key}": f"{gate.outcome}: {gate.figure}, limit {gate.limit}"
            for gate in asked
        }
        found |= {"promoted_by": self.by, "promoted_at": self.at}
        if self.against:
            found["against"] = f"version {self.against}"
        if self.forced:
            found["forced_because"] = self.forced[:500]
        return found


VERDICTS = {"promoted": "passed", "forced": "forced", "challenger": "refused"}
"""Short: MLflow's list of versions shows some fifteen characters of a tag."""


def standing_tags(mine: Standing) -> dict[str, str]:
    """Which candidate a version is, and the scores that it stands on."""
    many = mine.f1 != mine.entry["f1"] or mine.generations > 1
    return {
        "f1": f"{mine.f1:.4f}",
        "search_f1": f"{mine.entry['f1']:.4f}",
        "basis": FRESH if many else SEARCH,
        "rows": str(mine.entry["rows"]),
        "candidate": mine.name,
        "dev_digest": mine.digest("dev"),
        "test_digest": mine.digest("test"),
        "model": mine.params.get("model", ""),
    }


def reason_of(gates: Sequence[Gate], forced: str) -> str:
    """The sentences of the gates that decided."""
    against = refusing(gates)
    if not against:
        return " ".join(gate.said for gate in gates[:1])
    said = " ".join(gate.said for gate in against)
    return f"{said} The reason given: {forced.rstrip('.')}." if forced else said


def alias_of(outcome: Outcome) -> str:
    """The alias that an outcome moves, or would have moved."""
    return CHALLENGER if outcome == "challenger" else CHAMPION


def number(version: Version | None) -> str:
    """Of a version; empty for none."""
    return version.version if version else ""
