"""How a candidate ends that will have no score: its rows are saved, and why is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from synthlab.errors import StorageError, SynthlabError
from synthlab.records import Curated, Usage, usage_of
from synthlab.tracking.runs import TrialLog
from synthlab.tracking.spool import Spool
from synthlab.workflow.progress import Progress


@contextmanager
def told(progress: Progress) -> Iterator[None]:
    """While ending: a store that fails now is told, and does not hide what ended the run."""
    try:
        yield
    except StorageError as exc:
        progress.note(str(exc))


def what(exc: BaseException) -> str:
    """What went wrong, in one sentence."""
    return exc.what if isinstance(exc, SynthlabError) else f"{type(exc).__name__}: {exc}"


def took(spool: Spool, curated: Curated) -> Usage:
    """What all rows so far took: curation knows what asking about those took that it judged."""
    judged = {row.id: row for row in curated.rows}
    return usage_of(judged.get(row.id, row) for row in spool.rows())


def save_rows(log: TrialLog, spool: Spool, curated: Curated, status: str, reason: str) -> None:
    """Move the rows so far from the spool to the store; the spool stays if the store is gone.

    Raises:
        StorageError: they could not be logged; the message names the file with them.
    """
    rows = spool.rows()
    known = {row.id for row in curated.rows}
    try:
        log.stop(curated, [row for row in rows if row.id not in known], status, reason)
    except StorageError as exc:
        place = f"the {len(rows)} rows so far are in {spool.place}" if spool.place else ""
        raise StorageError(
            f"{reason}; the rows so far could not be logged: {exc.what}",
            f"mend that and run again; {place or 'no disk could hold the last rows'}",
        ) from exc
    spool.close(delete=True)
