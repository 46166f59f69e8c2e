"""One budget's sums inside a transaction: read once, changed in place, written at its end.

What a call holds is freed once, however many threads of the transaction say so: the call's row was
read at the start, and does not tell what they did since.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, update

from synthlab.errors import BudgetError
from synthlab.lm.journal import statements as sql
from synthlab.lm.journal.caps import Caps, Money
from synthlab.lm.journal.entries import Asked
from synthlab.lm.journal.tables import BUDGETS

Lost = tuple[int, float]
"""Tokens and USD of an attempt that may be on the bill."""


class Purse:
    """The budget of a process.

    Attributes:
        held: whether something was reserved in this transaction.
    """

    def __init__(self, connection: Connection, budget: str, caps: Caps) -> None:
        self.connection, self.budget, self.caps = connection, budget, caps
        self.held = False
        self._money: Money | None = None
        self._freed: set[str] = set()

    @property
    def money(self) -> Money:
        """The sums, to be changed in place."""
        if self._money is None:
            row = sql.MONEY.one(self.connection, self.budget)
            self._money = Money() if row is None else Money(*row)
            if row is None:
                sql.OPEN.run(self.connection, [self._sums(self._money)])
        return self._money

    def hold(self, asked: Asked) -> BudgetError | None:
        """Reserve one attempt; why not, if it could pass a cap."""
        refusal = self.money.refusal(self.caps, asked.tokens, asked.usd)
        if refusal is None:
            self.money.hold(asked.tokens, asked.usd)
            self.held = True
        return refusal

    def waits(self, asked: Asked) -> bool:
        """Whether a refused attempt may fit once requests under way have settled."""
        return self.money.waits(self.caps, asked.tokens, asked.usd)

    def holds(self, row: Any) -> Lost:
        """What is still reserved for a call, by its row as it was read."""
        if row is None or row.key in self._freed:
            return 0, 0.0
        return row.held_tokens, row.held_usd

    def read_again(self, rows: Iterable[Any]) -> None:
        """These rows were read just now, after everything so far was written."""
        self._freed.difference_update(row.key for row in rows)

    def charge(self, row: Any, tokens: int, usd: float, calls: int = 0) -> None:
        """Free what a call holds of its own budget, and count so much as spent there."""
        if row is None or row.key in self._freed:
            self.money.spend(tokens, usd)
            return
        self._freed.add(row.key)
        if row.budget == self.budget:
            self.money.calls += calls
            self.money.free(row.held_tokens, row.held_usd)
            self.money.spend(tokens, usd)
        else:
            self._charge_other(row, tokens, usd, calls)

    def save(self) -> None:
        """Write the sums, if they were looked at."""
        if self._money is not None:
            sql.COUNT.run(self.connection, [self._sums(self._money)])

    def _sums(self, money: Money) -> dict[str, Any]:
        return {"k": self.budget, **{f"v_{name}": getattr(money, name) for name in sql.SUMS}}

    def _charge_other(self, row: Any, tokens: int, usd: float, calls: int) -> None:
        c = BUDGETS.c
        change = update(BUDGETS).where(c.id == row.budget)
        self.connection.execute(
            change.values(
                calls=c.calls + calls,
                tokens=c.tokens + tokens,
                usd=c.usd + usd,
                held_tokens=c.held_tokens - row.held_tokens,
                held_usd=c.held_usd - row.held_usd,
            )
        )
