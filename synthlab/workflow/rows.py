"""A generator and an LM -> kept rows of every class: write, curate, refill, up to so many tries."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from synthlab.curation.curator import Curator
from synthlab.generators.base import Generator
from synthlab.lm.adapters import Unparsable
from synthlab.lm.session import Session
from synthlab.records import Curated, Dropped, Lineage, Request, Row, digest
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
        reason = ""
        try:
            with self.session.scope(purpose="generate", seed=request.seed) as scope:
                text = str(self.generator(request=request)[field])
        except Unparsable as exc:
            text, reason = exc.completion, UNPARSABLE
        # Half of a surrogate pair (a JSON escape cut short) can be neither hashed nor stored.
        text = text.encode("utf-8", "replace").decode("utf-8")
        if request.index == 0:
            self.prompts[request.label] = "\n\n---\n\n".join(scope.prompts)
        call = scope.calls[-1].key if scope.calls else ""
        lineage = Lineage(self.candidate, self.session.lm_id, call, request, scope.usage)
        key = digest([self.candidate, request.label, request.index, request.seed], 12)
        row = Row(key, {field: text}, request.label, lineage)
        return Dropped(row, reason) if reason else row


class Collector:
    """Fills quotas round by round; what was kept and used so far carries over between calls.

    Args:
        writer: makes the rows.
        curator: judges them, in the order of the requests.
        tries: requests allowed per row of a quota.
        workers: calls at the same time.
        on_row: called with every row or dropped row as soon as it is there.
    """

    def __init__(
        self,
        writer: Writer,
        curator: Curator,
        tries: float,
        workers: int,
        on_row: Callable[[Row | Dropped], None],
    ) -> None:
        self.writer = writer
        self.curator = curator
        self.tries = tries
        self.workers = workers
        self.on_row = on_row
        self.kept: list[Row] = []
        self.dropped: list[Dropped] = []
        self.used: dict[str, int] = {}

    def count(self, label: str) -> int:
        """Kept rows of a class."""
        return sum(row.label == label for row in self.kept)

    def fill(self, quota: Mapping[str, int], on_round: Callable[[int], None]) -> Curated:
        """Keep ``quota[label]`` rows in all of each class, or as many as the tries give.

        Args:
            quota: kept rows wanted, those of earlier calls included.
            on_round: called after each round with the number of kept rows.
        """
        while orders := self._orders(quota):
            made = spread(self.writer.write, orders, self.workers, self.on_row)
            self._sift(made)
            on_round(len(self.kept))
        return Curated(tuple(self.kept), tuple(self.dropped))

    def _orders(self, quota: Mapping[str, int]) -> list[Request]:
        orders: list[Request] = []
        for label, wanted in quota.items():
            used = self.used.get(label, 0)
            allowed = math.ceil(wanted * self.tries) - used
            count = max(0, min(wanted - self.count(label), allowed))
            orders += self.writer.generator.plan(label, used, count)
            self.used[label] = used + count
        return orders

    def _sift(self, made: Sequence[Row | Dropped]) -> None:
        self.dropped += [item for item in made if isinstance(item, Dropped)]
        sifted = self.curator.sift([item for item in made if isinstance(item, Row)])
        self.kept += sifted.kept
        self.dropped += sifted.dropped
