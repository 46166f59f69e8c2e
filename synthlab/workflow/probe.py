"""A few real calls of an LM, so that an estimate rests on them and not on guesses.

The orders are the first ones that a run would make, so that a journal which both share lets the
run replay their answers. Rows are curated as in a run, then forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from synthlab.lm.journal.book import Journal
from synthlab.lm.session import Session
from synthlab.records import Dropped, Request, Row, Usage, usage_of
from synthlab.tasks.leaks import leak_guard
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.rows import Writer
from synthlab.workflow.spread import spread

# The place of a member in its list, and requests of that member that share a call.
Order = tuple[int, tuple[Request, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the probe of one LM came to.

    Attributes:
        asked: candidate and class of each order.
        rows: number of rows that each asked for.
        took: what its answers took, those replayed from a journal included.
        kept: number of rows that curation kept.
        paid: sum over the answers that were sent for.
        in_flight: calls under way at the same time.
    """

    asked: tuple[tuple[str, str], ...]
    rows: tuple[int, ...]
    took: tuple[Usage, ...]
    kept: int
    paid: Usage
    in_flight: int

    @property
    def all(self) -> Usage:
        """Sum over all answers."""
        return sum(self.took, Usage())

    def of(self, candidate: str) -> Usage:
        """Sum over the answers of one candidate; no calls if it was not asked."""
        pairs = zip(self.asked, self.took, strict=True)
        return sum((usage for (name, _), usage in pairs if name == candidate), Usage())


def probe_lm(
    plan: Plan, members: Sequence[Member], count: int, journal: Journal | None = None
) -> Seen:
    """Give ``count`` orders to the LM that ``members`` share, spread over them and the classes.

    They are sent live, also for a run that will use a batch API: nobody waits a day for a probe.

    Raises:
        SynthlabError: the LM failed, or a prompt leaks real text.
    """
    lm = replace(members[0].lm, mode="live")
    orders = _orders(plan, members, count)
    in_flight = min(lm.concurrency, len(orders))
    with Session(lm, leak_guard(plan.splits), journal=journal) as session:
        writers = [Writer(m.make(), session, m.candidate.digest) for m in members]

        def write(order: Order) -> list[Row | Dropped]:
            return writers[order[0]].write(order[1])

        made = spread(write, orders, in_flight, lambda row: None)
        paid = session.ledger.paid()
    return Seen(
        tuple((members[at].candidate.name, order[0].label) for at, order in orders),
        tuple(len(order) for _, order in orders),
        tuple(usage_of(_row(item) for item in items) for items in made),
        sum(_kept(plan, members, orders, made)),
        paid,
        in_flight,
    )


def _row(item: Row | Dropped) -> Row:
    return item.row if isinstance(item, Dropped) else item


def _kept(
    plan: Plan,
    members: Sequence[Member],
    orders: Sequence[Order],
    made: Sequence[Sequence[Row | Dropped]],
) -> Iterator[int]:
    """Rows of each member that its curation keeps."""
    for place, member in enumerate(members):
        own = [items for (at, _), items in zip(orders, made, strict=True) if at == place]
        rows = [item for items in own for item in items if isinstance(item, Row)]
        yield len(member.curator(plan.known, member.make()).sift(rows).kept)


def _orders(plan: Plan, members: Sequence[Member], count: int) -> list[Order]:
    """Orders that the members' runs give for certain."""
    labels = plan.brief.labels
    makers = [member.make() for member in members]
    orders = []
    for number in range(count):
        turn, place = divmod(number, len(members))
        # Members begin with different classes, so that few calls see many of both.
        label = labels[(turn + place) % len(labels)]
        maker, rows = makers[place], members[place].config.budget.rows_per_class
        start = turn // len(labels) * maker.rows
        if start < rows:
            left = min(maker.rows, rows - start)
            orders.append((place, maker.orders(label, start, left)[0]))
    return orders
