"""Queued calls on their way to the provider: cut into batches, marked, submitted, found again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from synthlab.errors import EngineError, RetryableError
from synthlab.lm.batch.desk import Desk, Waiting
from synthlab.lm.batch.service import Mark, Service
from synthlab.lm.batch.watch import Watch

# Looks after which a batch that the provider does not list was never submitted.
MISSES = 3


class Outbox:
    """Submits, so that a crash at any moment leaves what is needed to find the batch.

    Args:
        desk: where calls are queued.
        service: the provider's batch API.
        watch: for the waits.
    """

    def __init__(self, desk: Desk, service: Service, watch: Watch) -> None:
        self._desk, self._service, self._watch = desk, service, watch
        self._lost = 0
        self._misses: Counter[str] = Counter()

    def submit(self) -> None:
        """Submit everything that is queued.

        Raises:
            EngineError: the provider refuses it; what was not submitted stays queued.
        """
        left = self._desk.take()
        try:
            while left:
                mark = Mark.new()
                lines = self._part(left, mark)
                uploaded = self._watch.patiently(partial(self._service.upload, lines))
                part, left = left[: len(lines)], left[len(lines) :]
                self._create([one.asked.key for one in part], uploaded, mark)
        finally:
            self._desk.put_back(left)

    def find(self, mark: Mark) -> None:
        """Look for a batch whose id nobody could note down."""
        held = self._desk.batches.held(str(mark))
        if not held:  # another process was here
            self._desk.ended(str(mark))
            return
        if any(one.elsewhere for one in held.values()):
            self._watch.tell(str(mark), "another process is about to submit it")
            return
        found = self._service.find(mark, len(held))
        if found.batch is not None:
            self._named(mark, found.batch)
        elif not found.sure:
            self._watch.tell(str(mark), "it may be one of those under way: waiting for their end")
        else:
            self._missed(mark, held)

    def _part(self, left: Sequence[Waiting], mark: Mark) -> list[Mapping[str, Any]]:
        """As many calls as one batch may hold."""
        lines: list[Mapping[str, Any]] = []
        size = 0
        for one in left[: self._service.requests]:
            line = self._service.line(mark.custom_id(one.asked.key), one.request)
            size += len(json.dumps(line)) + len(", ")
            if lines and size > self._service.size:
                break
            lines.append(line)
        return lines

    def _create(self, keys: Sequence[str], uploaded: Any, mark: Mark) -> None:
        self._desk.batches.submit(keys, str(mark))
        self._desk.opened(str(mark))
        try:
            batch = self._service.create(uploaded, mark)
        except RetryableError as exc:
            # Nobody can tell whether it arrived: it is looked for by its mark.
            self._lost += 1
            if self._lost >= self._watch.tries:
                raise
            self._watch.say(f"{exc.what}; looking whether the batch has arrived")
        except EngineError as exc:
            self._give_up(mark, keys, exc.what)
            raise
        else:
            self._lost = 0
            self._named(mark, batch)
            self._watch.tell(batch, f"{len(keys)} calls submitted")

    def _named(self, mark: Mark, batch: str) -> None:
        self._desk.batches.rename(str(mark), batch)
        self._desk.opened(batch)
        self._desk.ended(str(mark))

    def _missed(self, mark: Mark, keys: Mapping[str, object]) -> None:
        self._misses[mark.token] += 1
        if self._misses[mark.token] >= MISSES:
            self._give_up(mark, list(keys), "the batch was never submitted")

    def _give_up(self, mark: Mark, keys: Sequence[str], why: str) -> None:
        self._desk.batches.unsent(keys, why)
        self._desk.ended(str(mark))
