"""``spread`` for programs that call an LM: in batch mode, a round of it for each of their steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from synthlab.lm.batch.desk import Deferred
from synthlab.lm.session import Session
from synthlab.workflow.spread import spread

Order = TypeVar("Order")
Made = TypeVar("Made")


def gather(
    session: Session,
    work: Callable[[Order], Made],
    orders: Iterable[Order],
    workers: int,
    done: Callable[[Made], None],
    say: Callable[[str], object],
) -> list[Made]:
    """``[work(order) for order in orders]`` on threads.

    In batch mode, work that is deferred is done again from its start after each flush, and gets
    the answers that are there by then: it must ask the same for the same order.

    Args:
        session: whose calls ``work`` makes.
        work: called until it is not deferred; the first exception ends everything.
        orders: any number.
        workers: most calls at the same time.
        done: called in this thread for each result as soon as it is there.
        say: gets a line of text whenever a batch has come further.

    Raises:
        BaseException: what ``work``, ``done`` or ``flush`` raised, or Ctrl-C.
    """
    if session.settings.mode != "batch":
        return spread(work, orders, workers, done)
    made: dict[int, Made] = {}

    def attempt(place: int) -> tuple[int, list[Made]]:
        try:
            return place, [work(left[place])]
        except Deferred:
            return place, []

    def arrived(result: tuple[int, list[Made]]) -> None:
        for item in result[1]:
            made[result[0]] = item
            done(item)

    left = dict(enumerate(orders))
    while True:
        spread(attempt, list(left), workers, arrived)
        left = {place: order for place, order in left.items() if place not in made}
        if not left:
            return [made[place] for place in range(len(made))]
        session.flush(say)
