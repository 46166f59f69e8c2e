"""What one transaction does to the journal: looks up, grants, counts, and writes in few statements.

It lives inside the database's write lock: what it has read stays true until it ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from synthlab.errors import BudgetError
from synthlab.lm.journal import statements as sql
from synthlab.lm.journal.caps import Caps
from synthlab.lm.journal.entries import Asked, Batched, Busy, Kept
from synthlab.lm.journal.owners import Owner
from synthlab.lm.journal.purse import Lost, Purse
from synthlab.lm.journal.tables import CALLS
from synthlab.records import Usage

Refusal = Busy | BudgetError
WAITING = ("reserved", "queued")
LOST = "the process ended before the answer came"
UNSENT = "the process ended before its batch was submitted"


class Transaction:
    """Reads and writes of one group of threads.

    Args:
        connection: inside the write lock.
        keys: of the calls that will be touched.

    Attributes:
        late: why nothing may be sent any more; what is kept is still replayed.
    """

    def __init__(
        self,
        connection: Connection,
        owner: Owner,
        budget: str,
        run: str,
        caps: Caps,
        keys: Sequence[str] = (),
    ) -> None:
        self.connection, self.owner = connection, owner
        self.late: BudgetError | None = None
        self.budget, self.run = budget, run
        self.now = time.time()
        self.found = {
            key: row for key in keys if (row := sql.FIND.one(connection, key)) is not None
        }
        self.purse = Purse(connection, budget, caps)
        self._new: list[dict[str, Any]] = []
        self._updates: list[tuple[sql.Prepared, list[dict[str, Any]]]] = []

    def reserve(self, asked: Asked, state: str = "reserved") -> Kept | Batched | Refusal | None:
        """The answer if there is one; None once the money for one attempt is held.

        Args:
            asked: the call.
            state: ``reserved`` if it is sent now, ``queued`` if it waits for a batch.
        """
        row = self.found.get(asked.key)
        if row is not None and row.state == "done":
            return _replay(row)
        if row is not None and row.state in WAITING:
            if not self.owner.dead(self.connection, [row.owner]):
                return Busy()
            self._lose([row])
        if row is not None and row.state == "batched":
            return Batched(row.batch)
        refusal = self._granted(asked)
        if refusal is None:
            self._enter(asked, state) if row is None else self._take(asked, state)
        return refusal

    def again(self, asked: Asked) -> Refusal | None:
        """None once the money for another attempt is held."""
        refusal = self._granted(asked)
        if refusal is None:
            self._add(sql.AGAIN, asked.key, held_tokens=asked.tokens, held_usd=asked.usd)
        return refusal

    def drop(self, asked: Asked, maybe_paid: bool) -> None:
        """End an attempt that got no answer."""
        self._add(sql.DROP, asked.key, **self._unhold(asked.key, maybe_paid))

    def settle(self, key: str, kept: Kept, usd: float, found: Lost = (0, 0.0)) -> None:
        """Keep an answer, and count its true cost.

        Args:
            key: the call.
            kept: its answer.
            usd: stands in for a cost that is not known.
            found: tokens and USD that were counted as lost for this very attempt.
        """
        usage = kept.usage
        cost = usd if usage.cost_usd is None else usage.cost_usd
        self.purse.charge(self.found.get(key), usage.tokens, cost)
        took = {name: getattr(usage, name) for name in sql.USAGE}
        said = {
            "answer": _storable(kept.text),
            "finish_reason": kept.finish,
            "assumed": kept.assumed,
        }
        self._add(sql.SETTLE, key, **said, **took, **self._refund(found))

    def failed(self, key: str, error: str, maybe_paid: bool, found: Lost = (0, 0.0)) -> None:
        """Mark a call as failed; what is still held for it is freed, or counted as spent.

        Args:
            key: the call.
            error: why.
            maybe_paid: whether the attempt may be on the bill.
            found: tokens and USD that were counted as lost for this very attempt.
        """
        lost = self._unhold(key, maybe_paid)
        if not maybe_paid:
            lost = self._refund(found)
        self._add(sql.FAIL, key, error=_storable(error[:1000]), **lost)

    def batched(self, keys: Iterable[str], batch: str) -> None:
        """Mark queued calls as part of a batch; their money stays held."""
        for key in keys:
            self._add(sql.BATCH, key, batch=batch)

    def in_batch(self, batch: str) -> Sequence[Any]:
        """The rows of a batch whose answers were not fetched yet."""
        c = CALLS.c
        chosen = (c.batch == batch) & (c.state == "batched")
        read = select(c.key, c.owner, c.held_tokens, c.held_usd).where(chosen)
        return self.connection.execute(read).all()

    def orphans(self, backend: str) -> list[str]:
        """Batches that hold money of this budget, and whose process has ended."""
        alive = self.owner.known(self.connection)[1]
        c = CALLS.c
        mine = (c.budget == self.budget) & (c.backend == backend) & c.batch.is_not(None)
        chosen = mine & (c.state == "batched") & c.owner.not_in(alive)
        return list(self.connection.execute(select(c.batch).where(chosen).distinct()).scalars())

    def landed(self, key: str, batch: str) -> Any:
        """The row of a call that still waits for this batch; None when it was fetched already."""
        row = self.found.get(key)
        return row if row is not None and (row.state, row.batch) == ("batched", batch) else None

    def unsent(self, rows: Iterable[Any], error: str) -> None:
        """Mark calls as failed that were certainly never sent; nothing is counted for them."""
        for row in rows:
            self._add(sql.UNSENT, row.key, error=_storable(error[:1000]))
            self.purse.charge(row, 0, 0.0, calls=-1)

    def sweep(self, leaving: bool = False) -> dict[str, Lost]:
        """Count what dead processes had reserved as lost, and free it for another attempt.

        Args:
            leaving: this process ends too, whatever it still waits for.

        Returns:
            What was counted for each call of this process.
        """
        gone = self.owner.dead(self.connection) + ([self.owner.id] if leaving else [])
        if gone:
            self._write()  # what others did in this transaction must be seen
            chosen = CALLS.c.state.in_(WAITING) & CALLS.c.owner.in_(gone)
            rows = self.connection.execute(select(CALLS).where(chosen)).all()
            self.purse.read_again(rows)
            self._lose(rows)
            self.owner.forget(self.connection, gone)
            mine = [row for row in rows if row.owner == self.owner.id and row.state == "reserved"]
            return {row.key: (row.held_tokens, row.held_usd) for row in mine}
        return {}

    def flush(self) -> None:
        """Write everything that was gathered."""
        self._write()
        self.purse.save()

    def _write(self) -> None:
        if self._new:
            sql.ENTER.run(self.connection, self._new)
        for statement, rows in self._updates:
            statement.run(self.connection, rows)
        self._new, self._updates = [], []

    def _granted(self, asked: Asked) -> Refusal | None:
        if self.late is not None:
            return self.late
        refusal = self.purse.hold(asked)
        if refusal is not None and self.purse.waits(asked) and self._moves():
            return Busy()
        return refusal

    def _moves(self) -> bool:
        """Whether what is held will be settled by somebody, who may only have to end for it.

        Nobody waits for a batch whose process has ended, until a program asks for its calls.
        """
        known, alive = self.owner.known(self.connection)
        c = CALLS.c
        under_way = c.owner.in_(known) & c.state.in_(WAITING)
        watched = c.owner.in_(alive) & (c.state == "batched")
        asked = select(c.key).where((c.budget == self.budget) & (under_way | watched)).limit(1)
        return self.purse.held or self.connection.execute(asked).first() is not None

    def _refund(self, found: Lost) -> dict[str, Any]:
        """Take back what was counted as lost and was not; as columns."""
        self.purse.money.spend(-found[0], -found[1])
        return {"lost_tokens": -found[0], "lost_usd": -found[1]}

    def _unhold(self, key: str, maybe_paid: bool) -> dict[str, Any]:
        """Free what the call's row says is held; what was lost, as columns."""
        row: Any = self.found.get(key)
        tokens, usd = self.purse.holds(row) if maybe_paid else (0, 0.0)
        self.purse.charge(row, tokens, usd)
        return {"lost_tokens": tokens, "lost_usd": usd}

    def _enter(self, asked: Asked, state: str) -> None:
        said = {f"v_{name}": _storable(getattr(asked, name)) for name in sql.ASKED}
        held = {f"v_{name}": value for name, value in self._mine(asked, state).items()}
        times = {"v_created": self.now, "v_updated": self.now}
        self._new.append({"k": asked.key, **said, **held, **times})

    def _take(self, asked: Asked, state: str) -> None:
        self._add(sql.TAKE, asked.key, **self._mine(asked, state))

    def _mine(self, asked: Asked, state: str) -> dict[str, Any]:
        return {
            "state": state,
            "owner": self.owner.id,
            "budget": self.budget,
            "run": self.run,
            "held_tokens": asked.tokens,
            "held_usd": asked.usd,
        }

    def _add(self, statement: sql.Prepared, key: str, **values: Any) -> None:
        row = {"k": key, "v_updated": self.now, **{f"v_{n}": v for n, v in values.items()}}
        # In the order of their making: a call that is given up and taken again must end as taken.
        if not self._updates or self._updates[-1][0] is not statement:
            self._updates.append((statement, []))
        self._updates[-1][1].append(row)

    def _lose(self, rows: Sequence[Any]) -> None:
        """Requests of dead processes: the provider may have done the work, if they were sent."""
        self.unsent([row for row in rows if row.state == "queued"], UNSENT)
        for row in rows:
            if row.state == "reserved":
                tokens, usd = self.purse.holds(row)
                self._add(sql.FAIL, row.key, error=LOST, lost_tokens=tokens, lost_usd=usd)
                self.purse.charge(row, tokens, usd)


def _storable(text: str) -> str:
    """``text`` as every database takes it: without NUL, and without half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _replay(row: Any) -> Kept:
    usage = Usage(
        1,
        row.input_tokens or 0,
        row.output_tokens or 0,
        row.cost_usd,
        row.seconds or 0.0,
        row.cached_tokens or 0,
        row.cache_write_tokens or 0,
        row.reasoning_tokens or 0,
    )
    return Kept(
        row.answer or "", row.finish_reason or "stop", usage, row.attempts, bool(row.assumed), True
    )
