"""The one seam through which work runs in parallel: threads here; nothing else knows where.

Threads serve LM calls, which wait for a socket or for llama.cpp; results come back in the order
of the orders, whatever order they were finished in, so that the same seed gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

Order = TypeVar("Order")
Made = TypeVar("Made")

AHEAD = 2
"""Orders handed to the threads for each of them: one at work and one that follows at once."""

GRACE_S = 120.0
"""How long calls that are under way may go on when another one ends everything."""


def spread(
    work: Callable[[Order], Made],
    orders: Iterable[Order],
    workers: int,
    done: Callable[[Made], None],
) -> list[Made]:
    """``[work(order) for order in orders]`` on threads.

    Args:
        work: called once for each order; the first exception ends everything.
        orders: any number; they are taken as threads become free for them.
        workers: most calls at the same time.
        done: called in this thread for each result as soon as it is there.

    Raises:
        BaseException: what ``work`` or ``done`` raised, or Ctrl-C; what has not begun is dropped,
            and what is under way is finished first, except after Ctrl-C.
    """
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="synthlab")
    waiting: dict[Future[Made], int] = {}
    found: dict[int, Made] = {}
    queue = enumerate(orders)
    # Not concurrent.futures.wait: it locks every future under way, for each that is done.
    ready: SimpleQueue[Future[Made]] = SimpleQueue()
    try:
        while True:
            for place, order in islice(queue, AHEAD * workers - len(waiting)):
                future = pool.submit(work, order)
                waiting[future] = place
                future.add_done_callback(ready.put)
            if not waiting:
                break
            future = ready.get()
            made = future.result()
            found[waiting.pop(future)] = made
            done(made)
    except BaseException as exc:
        pool.shutdown(wait=False, cancel_futures=True)
        if not isinstance(exc, KeyboardInterrupt):
            # Calls in flight are being paid: their answers are kept. Ctrl-C must end at once.
            wait([future for future in waiting if not future.cancelled()], GRACE_S)
        for future in waiting:
            if future.done() and not future.cancelled() and not future.exception():
                with suppress(Exception):  # what ended it is the one to tell
                    done(future.result())
        raise
    pool.shutdown()
    return [found[place] for place in range(len(found))]
