"""Where a run is logged: the local store, or a far one with the local store in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from synthlab.errors import UnreachableError
from synthlab.outcomes import RunResult
from synthlab.tracking.backend import MlflowClient, guarded, shown
from synthlab.tracking.outbox import INTERRUPTED_SECONDS, Outbox
from synthlab.tracking.reach import WEB, is_far, ping
from synthlab.tracking.store import Store
from synthlab.workflow.progress import Progress, Quiet

SYNC = "synthlab sync"


@dataclass
class Place:
    """Where a run is logged, and where it can be read when the block has ended.

    Attributes:
        store: runs are logged here.
        reading: where they are read: the far store when all of them arrived.
        ids: of the far copies by the local ids; empty for a local store.
        unsent: why they did not arrive and what to do; empty when they did.
    """

    store: Store
    reading: Store
    ids: dict[str, str] = field(default_factory=dict)
    unsent: str = ""


@contextmanager
def place(
    root: Path, uri: str | None, artifacts: str | None = None, progress: Progress | None = None
) -> Iterator[Place]:
    """The place of runs that are logged in the block.

    Args:
        root: the local folder.
        uri: the tracking address; None is the local store.
        artifacts: where a database's artifacts go; None is the local folder.
        progress: is told what could not be sent.

    Raises:
        StorageError: the far store answers and does not take runs, or the local one does not work.
    """
    if not is_far(uri):
        store = Store.open(root, uri, artifacts)
        yield Place(store, store)
        return
    assert uri is not None
    progress = progress or Quiet()
    box = Outbox(Store.open(root), uri, artifacts or "")
    if box.why:
        progress.note(
            f"{box.why}\n  the run goes on in {root}; what it finds is sent when the server is "
            f"back, or with: {SYNC}"
        )
    here = Place(box.store, Store(box.store.client, box.store.uri, box.store.root))
    try:
        yield here
    except KeyboardInterrupt:
        box.close(INTERRUPTED_SECONDS)
        _told(here, box, progress)
        raise
    except BaseException:
        box.close()
        _told(here, box, progress)
        raise
    if box.left and not box.why:
        progress.say(f"sending what is left to {shown(uri)}")
    box.close()
    _told(here, box, progress)


def _told(here: Place, box: Outbox, progress: Progress) -> None:
    here.ids = dict(box.copies)
    if box.left:
        reason = box.why or "not everything was sent in time"
        here.unsent = f"not sent to {shown(box.address)}: {reason}; it is kept in {here.store.root}"
        progress.note(f"{here.unsent}\n  try: {SYNC}")
        return
    here.reading = box.far()


def as_read(result: RunResult, place: Place) -> RunResult:
    """``result`` with the ids that its runs have where they are read."""
    if place.unsent or not place.ids:
        return replace(result, unsent=place.unsent)
    ids = place.ids
    finals = result.finals
    if finals is not None:
        own = tuple(
            replace(item, run_id=ids.get(item.run_id, item.run_id)) for item in finals.finalists
        )
        finals = replace(finals, finalists=own)
    return replace(
        result,
        run_id=ids[result.run_id],
        trials=[replace(item, run_id=ids.get(item.run_id, "")) for item in result.trials],
        failed=tuple(replace(item, run_id=ids.get(item.run_id, "")) for item in result.failed),
        finals=finals,
        store=place.reading.given,
    )


def check_tracking(uri: str | None) -> str:
    """Look whether the tracking server answers and lets this account in.

    Returns:
        A note when it does not answer now, which stops no run; empty when it does.

    Raises:
        StorageError: it answers, and does not take runs.
    """
    if uri is None or not is_far(uri):
        return ""
    try:
        with guarded(f"cannot open the store {shown(uri)}"):
            ping(uri)
            if uri.startswith(WEB):
                MlflowClient(tracking_uri=uri).search_experiments(max_results=1)
    except UnreachableError as exc:
        return f"{exc.what}; a run now would go on in ./mlruns, and {SYNC} would send it"
    return ""
