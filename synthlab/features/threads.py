"""Linear algebra on one thread.

The models here are small. Handing their vectors to several threads takes longer than the sums
(logistic regression on 200 texts: 12 times as long beside one busy process), and the order of the
sums, and with it the last digits of a score, would depend on the number of cores.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController

_LOCK = threading.Lock()
_inside = 0
_holder: _Holder | None = None


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, BLAS and OpenMP use the calling thread only.

    BLAS has one setting for the process: the limit begins with the first thread to enter and ends
    with the last to leave. OpenMP has one for each thread.
    """
    _enter()
    try:
        with _libraries(len(sys.modules)).limit(limits=1, user_api="openmp"):
            yield
    finally:
        _leave()


class _Holder(threading.Thread):
    """Sets the limit and takes it back, as threadpoolctl lets only one thread do both."""

    def __init__(self) -> None:
        super().__init__(name="synthlab-one-thread", daemon=True)
        self._ready, self._done = threading.Event(), threading.Event()
        self.start()
        self._ready.wait()

    def run(self) -> None:
        try:
            with _libraries(len(sys.modules)).limit(limits=1, user_api="blas"):
                self._ready.set()
                self._done.wait()
        finally:
            self._ready.set()

    def release(self) -> None:
        """Take the limit back; it is gone on return."""
        self._done.set()
        self.join()


@functools.lru_cache(maxsize=1)
def _libraries(modules: int) -> ThreadpoolController:
    """The loaded libraries; to look for them takes long, and only an import can bring new ones."""
    return ThreadpoolController()


def _enter() -> None:
    global _inside, _holder
    with _LOCK:
        if not _inside:
            _holder = _Holder()
        _inside += 1


def _leave() -> None:
    global _inside, _holder
    with _LOCK:
        _inside -= 1
        if not _inside and _holder:
            _holder.release()
            _holder = None
