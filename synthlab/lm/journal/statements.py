"""The journal's SQL, turned into the driver's own text once, and given to the driver as it is.

Calls are many and their statements small: on SQLAlchemy's own way they would take four times as
long as in the database. ``k`` is the key of a call or the id of a budget; every other parameter has
its column's name with ``v_`` before it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Select,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.sql import ClauseElement

from synthlab.lm.journal.tables import BUDGETS, CALLS

USAGE = (
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cost_usd",
    "seconds",
)
KEPT = ("answer", "finish_reason", *USAGE, "assumed")
ASKED = ("model", "backend", "purpose", "prompt")
HELD = ("held_tokens", "held_usd")
SUMS = ("calls", "tokens", "usd", *HELD)


# The text, the parameters that never change, and what puts parameters into the driver's order.
Text = tuple[str, dict[str, Any], Callable[[Mapping[str, Any]], Any] | None]


class Prepared:
    """One statement; ``run`` takes a mapping of parameters for each time that it is carried out."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._texts: dict[str, Text] = {}
        columns = statement.selected_columns.keys() if isinstance(statement, Select) else []
        self._row: Any = namedtuple("Found", columns)  # type: ignore[misc]

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry it out for each of ``rows``; at least one.

        Raises:
            The driver's own errors: see ``tables.driver_errors``.
        """
        text, given = self._given(connection, rows)
        cursor = connection.connection.cursor()
        if len(given) == 1:
            cursor.execute(text, given[0])
        else:
            cursor.executemany(text, given)

    def one(self, connection: Connection, key: str) -> Any:
        """The row that it finds for ``k``, by column name; None if there is none."""
        text, given = self._given(connection, [{"k": key}])
        cursor = connection.connection.cursor()
        cursor.execute(text, given[0])
        found = cursor.fetchone()
        cursor.close()
        return None if found is None else self._row(*found)

    def _given(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]]
    ) -> tuple[str, list[Any]]:
        text, fixed, ordered = self._text(connection)
        given: list[Any] = [{**fixed, **row} for row in rows]
        return text, given if ordered is None else [ordered(row) for row in given]

    def _text(self, connection: Connection) -> Text:
        dialect = connection.dialect
        if dialect.name not in self._texts:
            assert isinstance(self.statement, ClauseElement)
            made: Any = self.statement.compile(dialect=dialect)
            ordered = _ordered(made.positiontup) if made.positional else None
            self._texts[dialect.name] = (str(made), dict(made.params), ordered)
        return self._texts[dialect.name]


def _ordered(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: (row[names[0]],)


def _change(*columns: str, **values: Any) -> Prepared:
    given: dict[str, Any] = {name: bindparam(f"v_{name}") for name in (*columns, "updated")}
    return Prepared(update(CALLS).where(CALLS.c.key == bindparam("k")).values(**given, **values))


def _more(name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = CALLS.c[name]
    return column + bindparam(f"v_{name}", type_=column.type)


LOSE: Mapping[str, Any] = {name: _more(name) for name in ("lost_tokens", "lost_usd")}
NOTHING_HELD: Mapping[str, Any] = {"held_tokens": 0, "held_usd": 0.0}
ONE_MORE: Mapping[str, Any] = {"attempts": CALLS.c.attempts + 1}

FIND = Prepared(
    select(
        *(CALLS.c[name] for name in ("key", "state", "owner", "budget", "batch", "attempts")),
        *(CALLS.c[name] for name in (*KEPT, *HELD)),
    ).where(CALLS.c.key == bindparam("k"))
)
ENTERED = ("state", "owner", "budget", "run", *ASKED, *HELD, "created", "updated")
ENTER = Prepared(
    insert(CALLS).values(
        key=bindparam("k"),
        attempts=1,
        lost_tokens=0,
        lost_usd=0.0,
        **{name: bindparam(f"v_{name}") for name in ENTERED},
    )
)
TAKE = _change("state", "owner", "budget", "run", *HELD, **ONE_MORE)
AGAIN = _change(*HELD, **ONE_MORE)
DROP = _change(**NOTHING_HELD, **LOSE)
SETTLE = _change(*KEPT, state="done", error=None, **NOTHING_HELD, **LOSE)
FAIL = _change("error", state="failed", batch=None, **NOTHING_HELD, **LOSE)
UNSENT = _change("error", state="failed", batch=None, attempts=CALLS.c.attempts - 1, **NOTHING_HELD)
BATCH = _change("batch", state="batched")

MONEY = Prepared(select(*(BUDGETS.c[name] for name in SUMS)).where(BUDGETS.c.id == bindparam("k")))
OPEN = Prepared(insert(BUDGETS).values(id=bindparam("k"), **{n: bindparam(f"v_{n}") for n in SUMS}))
COUNT = Prepared(
    update(BUDGETS)
    .where(BUDGETS.c.id == bindparam("k"))
    .values(**{name: bindparam(f"v_{name}") for name in SUMS})
)
