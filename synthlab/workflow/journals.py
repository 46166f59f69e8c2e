"""Which journal the LM calls of a run or a delivery go to, and whose budget they count against."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthlab.errors import StorageError
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.lm.journal.tables import check_url
from synthlab.records import digest
from synthlab.workflow.plan import Plan

VARIABLE = "SYNTHLAB_JOURNAL"
FILE = "calls.db"


def journal_url(root: Path, given: str | None = None) -> str:
    """The address: the environment's, else the config's, else a file in the store's folder.

    Args:
        root: the store's local folder, absolute.
        given: ``tracking.journal``.
    """
    return os.environ.get(VARIABLE) or given or f"sqlite:///{root / FILE}"


def check_journal(given: str | None) -> None:
    """Whether the address that the user gives can be one; no file or server is touched.

    Args:
        given: ``tracking.journal``.

    Raises:
        StorageError: it cannot; the text names the variable if it holds the address.
    """
    variable = os.environ.get(VARIABLE)
    if url := variable or given:
        try:
            check_url(url)
        except StorageError as exc:
            if not variable:
                raise
            raise StorageError(f"{VARIABLE}, which overrides it: {exc.what}", exc.fix) from exc


def open_journal(plan: Plan, root: Path, run: str = "") -> Journal:
    """The journal of a run, with the run's caps.

    Args:
        plan: the run.
        root: the store's local folder, absolute.
        run: what its calls are listed under; may be set later.

    Runs of equal candidates on equal data share one budget, whichever process or day they belong
    to: a run that goes on with a larger cap counts what was spent before it.

    Raises:
        StorageError: it cannot be opened.
    """
    config = plan.config
    caps = Caps(**config.budget.caps)  # type: ignore[arg-type]
    work = sorted(member.candidate.digest for member in plan.members)
    budget = f"{config.name[:40]}-{digest([work, dict(plan.splits.digests)])}"
    return Journal(journal_url(root, config.tracking.journal), budget, caps, run)


def delivery_journal(
    root: Path,
    program: Mapping[str, Any],
    source: str,
    seed: int,
    caps: Mapping[str, float | None],
) -> Journal:
    """The journal of rows that a promoted generator writes.

    Args:
        root: the store's local folder, absolute.
        program: of the generator.
        source: what its calls are listed under.
        seed: of the delivery.
        caps: of all deliveries of this generator with this seed, which are the same rows: one that
            goes on with a larger cap counts what was spent before it.

    Raises:
        StorageError: it cannot be opened.
    """
    budget = f"{program['name'][:40]}-{digest(['delivery', program['digest'], seed])}"
    return Journal(journal_url(root), budget, Caps(**caps), source)  # type: ignore[arg-type]


def served_journal(program: Mapping[str, Any]) -> Journal | None:
    """The journal that the environment names; else none, as a served model has no store.

    Raises:
        StorageError: it cannot be opened.
    """
    url = os.environ.get(VARIABLE)
    # No budget: a model that is asked for years has no cap to share.
    return Journal(url, run=f"{program['name'][:55]} (served)") if url else None
