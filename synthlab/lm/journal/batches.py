"""What the journal knows of batches: calls that a provider works on, maybe for a day.

A batch carries a mark before it is submitted and the provider's id after, so that a process that
dies in between leaves what is needed to find it. Any process may fetch the answers: each is counted
once, whoever comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.entries import Failed, Held, Kept
from synthlab.lm.journal.transaction import Transaction

# Calls that one transaction settles: it holds up every other process.
PAGE = 1000


class Batches:
    """The batches of a journal. Every method raises StorageError where it cannot be written."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def submit(self, keys: Sequence[str], batch: str) -> None:
        """Note that queued calls go into a batch; their money stays held."""
        self._journal.transact(lambda tx: tx.batched(keys, batch))

    def rename(self, mark: str, batch: str) -> None:
        """Put the provider's id in the place of the mark."""
        self._journal.transact(lambda tx: tx.batched([row.key for row in tx.in_batch(mark)], batch))

    def held(self, batch: str) -> dict[str, Held]:
        """The calls of a batch that were not fetched yet."""

        def read(tx: Transaction) -> dict[str, Held]:
            rows, me = tx.in_batch(batch), tx.owner.id
            others = {row.owner for row in rows} - {me}
            alive = others - set(tx.owner.dead(tx.connection, others))
            return {
                r.key: Held(r.held_tokens, r.held_usd, r.owner == me, r.owner in alive)
                for r in rows
            }

        found: dict[str, Held] = self._journal.transact(read)
        return found

    def orphans(self, backend: str) -> list[str]:
        """Batches of a backend that hold money of this budget, and that no process waits for."""
        found: list[str] = self._journal.transact(lambda tx: tx.orphans(backend))
        return found

    def land(self, batch: str, answers: Mapping[str, Kept | Failed]) -> None:
        """Keep answers and failures of a batch; what another process has kept stays as it is."""
        keys = list(answers)
        for start in range(0, len(keys), PAGE):
            page = {key: answers[key] for key in keys[start : start + PAGE]}
            self._journal.transact(partial(_land, batch=batch, answers=page), *page)

    def unsent(self, keys: Iterable[str], error: str) -> None:
        """Free queued calls, or those of a batch that never came to be."""

        def free(tx: Transaction) -> None:
            open_ones = (row for row in tx.found.values() if row.key in chosen)
            tx.unsent([row for row in open_ones if row.state in ("queued", "batched")], error)

        chosen = set(keys)
        self._journal.transact(free, *chosen)


def _land(tx: Transaction, batch: str, answers: Mapping[str, Kept | Failed]) -> None:
    for key, answer in answers.items():
        row = tx.landed(key, batch)
        if row is None:
            continue
        if isinstance(answer, Kept):
            tx.settle(key, answer, row.held_usd)
        else:
            tx.failed(key, answer.error, answer.maybe_paid)
