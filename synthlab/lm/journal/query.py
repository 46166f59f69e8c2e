"""Reading a journal: sums by run, model and purpose, and the calls themselves, for export.

It writes nothing and needs no lock; processes at work on the journal go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine, case, func, select
from sqlalchemy.exc import SQLAlchemyError

from synthlab.errors import ConfigError
from synthlab.lm.journal.tables import CALLS, failure, open_database

GROUPS = ("run", "model", "purpose", "state", "backend")
PAGE = 1000


class Calls:
    """The calls of a journal.

    Args:
        url: a SQLAlchemy URL.
        runs: only what these runs paid for; None is all.

    Raises:
        StorageError: the journal cannot be opened.
    """

    def __init__(self, url: str, runs: Sequence[str] | None = None) -> None:
        self.url = url
        self.runs = runs
        self._database: Engine = open_database(url)

    def sums(self, by: Sequence[str] = ("run", "model", "purpose")) -> list[dict[str, Any]]:
        """One mapping a group: its names, then what its calls took.

        ``calls`` were answered and ``failed`` were not; ``attempts`` are the requests sent;
        ``lost_usd`` and ``lost_tokens`` belong to attempts without an answer that may have been
        paid; ``unpriced`` calls have no known price and ``assumed`` ones no reported usage.

        Raises:
            ConfigError: an unknown group.
            StorageError: the journal cannot be read.
        """
        if unknown := [name for name in by if name not in GROUPS]:
            raise ConfigError(f"cannot group calls by '{unknown[0]}'", f"use {', '.join(GROUPS)}")
        keys = [CALLS.c[name] for name in by]
        asked = select(*keys, *_totals()).group_by(*keys).order_by(*keys)
        return [dict(row) for row in self._rows(asked)]

    def of(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Calls by their keys, whoever paid for them; keys that are not there are left out.

        Raises:
            StorageError: the journal cannot be read.
        """
        wanted = list(dict.fromkeys(keys))
        parts = [wanted[at : at + PAGE] for at in range(0, len(wanted), PAGE)]
        rows = [row for part in parts for row in self._rows(select(CALLS).where(_among(part)))]
        return {row["key"]: dict(row) for row in rows}

    def paid_by(self) -> list[str]:
        """Every run that paid for a call."""
        return [row["run"] for row in self._rows(select(CALLS.c.run).distinct())]

    def each(self) -> Iterator[dict[str, Any]]:
        """Every call, oldest first, page by page.

        Raises:
            StorageError: the journal cannot be read.
        """
        last = (0.0, "")
        while True:
            after = (CALLS.c.created > last[0]) | (
                (CALLS.c.created == last[0]) & (CALLS.c.key > last[1])
            )
            asked = select(CALLS).where(after).order_by(CALLS.c.created, CALLS.c.key).limit(PAGE)
            page = self._rows(asked)
            yield from (dict(row) for row in page)
            if len(page) < PAGE:
                return
            last = (page[-1]["created"], page[-1]["key"])

    def close(self) -> None:
        """Free the connections."""
        self._database.dispose()

    def _rows(self, asked: Any) -> Sequence[Any]:
        if self.runs is not None:
            asked = asked.where(CALLS.c.run.in_(self.runs))
        try:
            with self._database.connect() as connection:
                return connection.execute(asked).mappings().all()
        except SQLAlchemyError as exc:
            raise failure(self.url, exc) from exc


def _among(keys: Sequence[str]) -> Any:
    return CALLS.c.key.in_(keys)


def _totals() -> list[Any]:
    c = CALLS.c
    done = c.state == "done"
    summed = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_usd")
    return [
        func.sum(case((done, 1), else_=0)).label("calls"),
        func.sum(case((c.state == "failed", 1), else_=0)).label("failed"),
        func.sum(c.attempts).label("attempts"),
        *(func.coalesce(func.sum(c[name]), 0).label(name) for name in summed),
        func.sum(c.lost_tokens).label("lost_tokens"),
        func.sum(c.lost_usd).label("lost_usd"),
        func.sum(case((done & c.cost_usd.is_(None), 1), else_=0)).label("unpriced"),
        func.sum(case((c.assumed.is_(True), 1), else_=0)).label("assumed"),
        func.coalesce(func.sum(c.seconds), 0.0).label("seconds"),
    ]
