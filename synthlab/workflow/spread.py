"""The one seam through which work runs in parallel: threads here; nothing else knows where.

Threads serve LM calls, which wait for a socket or for llama.cpp; results come back in the order
of the orders, whatever order they were finished in, so that the same seed gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import TypeVar

Order = TypeVar("Order")
Made = TypeVar("Made")


def spread(
    work: Callable[[Order], Made],
    orders: Sequence[Order],
    workers: int,
    done: Callable[[Made], None],
) -> list[Made]:
    """``[work(order) for order in orders]`` on threads.

    Args:
        work: called once for each order; the first exception ends everything.
        orders: any number.
        workers: most calls at the same time.
        done: called in this thread for each result as soon as it is there.

    Raises:
        BaseException: what ``work`` or ``done`` raised, or Ctrl-C; what has not begun is dropped.
    """
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="synthlab")
    futures: list[Future[Made]] = []
    told: set[Future[Made]] = set()
    try:
        futures += [pool.submit(work, order) for order in orders]
        for future in as_completed(futures):
            made = future.result()
            told.add(future)
            done(made)
    except BaseException:
        # Not waiting: a call in flight may last as long as its timeout.
        pool.shutdown(wait=False, cancel_futures=True)
        for future in futures:
            answered = future.done() and not future.cancelled() and not future.exception()
            if answered and future not in told:
                with suppress(Exception):  # what ended it is the one to tell
                    done(future.result())
        raise
    pool.shutdown()
    return [future.result() for future in futures]
