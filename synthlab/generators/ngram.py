"""``ngram``: word by word, as words follow each other in a few real rows. A baseline without an LM.

A language model of each class that was common before neural ones: n-grams with back-off, whose
weights are Witten and Bell's ("The Zero-Frequency Problem", 1991; Chen and Goodman 1998, section
2.5). After a context that was seen N times and followed by T different words, the next word is one
of those with probability N / (N + T), and else one that follows the context without its first word.
At the end stand the words of all classes. Of few rows it repeats long pieces.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from synthlab.generators.offline import Offline
from synthlab.records import Request, Row

END = ""
"""Follows the last word of a row; no word is empty."""

Follows = dict[tuple[str, ...], tuple[list[str], list[int]]]
"""After each context: the words that follow it, and how often each does."""


class Ngram(Offline):
    """Rows drawn from a back-off model of the shown real rows of the class."""

    class Params(BaseModel):
        """How long contexts are, and what they are learnt from."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        pool: int = Field(5, ge=1, description="real rows a class that may be used, as few_shot's")
        order: int = Field(3, ge=1, le=6, description="words of an n-gram: 3 looks back at two")

    def prepare(self, shots: Sequence[Row]) -> None:
        pool = self.pooled(shots, self.params.pool)
        split = {
            label: [str(row.values[self.brief.field]).split() for row in rows]
            for label, rows in pool.items()
        }
        self.models = {label: _counted(rows, self.params.order) for label, rows in split.items()}
        every = [words for rows in split.values() for words in rows]
        self.any = _counted(every, 1)
        self.longest = {label: max(map(len, rows)) for label, rows in split.items()}

    def compose(self, request: Request) -> str:
        draw = self.rng("words", request.label, request.index)
        model = self.models[request.label]
        words: list[str] = []
        past = (END,) * (self.params.order - 1)
        while len(words) < self.longest[request.label]:
            word = self._next(model, past, draw)
            if word == END and words:
                break
            if word != END:  # one that begins with its end begins again
                words.append(word)
                past = (*past, word)[1:] if past else ()
        return " ".join(words)

    def _next(self, model: Follows, past: tuple[str, ...], draw: random.Random) -> str:
        for start in range(len(past) + 1):
            words, counts = model.get(past[start:], ([], []))
            seen = sum(counts)
            if seen and draw.random() < seen / (seen + len(words)):
                return draw.choices(words, counts)[0]
        words, counts = self.any[()]
        return draw.choices(words, counts)[0]


def _counted(rows: Iterable[Sequence[str]], order: int) -> Follows:
    """What follows each context of up to ``order - 1`` words, also before the first word."""
    found: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for words in rows:
        padded = [END] * (order - 1) + [*words, END]
        for at in range(order - 1, len(padded)):
            for length in range(order):
                found[tuple(padded[at - length : at])][padded[at]] += 1
    # Words that are equally frequent keep the order in which they came: no set, no hash.
    return {context: (list(counts), list(counts.values())) for context, counts in found.items()}
