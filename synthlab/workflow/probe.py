"""A few real calls of an LM, so that an estimate rests on them and not on guesses.

The requests are the first ones that a run would make, so that a journal which both share lets the
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

# The place of a member in its list, and a request of that member.
Order = tuple[int, Request]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the probe of one LM came to.

    Attributes:
        asked: candidate and class of each request.
        took: what its answers took, those replayed from a journal included.
        kept: number of rows that curation kept.
        paid: sum over the answers that were sent for.
        in_flight: calls under way at the same time.
    """

    asked: tuple[tuple[str, str], ...]
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
    """Send ``count`` requests to the LM that ``members`` share, spread over them and the classes.

    They are sent live, also for a run that will use a batch API: nobody waits a day for a probe.

    Raises:
        SynthlabError: the LM failed, or a prompt leaks real text.
    """
    lm = replace(members[0].lm, mode="live")
    orders = _orders(plan, members, count)
    in_flight = min(lm.concurrency, len(orders))
    with Session(lm, leak_guard(plan.splits), journal=journal) as session:
        writers = [Writer(m.make(), session, m.candidate.digest) for m in members]

        def write(order: Order) -> Row | Dropped:
            return writers[order[0]].write(order[1])

        made = spread(write, orders, in_flight, lambda row: None)
        paid = session.ledger.paid()
    rows = [item.row if isinstance(item, Dropped) else item for item in made]
    return Seen(
        tuple((members[at].candidate.name, request.label) for at, request in orders),
        tuple(usage_of([row]) for row in rows),
        sum(_kept(plan, members, orders, made)),
        paid,
        in_flight,
    )


def _kept(
    plan: Plan, members: Sequence[Member], orders: Sequence[Order], made: Sequence[Row | Dropped]
) -> Iterator[int]:
    """Rows of each member that its curation keeps."""
    for place, member in enumerate(members):
        own = [row for (at, _), row in zip(orders, made, strict=True) if at == place]
        rows = [row for row in own if isinstance(row, Row)]
        yield len(member.curator(plan.real_texts).sift(rows).kept)


def _orders(plan: Plan, members: Sequence[Member], count: int) -> list[Order]:
    """Requests that the members' runs make for certain."""
    labels = plan.brief.labels
    makers = [member.make() for member in members]
    orders = []
    for number in range(count):
        turn, place = divmod(number, len(members))
        # Members begin with different classes, so that few calls see many of both.
        label = labels[(turn + place) % len(labels)]
        index = turn // len(labels)
        if index < members[place].config.budget.rows_per_class:
            orders.append((place, makers[place].plan(label, index, 1)[0]))
    return orders
