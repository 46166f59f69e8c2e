"""What came of a batch: answers are kept, failures noted, and what was not done is set aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from synthlab.errors import EngineError, RetryableError, UnansweredError
from synthlab.lm.batch.desk import Desk
from synthlab.lm.batch.service import Gone, Service, State, key_of
from synthlab.lm.batch.watch import Watch
from synthlab.lm.journal.entries import Failed, Held, Kept

if TYPE_CHECKING:
    from dspy.lm15 import Response

    Outcome: TypeAlias = Response | EngineError


class Inbox:
    """Takes in batches that have ended, each call once, whichever process sent it.

    Args:
        desk: of the session.
        service: the provider's batch API.
        watch: told of answers that are gone. Calls of other processes are then asked again.
        kept: an answer, with its cost.

    Attributes:
        missed: keys of calls that their batch did not do.
    """

    def __init__(
        self,
        desk: Desk,
        service: Service,
        watch: Watch,
        kept: Callable[[Response, Held], Kept],
    ) -> None:
        self.missed: list[str] = []
        self._desk, self._service, self._watch, self._kept = desk, service, watch, kept
        self._turned_away: list[State] = []
        self._landed = False

    def take(self, batch: str, state: State) -> None:
        """Keep what a batch that has ended came to.

        Raises:
            RetryableError: its answers could not be read to their end.
        """
        held = self._desk.batches.held(batch)
        if state.refused is not None:
            self._desk.batches.unsent(held, state.refused.what)
            self._turned_away.append(state)
        elif held:
            self._land(batch, held, self._outcomes(batch, held))
        self._desk.ended(batch)

    def check(self) -> None:
        """Once all batches have ended: may those that were turned away be submitted again?

        Raises:
            EngineError: what one of them was refused for. One that was too much beside others
                that have ended by now is no reason.
        """
        turned_away, self._turned_away = self._turned_away, []
        landed, self._landed = self._landed, False
        for state in turned_away:
            if state.refused is not None and not (state.full and landed):
                raise state.refused

    def _outcomes(self, batch: str, held: Mapping[str, Held]) -> dict[str, Outcome]:
        """What came of each call that the journal still waits for."""
        try:
            each = ((key_of(name), outcome) for name, outcome in self._service.results(batch))
            found = {key: outcome for key, outcome in each if key in held}
        except Gone as exc:
            self._watch.tell(batch, exc.what)
            return dict.fromkeys(held, exc)
        for key in held.keys() - found.keys():
            found[key] = RetryableError(f"batch {batch} ended without an answer to this call")
        return found

    def _land(self, batch: str, held: Mapping[str, Held], found: Mapping[str, Outcome]) -> None:
        self._desk.batches.land(
            batch, {key: self._entry(outcome, held[key]) for key, outcome in found.items()}
        )
        works = any(not isinstance(outcome, EngineError) for outcome in found.values())
        for key, outcome in found.items():
            if works and type(outcome) is EngineError:
                outcome = UnansweredError(outcome.what, outcome.fix)
            if isinstance(outcome, RetryableError):
                self.missed.append(key)
            elif not isinstance(outcome, EngineError):
                self._landed = True
                self._desk.answered(key, held[key].own)
            elif held[key].own or not isinstance(outcome, Gone):
                self._desk.refuse(key, outcome)

    def _entry(self, outcome: Outcome, held: Held) -> Kept | Failed:
        if not isinstance(outcome, EngineError):
            return self._kept(outcome, held)
        paid = isinstance(outcome, Gone) or getattr(outcome, "maybe_paid", False)
        return Failed(outcome.what, paid)
