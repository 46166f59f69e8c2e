"""``augment``: real rows with some words deleted, swapped or put in. A baseline without an LM.

Three of the four operations of EDA (Wei and Zou, "EDA: Easy Data Augmentation Techniques for
Boosting Performance on Text Classification Tasks", EMNLP 2019, arXiv 1901.11196). The fourth,
replacement by synonyms, and the synonyms that EDA puts in need a dictionary of the language; what
is put in here are words of other shown rows of the class. Rows are near-copies of real rows by
design: they may leave the house only where those may.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from synthlab.generators.offline import Offline
from synthlab.records import Request, Row, draw_seed

OPERATION = "operation"
"""The attribute that tells what was done to the row."""


class Augment(Offline):
    """Each row is one real row of the class after one operation, all of them in turn."""

    class Params(BaseModel):
        """How much is changed."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        pool: int = Field(5, ge=1, description="real rows a class that may be used, as few_shot's")
        alpha: float = Field(0.1, gt=0, le=1, description="share of a row's words that are changed")

    def prepare(self, shots: Sequence[Row]) -> None:
        pool = self.pooled(shots, self.params.pool)
        self.pool = {
            label: [(row.id, str(row.values[self.brief.field]).split()) for row in rows]
            for label, rows in pool.items()
        }

    def request(self, label: str, index: int) -> Request:
        rows = self.pool[label]
        turn, place = divmod(index, len(rows))
        order = list(range(len(rows)))
        self.rng("augment", label, turn).shuffle(order)
        names = list(OPERATIONS)
        # Each pass over the rows does the next thing to each of them.
        name = names[(turn + order[place]) % len(names)]
        seed = draw_seed(self.seed, label, index)
        return Request(label, index, seed, {OPERATION: name}, (rows[order[place]][0],))

    def compose(self, request: Request) -> str:
        rows = dict(self.pool[request.label])
        words = rows.pop(request.shown[0])
        others = [word for other in rows.values() for word in other] or words
        draw = self.rng("words", request.label, request.index)
        count = max(1, round(self.params.alpha * len(words)))
        return " ".join(OPERATIONS[request.attributes[OPERATION]](words, count, others, draw))


def delete(words: list[str], count: int, others: list[str], draw: random.Random) -> list[str]:
    """Without ``count`` of its words; one word is always left."""
    gone = set(draw.sample(range(len(words)), min(count, max(0, len(words) - 1))))
    return [word for place, word in enumerate(words) if place not in gone]


def swap(words: list[str], count: int, others: list[str], draw: random.Random) -> list[str]:
    """Two words change places, ``count`` times."""
    found = list(words)
    for _ in range(count if len(found) > 1 else 0):
        one, two = draw.sample(range(len(found)), 2)
        found[one], found[two] = found[two], found[one]
    return found


def insert(words: list[str], count: int, others: list[str], draw: random.Random) -> list[str]:
    """With ``count`` words of other rows somewhere in it."""
    found = list(words)
    for _ in range(count if others else 0):
        found.insert(draw.randint(0, len(found)), draw.choice(others))
    return found


OPERATIONS: dict[str, Callable[[list[str], int, list[str], random.Random], list[str]]] = {
    "delete": delete,
    "swap": swap,
    "insert": insert,
}
