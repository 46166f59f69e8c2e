"""Local runs sent to a far store: each once, however often it is tried and wherever it broke off.

A copy carries the local run's id in a tag and is looked for by it before one is made. It ends
(FINISHED, FAILED, KILLED) after all of it has arrived, and a parent after its children: what has
ended there is whole. The local run is then marked as sent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from synthlab.tracking import names, views
from synthlab.tracking.backend import guarded, shown
from synthlab.tracking.companions import LINKED, Prompts, copy_models, copy_traces
from synthlab.tracking.copying import copy_data, copy_files, copy_inputs, name_of, tags_of
from synthlab.tracking.names import LOCAL, ROOT, SENT, SENT_RUN, UNSENT
from synthlab.tracking.query import search
from synthlab.tracking.reach import ping
from synthlab.tracking.store import Store

OPEN = "RUNNING"

VIEW = views.tag("")


class Sending:
    """The copy of one local run, with its children, in the far store.

    Attributes:
        ids: of copies, by the local run's id.
        written: how many copies were written to and ended by this object.
    """

    def __init__(self, local: Store, far: Store, root_id: str) -> None:
        self.local = local
        self.far = far
        self.root_id = root_id
        self.ids: dict[str, str] = {}
        self.written = 0
        self._whole: set[str] = set()
        self._experiment = ""
        self._lock = threading.Lock()

    def part(self, run_id: str) -> None:
        """Send the root's head, if it is not there, and one of its runs as it is now.

        Raises:
            UnreachableError: the far store is gone.
            StorageError: one of the two cannot be read or written.
        """
        with self._lock, self._looked():
            self._made(self._run(self.root_id))
            run = self._run(run_id)
            self._made(run)
            self._sent(run, end=run_id != self.root_id)

    def whole(self) -> str:
        """Send all that has not arrived, and end the copies of runs that have ended.

        Returns:
            The copy's id.

        Raises:
            UnreachableError: the far store is gone.
            StorageError: one of the two cannot be read or written.
        """
        with self._lock, self._looked():
            root = self._run(self.root_id)
            children = self._children(root)
            for run in (root, *children):
                self._made(run)
            for run in children:
                self._sent(run)
                copy_models(self.local, self.far, run, self._experiment, self.ids[run.info.run_id])
            self._prompts.point(root)
            self._sent(root)
            self._one_each()
            self._mark(root)
            return self.ids[self.root_id]

    @contextmanager
    def _looked(self) -> Iterator[None]:
        """Inside, it is known what is there; after a failure, that is looked up again."""
        try:
            with guarded(f"cannot send run {self.root_id[:8]} to {shown(self.far.uri)}"):
                ping(self.far.uri)
                if not self._experiment:
                    self._look()
                yield
        except BaseException:
            self._experiment = ""
            raise

    def _run(self, run_id: str) -> Any:
        return self.local.client.get_run(run_id)

    def _children(self, root: Any) -> list[Any]:
        query = f"tags.`{names.PARENT}` = '{self.root_id}'"
        found = search(self.local, [root.info.experiment_id], query)
        return sorted(found, key=lambda run: (run.info.start_time, run.info.run_id))

    def _look(self) -> None:
        """Find the copies that are there already."""
        name = self.local.client.get_experiment(self._run(self.root_id).info.experiment_id).name
        experiment = self.far.experiment(name)
        self.ids.clear()
        self._whole.clear()
        for run in self._copies(experiment):
            mine = run.data.tags[LOCAL]
            if self.ids.setdefault(mine, run.info.run_id) != run.info.run_id:
                continue
            if run.info.status != OPEN:
                self._whole.add(mine)
        self._experiment = experiment
        self._prompts = Prompts(self.local, self.far, experiment)

    def _copies(self, experiment: str) -> list[Any]:
        """Whole ones first."""
        query = f"tags.`{ROOT}` = '{self.root_id}'"
        found = search(self.far, [experiment], query)
        return sorted(found, key=lambda run: (run.info.status == OPEN, run.info.run_id))

    def _one_each(self) -> None:
        """Remove second copies: MLflow sends a request again whose answer was lost on the way."""
        for run in self._copies(self._experiment):
            if self.ids[run.data.tags[LOCAL]] != run.info.run_id:
                self.far.client.delete_run(run.info.run_id)

    def _made(self, run: Any) -> None:
        """An empty copy of ``run``, under its parent's."""
        mine = run.info.run_id
        if mine in self.ids:
            return
        about = {**tags_of(run, self.ids), LOCAL: mine, ROOT: self.root_id}
        about.pop(LINKED, None)  # its numbers are those of the local registry
        made = self.far.client.create_run(
            self._experiment, run.info.start_time, about, name_of(run, self.ids)
        )
        self.ids[mine] = made.info.run_id

    def _sent(self, run: Any, end: bool = True) -> None:
        mine = run.info.run_id
        if mine in self._whole:
            return
        linked = self._prompts.of(run, self.ids)
        copy_data(self.local, self.far, run, self.ids, linked)
        copy_inputs(self.far, run, self.ids)
        copy_files(self.local, self.far, run, self.ids)
        copy_traces(self.local, self.far, run, self._experiment, self.ids[mine])
        if end and run.info.status != OPEN:
            status, ended = run.info.status, run.info.end_time
            self.far.client.set_terminated(self.ids[mine], status, ended)
            self._whole.add(mine)
            self.written += 1

    def _mark(self, root: Any) -> None:
        """The views, then the local mark: from here on the run counts as sent."""
        tags = self.local.client.get_experiment(root.info.experiment_id).tags
        there = self.far.client.get_experiment(self._experiment).tags
        for key, value in _views(tags).items():
            known = there.get(key)
            if known is None or (key.startswith(VIEW) and known != value and views.is_ours(known)):
                self.far.client.set_experiment_tag(self._experiment, key, value)
        if root.info.status == OPEN:
            return
        client, run_id = self.local.client, root.info.run_id
        client.set_tag(run_id, SENT_RUN, self.ids[run_id])
        client.set_tag(run_id, SENT, shown(self.far.uri))
        if UNSENT in root.data.tags:
            client.delete_tag(run_id, UNSENT)


def _views(tags: Mapping[str, str]) -> dict[str, str]:
    kinds = (VIEW, names.NOTE)
    return {key: value for key, value in tags.items() if key.startswith(kinds)}
