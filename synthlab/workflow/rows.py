"""A generator and an LM -> kept rows of every class: write, curate, refill, up to so many tries."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from synthlab.curation.curator import Curator
from synthlab.generators.base import Generator
from synthlab.lm.adapters import Unparsable
from synthlab.lm.session import Session
from synthlab.records import Curated, Dropped, Lineage, Request, Row, digest, usage_of
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.spread import spread

UNPARSABLE = "no text in the answer"


@dataclass
class Writer:
    """Writes one row for a request, from any thread.

    Attributes:
        candidate: digest of the candidate, for the rows' lineage.
        prompts: the first rendered prompt of each class.
    """

    generator: Generator
    session: Session
    candidate: str
    prompts: dict[str, str] = field(default_factory=dict)

    def write(self, request: Request) -> Row | Dropped:
        """The row, or a dropped row when the answer holds no text.

        Raises:
            SynthlabError: the LM failed, or a prompt leaks real text.
        """
        field = self.generator.brief.field
        problem: Unparsable | None = None
        try:
            with self.session.scope(purpose="generate", seed=request.seed) as scope:
                text = str(self.generator(request=request)[field])
        except Unparsable as exc:
            text, problem = exc.completion, exc
        # Half of a surrogate pair (a JSON escape cut short) can be neither hashed nor stored.
        text = text.encode("utf-8", "replace").decode("utf-8")
        if request.index == 0:
            self.prompts[request.label] = "\n\n---\n\n".join(scope.prompts)
        call = scope.calls[-1].key if scope.calls else ""
        lineage = Lineage(self.candidate, self.session.lm_id, call, request, scope.usage)
        key = digest([self.candidate, request.label, request.index, request.seed], 12)
        row = Row(key, {field: text}, request.label, lineage)
        return Dropped(row, UNPARSABLE, problem.reason) if problem else row


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
        """All rows so far."""
        return Curated(tuple(self.kept), tuple(self.dropped))


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

    def fill(self, quota: Mapping[str, int]) -> None:
        """Keep ``quota[label]`` rows in all of each class, or as many as the tries give.

        Args:
            quota: kept rows wanted, those of earlier calls included.
        """
        while orders := self._orders(quota):
            made = self._made(orders)
            unread = tuple(item for item in made if isinstance(item, Dropped))
            self.judged.add(Curated(dropped=unread))
            self.judged.add(self.curator.sift([item for item in made if isinstance(item, Row)]))
            self.progress.kept(len(self.judged.kept))

    def _orders(self, quota: Mapping[str, int]) -> list[Request]:
        orders: list[Request] = []
        for label, wanted in quota.items():
            used = self.used[label]
            allowed = math.ceil(wanted * self.tries) - used
            count = max(0, min(wanted - self.judged.counts[label], allowed))
            orders += self.writer.generator.plan(label, used, count)
            self.used[label] = used + count
        return orders

    def _made(self, orders: Sequence[Request]) -> list[Row | Dropped]:
        unread: list[Dropped] = []

        def arrived(made: Row | Dropped) -> None:
            if isinstance(made, Dropped):
                unread.append(made)
            row = made.row if isinstance(made, Dropped) else made
            self.on_row(row)
            self.progress.row(usage_of([row]))

        try:
            return spread(self.writer.write, orders, self.workers, arrived)
        except BaseException:
            # No curator sees this round any more, but these rows have their reason already.
            self.judged.add(Curated(dropped=tuple(unread)))
            raise
