"""The gates, then the alias: which run's generator a team calls as ``NAME@champion``.

It reads what runs logged, asks the gates of the run's config (``gates.py``), and writes down what
they said, whatever that is: in the tags and the description of the version, and with the
candidate's run. Nothing is trained or generated, unless the two are to be scored again
(``rescore.py``). The test rows are never opened here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthlab.config.promotion import PromotionConfig
from synthlab.errors import ConfigError, GateError, StorageError
from synthlab.outcomes import Score
from synthlab.report.promotion import markdown
from synthlab.report.verdict import beaten_without_lm, of_classes
from synthlab.tracking.evidence import log_promotion
from synthlab.tracking.read import find_run, load_leaderboard
from synthlab.tracking.registry import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    Version,
    champion,
    drop_alias,
    load_program,
    register,
    set_alias,
)
from synthlab.tracking.store import Store
from synthlab.tracking.turns import Turn, turn
from synthlab.workflow.duel import TEST, Unlike, bout
from synthlab.workflow.gates import (
    Gate,
    champion_gate,
    first_gate,
    on_merit,
    own_gates,
    refusing,
    same_gate,
)
from synthlab.workflow.rescore import rescored
from synthlab.workflow.standing import Standing, candidate_of, standing_of
from synthlab.workflow.verdicts import (
    Outcome,
    Verdict,
    alias_of,
    number,
    reason_of,
    standing_tags,
)

LOADER = "synthlab.workflow.bulk:rows_for"
TRIES = 5
"""How often the gates are asked again because another process moved the champion meanwhile."""


def promote(
    store: Store,
    name: str,
    run_id: str = "",
    candidate: str = "",
    margin: float | None = None,
    *,
    force: str = "",
    challenger: bool = False,
    rescore: bool = False,
) -> Verdict:
    """Let ``NAME@champion`` point at a run's winner, if the gates let it pass.

    The champion that it replaces becomes ``NAME@previous``.

    Args:
        store: where runs and models are.
        name: the experiment, and the promoted generator; or the id of a run of it.
        run_id: a run of it; when empty, the latest one with a candidate that was scored.
        candidate: a candidate of that run; the winner when empty.
        margin: in place of the config's ``promotion.margin``.
        force: a reason to promote against gates that refuse; it is written down.
        challenger: what is refused only because the champion is as good becomes
            ``NAME@challenger``.
        rescore: where the two were not scored alike, score the champion's logged rows as the run
            scored its own; no LM is called.

    Raises:
        GateError: a gate refused; the message holds the figures, ``verdict`` all of them.
        NotFoundError: no such run or candidate, or the run is not finished.
        ConfigError: a reason that is blank.
        StorageError: the store cannot be read or written.
    """
    if force and not force.strip():
        raise ConfigError("--force needs a reason", "say in a sentence why the gates do not count")
    found, skipped = find_run(store, run_id or name)
    if not run_id and found.startswith(name):
        name = str(load_leaderboard(store, found)["name"])
    mine = candidate_of(store, found, candidate, name)
    case = Case(mine, _asked(mine, margin), force.strip(), challenger, rescore, skipped)
    for _ in range(TRIES):
        current = champion(store, name)
        if current is not None and _same(store, current, case):
            return case.verdict("unchanged", current, (), "Nothing was moved.")
        judged = case.judge(current)
        waiting = champion(store, name, CHALLENGER) if judged.outcome == "challenger" else None
        if waiting is not None and _same(store, waiting, case):
            return judged.told(case, waiting)
        if judged.outcome == "refused":
            raise _refused(case, judged)
        with turn(store, name) as held:
            if number(champion(store, name)) == number(current):
                return _settle(held, case, judged)
    raise StorageError(
        f"'{name}@{CHAMPION}' was moved {TRIES} times while the gates were asked",
        "try again when nobody else promotes it",
    )


@dataclass(frozen=True)
class Case:
    """What was asked, and of which candidate."""

    mine: Standing
    asked: PromotionConfig
    force: str
    challenger: bool
    rescore: bool
    skipped: str

    @property
    def name(self) -> str:
        """Of the registered model."""
        return str(self.mine.board["name"])

    def judge(self, current: Version | None) -> Judged:
        """Ask all gates; nothing is written."""
        first, notes, again = self._beside(current)
        gates = (first, *own_gates(self.mine, self.asked))
        if not refusing(gates):
            outcome: Outcome = "promoted"
        elif self.force:
            outcome = "forced"
        else:
            outcome = "challenger" if self.challenger and on_merit(gates) else "refused"
        reason = reason_of(gates, self.force if outcome == "forced" else "")
        told = (*notes, *self._notes(gates), *([self.skipped] if self.skipped else []))
        return Judged(outcome, current, gates, reason, told, again)

    def _beside(
        self, current: Version | None
    ) -> tuple[Gate, tuple[str, ...], Mapping[str, Sequence[Score]]]:
        if current is None:
            return first_gate(), (), {}
        if current.tags.get("digest") == self.mine.program()["digest"]:
            return same_gate(current.version), (), {}
        other = standing_of(self.mine.store, current)
        if other is None:
            gone = Unlike(f"the run of version {current.version} is not here any more", FORCE)
            return self._gate(gone, current), (), {}
        found = bout(self.mine, other)
        if not isinstance(found, Unlike) or not self.rescore:
            return self._gate(found, current), (), {}
        again = rescored(self.mine, other)
        return self._gate(again.bout, current), again.notes, again.scores

    def _gate(self, found: Any, current: Version) -> Gate:
        names = (self.mine.name, f"version {current.version}")
        return champion_gate(found, names, self.asked.margin)

    def _notes(self, gates: Sequence[Gate]) -> list[str]:
        notes = []
        if not self.mine.generations:
            notes.append(
                "Its score is of the rows that it was picked by (finals.replicates is 0): the best "
                "of several was lucky too, so expect less of new rows."
            )
        own = self.mine.gates().margin
        if self.asked.margin != own:
            notes.append(f"The margin was set by hand; the config's is {own:g}.")
        if self.mine.finals:
            notes += beaten_without_lm(self.mine.finals)
        notes += of_classes(self.mine.entry.get("asked") or {})
        reads = self.mine.finals.get("reads", 0)
        if reads > 1 and any(TEST in gate.said for gate in gates):
            notes.append(
                f"The test rows had been opened {reads} times by then: the more often, the more "
                "easily a lucky one passes."
            )
        return notes

    def verdict(
        self,
        outcome: Outcome,
        version: Version | None,
        gates: tuple[Gate, ...],
        reason: str,
        notes: tuple[str, ...] = (),
        against: str = "",
    ) -> Verdict:
        """The record of what it came to."""
        return Verdict(
            ref=f"{self.name}@{alias_of(outcome)}",
            outcome=outcome,
            version=number(version),
            candidate=self.mine.name,
            run_id=self.mine.run_id,
            parent=self.mine.parent,
            f1=float(self.mine.entry["f1"]),
            against=against,
            gates=gates,
            reason=reason,
            notes=notes,
            forced=self.force if outcome == "forced" else "",
        )


@dataclass(frozen=True)
class Judged:
    """What the gates said, beside the champion of that moment.

    Attributes:
        scores: what was scored again for it, by whose rows.
    """

    outcome: Outcome
    current: Version | None
    gates: tuple[Gate, ...]
    reason: str
    notes: tuple[str, ...]
    scores: Mapping[str, Sequence[Score]]

    def told(self, case: Case, version: Version | None) -> Verdict:
        """As the record."""
        against = number(self.current)
        return case.verdict(self.outcome, version, self.gates, self.reason, self.notes, against)


FORCE = "promote by --force REASON, or under another name"


def _asked(mine: Standing, margin: float | None) -> PromotionConfig:
    found = mine.gates()
    return found if margin is None else found.model_copy(update={"margin": margin})


def _same(store: Store, current: Version, case: Case) -> bool:
    """Whether the champion is this very generator, with the same score on the same rows."""
    tags, mine = current.tags, standing_tags(case.mine)
    if any(tags.get(key) != mine[key] for key in ("dev_digest", "f1")):
        return False
    program = case.mine.program()
    if tags.get("digest") != program["digest"]:
        return False
    return load_program(store, case.name, current.version)[1] == program


def _settle(held: Turn, case: Case, judged: Judged) -> Verdict:
    """Register the version and move the aliases; the report is there before they move."""
    store, name, mine = case.mine.store, case.name, case.mine
    program = mine.program()
    before = judged.told(case, None)
    tags = {**before.tags, **standing_tags(mine), "digest": program["digest"]}
    words = markdown(before.as_dict())
    version = register(store, name, program, LOADER, mine.run_id, tags, words)
    verdict = judged.told(case, version)
    log_promotion(store, mine.run_id, verdict.as_dict(), words, judged.scores)
    held.check()
    if judged.outcome == "challenger":
        set_alias(store, name, CHALLENGER, version.version)
        return verdict
    if judged.current is not None:
        set_alias(store, name, PREVIOUS, judged.current.version)
    set_alias(store, name, CHAMPION, version.version)
    waiting = champion(store, name, CHALLENGER)
    if waiting is not None and waiting.tags.get("digest") == program["digest"]:
        drop_alias(store, name, CHALLENGER)
    return verdict


def _refused(case: Case, judged: Judged) -> GateError:
    verdict = judged.told(case, judged.current)
    found = verdict.as_dict()
    log_promotion(case.mine.store, case.mine.run_id, found, markdown(found), judged.scores)
    fixes = dict.fromkeys(gate.fix for gate in refusing(judged.gates) if gate.fix)
    return GateError(f"{verdict.headline}. {judged.reason}", "; ".join(fixes), verdict)
