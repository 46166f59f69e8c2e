"""Send the runs that are here and not on the tracking server: after a day offline, say.

A run is sent once and whole, however often this is called and wherever it was cut off. Promotions
are not sent: who is champion on a shared registry is decided there, against its own champion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import join
from typing import Any

from synthlab.errors import NotFoundError, StorageError
from synthlab.tracking import read
from synthlab.tracking.backend import HIDDEN, guarded, shown
from synthlab.tracking.names import KIND, PARENT, PLACE, UNSENT, WINNER
from synthlab.tracking.outbox import locked
from synthlab.tracking.query import search
from synthlab.tracking.reach import check_address, is_far
from synthlab.tracking.recovery import end_dead
from synthlab.tracking.registry import CHALLENGER, CHAMPION, champion
from synthlab.tracking.sending import OPEN, Sending
from synthlab.tracking.store import Store
from synthlab.workflow.progress import Progress, Quiet

SENT, THERE, RUNNING, FAILED = "sent", "already there", "still running", "not sent"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one run.

    Attributes:
        run_id: of the local run.
        to: the far address, without credentials.
        state: sent, already there, still running, or not sent.
        copy_id: of the far run; empty when there is none.
        runs: how many runs it is with its candidates; 0 when nothing was sent.
        why: why it was not sent.
        promoted: ``NAME@champion`` or ``NAME@challenger`` of the local registry that comes from
            this run; it is not sent.
        promote: the command that promotes the same candidate there.
    """

    run_id: str
    name: str
    to: str
    state: str
    copy_id: str = ""
    runs: int = 0
    why: str = ""
    promoted: str = ""
    promote: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def sync(
    root: Path,
    uri: str | None = None,
    refs: Sequence[str] = (),
    artifacts: str | None = None,
    progress: Progress | None = None,
) -> list[Sent]:
    """Send what was not sent.

    Args:
        root: the local folder.
        uri: where to; each run's own address when None.
        refs: experiments or runs' ids, sent whether or not they were meant to be; empty: every run
            that is marked as not sent.
        artifacts: where a database's artifacts go; each run's own place when None.
        progress: is told of each run.

    Returns:
        One entry a run, in the order in which they were made; a run that could not be sent does not
        keep the others back.

    Raises:
        NotFoundError: nothing of that name, or a run has no address and none is given.
        StorageError: the local store cannot be read, or the address cannot be one.
    """
    if uri is not None:
        check_address(uri)
        if not is_far(uri):
            raise StorageError(
                f"{shown(uri)} is no server's address", "give that of an MLflow server or database"
            )
    local = Store.open(root)
    runs = _named(local, refs, uri) if refs else _marked(local)
    mail = _Mail(local, uri, artifacts, progress or Quiet())
    return [mail.send(run) for run in sorted(runs, key=lambda run: run.info.start_time)]


def _experiments(local: Store) -> dict[str, str]:
    with guarded(f"cannot read {shown(local.uri)}"):
        return {item.experiment_id: item.name for item in local.client.search_experiments()}


def _marked(local: Store) -> list[Any]:
    return search(local, list(_experiments(local)), f"tags.`{UNSENT}` LIKE '%'")


def _named(local: Store, refs: Sequence[str], uri: str | None) -> list[Any]:
    names = _experiments(local)
    tops = [
        run
        for run in search(local, list(names), f"tags.`{KIND}` LIKE '%'")
        if PARENT not in run.data.tags
    ]
    found: dict[str, Any] = {}
    for ref in refs:
        mine = [
            run
            for run in tops
            if names[run.info.experiment_id] == ref
            or (len(ref) >= 6 and run.info.run_id.startswith(ref))
        ]
        if not mine:
            raise read.missing("experiment or run", ref, names.values())
        found |= {run.info.run_id: run for run in mine}
    homeless = [run.info.run_id for run in found.values() if UNSENT not in run.data.tags]
    if homeless and uri is None:
        raise NotFoundError(
            f"run {homeless[0][:8]} was made for the local store and has no address to be sent to",
            "give one with --store",
        )
    return list(found.values())


class _Mail:
    """Sends runs of one local store; a far store is opened once."""

    def __init__(
        self, local: Store, uri: str | None, artifacts: str | None, progress: Progress
    ) -> None:
        self.local = local
        self.uri = uri
        self.artifacts = artifacts
        self.progress = progress
        self._open: dict[str, Store | StorageError] = {}

    def send(self, run: Any) -> Sent:
        run_id, name = run.info.run_id, run.info.run_name
        to = self.uri or run.data.tags[UNSENT]
        with locked(self.local.root, run_id) as mine:
            if not mine:
                return Sent(run_id, name, shown(to), RUNNING, why="its own process sends it")
            try:
                return self._send(run_id, name, to)
            except StorageError as exc:
                return Sent(run_id, name, shown(to), FAILED, why=f"{exc.what}; try: {exc.fix}")

    def _send(self, run_id: str, name: str, to: str) -> Sent:
        # Read again: another process may have sent it while this one waited for its turn.
        run = self.local.client.get_run(run_id)
        if run.info.status == OPEN and UNSENT not in run.data.tags:
            why = "it was made for the local store: send it when it has ended"
            return Sent(run_id, name, shown(to), RUNNING, why=why)
        far = self._far(to, run.data.tags.get(PLACE))
        if run.info.status == OPEN:
            end_dead(self.local, run)
        self.progress.say(f"sending {name}, run {run_id[:8]}, to {shown(to)}")
        sending = Sending(self.local, far, run_id)
        copy_id, runs = sending.whole(), sending.written
        state = SENT if runs else THERE
        told = _promoted(self.local, run, sending.ids, shown(to))
        return Sent(run_id, name, shown(to), state, copy_id, runs, **told)

    def _far(self, to: str, place: str | None) -> Store:
        if to not in self._open:
            try:
                self._open[to] = _opened(self.local.root, to, self.artifacts or place)
            except StorageError as exc:
                self._open[to] = exc
        found = self._open[to]
        if isinstance(found, StorageError):
            raise found
        return found


def _opened(root: Path, to: str, artifacts: str | None) -> Store:
    if f"{HIDDEN}@" in to and not to.startswith(("http://", "https://")):
        raise StorageError(
            f"the password of {to} was not kept", "give the whole address with --store"
        )
    # A server takes its credentials from MLFLOW_TRACKING_USERNAME and the like.
    return Store.open(root, to.replace(f"{HIDDEN}@", ""), artifacts)


def _promoted(local: Store, run: Any, ids: Mapping[str, str], to: str) -> dict[str, str]:
    """What was promoted here of a run, and the whole command that asks the gates there."""
    name, copy = run.info.run_name, ids[run.info.run_id]
    for alias in (CHAMPION, CHALLENGER):
        found = champion(local, name, alias)
        if found is None or found.run_id not in ids:
            continue
        words = ["synthlab", "promote", name, "--run", copy[:8]]
        candidate = found.tags.get("candidate", "")
        if candidate and candidate != run.data.tags.get(WINNER):
            words += ["--candidate", candidate]
        words += ["--challenger"] if alias == CHALLENGER else []
        if why := found.tags.get("forced_because"):
            words += ["--force", why]
        # A server takes its credentials from the environment.
        address = to.replace(f"{HIDDEN}@", "") if to.startswith("http") else to
        return {"promoted": f"{name}@{alias}", "promote": join([*words, "--store", address])}
    return {}
