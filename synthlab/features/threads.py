"""Linear algebra on one thread.

The models here are small. Handing their vectors to several threads takes longer than the sums
(logistic regression on 200 texts: 12 times as long beside one busy process), and the order of the
sums, and with it the last digits of a score, would depend on the number of cores.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import ThreadpoolController

_LOCK = threading.Lock()
_inside = 0
_outer: Any = None


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, BLAS and OpenMP use the calling thread only.

    BLAS has one setting for the process: the first thread to enter makes it, the last to leave
    takes it back. OpenMP has one for each thread.
    """
    _enter()
    try:
        with _libraries().limit(limits=1, user_api="openmp"):
            yield
    finally:
        _leave()


@functools.cache
def _libraries() -> ThreadpoolController:
    """Those loaded at the first fit; to look for them each time takes longer than many a fit."""
    return ThreadpoolController()


def _enter() -> None:
    global _inside, _outer
    with _LOCK:
        if not _inside:
            _outer = _libraries().limit(limits=1, user_api="blas")
        _inside += 1


def _leave() -> None:
    global _inside, _outer
    with _LOCK:
        _inside -= 1
        if not _inside:
            _outer.restore_original_limits()
            _outer = None
