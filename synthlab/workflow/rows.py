"""A generator and an LM -> kept rows of every class: write, curate, refill, up to so many tries."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest

from synthlab.curation.curator import Curator
from synthlab.errors import ContextError, LeakError, UnansweredError
from synthlab.generators.base import Generator
from synthlab.lm.adapters import Unparsable
from synthlab.lm.lists import unfinished
from synthlab.lm.scope import Scope
from synthlab.lm.session import Session
from synthlab.records import Curated, Dropped, Lineage, Request, Row, digest, usage_of
from synthlab.workflow.dealing import Dealer
from synthlab.workflow.gather import gather
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.wanted import readable, unread, wanted

UNPARSABLE = "no text in the answer"
MISSING = "not in the answer"
CUT = "cut off by max_tokens"

Reason = tuple[str, str]
"""Of a dropped row: the reason and its detail."""
UNANSWERED = "no answer from the LM"


@dataclass
class Writer:
    """Writes the rows of an order, from any thread.

    Attributes:
        candidate: digest of the candidate, for the rows' lineage.
        prompts: the first rendered prompt of each class, by ``Generator.heading``.
    """

    generator: Generator
    session: Session
    candidate: str
    prompts: dict[str, str] = field(default_factory=dict)

    def write(self, order: Sequence[Request]) -> list[Row | Dropped]:
        """A row for each request, dropped when there is no answer or no text for it in one.

        Raises:
            SynthlabError: the LM failed, or a prompt leaks real text.
        """
        texts: list[str] = []
        failed: Reason | None = None
        try:
            with self.session.scope("generate", order[0].seed, len(order)) as scope:
                texts = self.generator.fulfil(order)
        except Unparsable as exc:
            texts, failed = [exc.completion], (UNPARSABLE, exc.reason)
        except UnansweredError as exc:
            failed = (UNANSWERED, exc.what)
        if (heading := self.generator.heading(order)) is not None:
            self.prompts[heading] = "\n\n---\n\n".join(scope.prompts)
        texts += [""] * (len(order) - len(texts))
        reasons = [failed] * len(order) if failed else _reasons(texts, len(order), scope)
        rows = self._rows(order, texts, scope)
        return [
            Dropped(row, *reason) if reason else row
            for row, reason in zip(rows, reasons, strict=True)
        ]

    def _rows(self, order: Sequence[Request], texts: Sequence[str], scope: Scope) -> Iterator[Row]:
        call = scope.calls[-1].key if scope.calls else ""
        shares = scope.usage.shares(len(order))
        for request, text, usage in zip(order, texts, shares, strict=False):
            # One prompt served them all: it showed what the first one asked for.
            told = replace(request, shown=order[0].shown)
            lineage = Lineage(self.candidate, self.session.lm_id, call, told, usage)
            key = digest([self.candidate, request.label, request.index, request.seed], 12)
            # Half of a surrogate pair (a JSON escape cut short) can be neither hashed nor stored.
            text = text.encode("utf-8", "replace").decode("utf-8")
            yield Row(key, {self.generator.brief.field: text}, request.label, lineage)


def _reasons(texts: Sequence[str], count: int, scope: Scope) -> list[Reason | None]:
    """Why each row of an answer that was read is dropped; None where it is not."""
    if count == 1:
        return [None]  # what was cut is a shorter text, and may be as good
    reasons: list[Reason | None] = [None if text else (MISSING, "") for text in texts[:count]]
    last = max((place for place, text in enumerate(texts) if text), default=count)
    if last < count and scope.calls and unfinished(scope.raw[-1], scope.calls[-1].finish_reason):
        # It may have been cut after its first word, or the limit reached it by another's length.
        reasons[last] = (CUT, "")
    return reasons


@dataclass
class Judged:
    """Rows that curation has judged; its owner still has them when making more of them failed.

    Attributes:
        counts: kept rows by class.
    """

    kept: list[Row] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, sifted: Curated) -> None:
        """Take in rows that were judged just now."""
        self.kept += sifted.kept
        self.dropped += sifted.dropped
        self.counts.update(row.label for row in sifted.kept)

    @property
    def curated(self) -> Curated:
        """All rows so far, but for those that were taken."""
        return Curated(tuple(self.kept), tuple(self.dropped))

    def take(self) -> Curated:
        """Those same rows, which are then its caller's; only their number is still known."""
        taken = self.curated
        self.kept.clear()
        self.dropped.clear()
        return taken


@dataclass
class Collector:
    """Fills quotas round by round; what was kept and used so far carries over between calls.

    Args:
        writer: makes the rows.
        curator: judges them, in the order of the requests.
        tries: requests allowed per row of a quota.
        workers: calls at the same time.
        judged: where rows go once they are judged.
        on_row: called with every row as soon as it is there, before it is judged.
        progress: told of each row, and after each round of the rows that are kept by then.
    """

    writer: Writer
    curator: Curator
    tries: float
    workers: int
    judged: Judged = field(default_factory=Judged)
    on_row: Callable[[Row], None] = lambda row: None
    progress: Progress = field(default_factory=Quiet)
    used: Counter[str] = field(default_factory=Counter)
    quota: dict[str, int] = field(default_factory=dict)
    _arrived: list[Row | Dropped] = field(default_factory=list)
    _rest: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dealer = Dealer(self.writer.generator)

    def fill(self, quota: Mapping[str, int], full: int = 0) -> None:
        """Keep ``quota[label]`` rows in all of each class, or as many as the tries give.

        Args:
            quota: kept rows wanted, those of earlier calls included.
            full: rows of a class that will be wanted in the end, if that is more: their tries may
                be used now, as few rows leave no room for bad luck.
        """
        fill_all([Filling(self, quota, full)], self.progress)

    def orders(self, quota: Mapping[str, int], full: int) -> list[tuple[Request, ...]]:
        """What is to be asked for in the next round; these tries are used then."""
        self.quota = dict(quota)
        orders: list[list[tuple[Request, ...]]] = []
        for label, rows in quota.items():
            used = self.used[label]
            allowed = math.ceil(max(rows, full) * self.tries) - used
            count = max(0, min(rows - self.judged.counts[label], allowed))
            made = self.writer.generator.orders(label, used, count)
            orders.append(self.dealer.deal(made, label, rows))
            self.used[label] = used + count
        # One of each class in turn: calls that run side by side should seldom share a prompt, as
        # the embedded engine remembers the start of a prompt only once a call with it has ended.
        return [order for turn in zip_longest(*orders) for order in turn if order]

    def arrived(self, made: Sequence[Row | Dropped]) -> None:
        """Rows of an order of this round, whichever came first, are there."""
        for item in made:
            row = item.row if isinstance(item, Dropped) else item
            self._arrived.append(item)
            self.on_row(row)
            self.progress.row(usage_of([row]), self.writer.candidate)

    def judge(self, made: Sequence[Row | Dropped]) -> None:
        """Judge the rows of a whole round, in the order of its requests."""
        self._arrived = []
        self.judged.add(Curated(dropped=tuple(unread(made))))
        self.judged.add(self._sift(readable(made)))

    def cut(self) -> None:
        """This round has ended early: what cannot be read has its reason already.

        Whether the other rows that came are judged is for the caller.
        """
        arrived, self._arrived = self._arrived, []
        self.judged.add(Curated(dropped=tuple(unread(arrived))))
        self._rest = readable(arrived)

    def judge_rest(self) -> None:
        """Judge the rows of a round that was cut short."""
        rest, self._rest = self._rest, []
        self.judged.add(self._sift(rest, ask=False))

    def _sift(self, rows: Sequence[Row], ask: bool = True) -> Curated:
        judged = self.curator.sift(rows, ask)
        sifted = wanted(judged, self.quota, self.judged.counts, self.dealer)
        self.dealer.add(sifted.kept)
        return sifted


@dataclass
class Filling:
    """A collector and what it is to keep, as ``Collector.fill`` takes it.

    Attributes:
        lone: a prompt that cannot be sent (too long, or with real text) ends this one only.
        error: what has ended this one.
    """

    collector: Collector
    quota: Mapping[str, int]
    full: int = 0
    lone: bool = False
    error: ContextError | LeakError | None = None

    def write(self, order: Sequence[Request]) -> list[Row | Dropped]:
        """``Writer.write``, from any thread; nothing more is asked for once it has ended."""
        if self.error is not None:
            return []
        try:
            return self.collector.writer.write(order)
        except (ContextError, LeakError) as exc:
            if not self.lone:
                raise
            self.error = exc
            return []


def fill_all(fillings: Sequence[Filling], progress: Progress) -> None:
    """``collector.fill(quota, full)`` of each, with the calls of all of them in one pool.

    Each keeps the rows that it would keep alone: a round holds the next requests of every
    collector that is not full, and each judges its own when all have come.

    Args:
        fillings: collectors on one session, with the same number of workers.
        progress: told after each round how many rows are kept, all of them together.

    Raises:
        BaseException: what ended it all; each collector then has the rows that came.
    """
    while parts := _next_round(fillings):
        came = iter(_gathered(parts))
        for filling, orders in parts:
            mine = [item for items in islice(came, len(orders)) for item in items]
            if filling.error is None:
                filling.collector.judge(mine)
            else:
                filling.collector.cut()
        by = {
            one.collector.writer.candidate: one.collector.judged.counts.total() for one in fillings
        }
        progress.kept(sum(by.values()), by)


_Part = tuple[Filling, list[tuple[Request, ...]]]


def _next_round(fillings: Sequence[Filling]) -> list[_Part]:
    open_ones = [one for one in fillings if one.error is None]
    parts = [(one, one.collector.orders(one.quota, one.full)) for one in open_ones]
    return [(one, orders) for one, orders in parts if orders]


def _gathered(parts: Sequence[_Part]) -> list[list[Row | Dropped]]:
    """The rows of every order, part by part."""
    first = parts[0][0].collector
    # One part after another: a prompt cache serves calls best that follow soon on their like.
    tagged = [(one, order) for one, orders in parts for order in orders]

    def work(item: tuple[Filling, Sequence[Request]]) -> tuple[Filling, list[Row | Dropped]]:
        return item[0], item[0].write(item[1])

    def arrived(result: tuple[Filling, list[Row | Dropped]]) -> None:
        result[0].collector.arrived(result[1])

    try:
        session, say = first.writer.session, first.progress.say
        return [made for _, made in gather(session, work, tagged, first.workers, arrived, say)]
    except BaseException:
        for one, _ in parts:
            one.collector.cut()
        raise
