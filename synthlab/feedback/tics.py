"""``tics``: words that give synthetic rows away, as no real row speaks so.

The words are the LM's own, so that no real row is in them. What they cost is tried: the classifier
is fitted again without them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from sklearn.base import clone

from synthlab.features.threads import one_thread
from synthlab.feedback.base import Evidence
from synthlab.feedback.confusions import macro_f1
from synthlab.feedback.coverage import table
from synthlab.feedback.telling import TOKEN, Held, Telling, said
from synthlab.findings import Finding


class Tics:
    """One finding: the worst words of all synthetic rows."""

    class Params(BaseModel):
        """Which words count as tics."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        words: int = Field(12, ge=1, description="most words that are told")
        times: float = Field(
            4.0, gt=1, description="so many times as often as in real rows, or more"
        )

    def __init__(self, params: Params) -> None:
        self.params = params

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """Nothing where no word of at least ``evidence.least`` synthetic rows stands out."""
        made = evidence.texts(evidence.kept)
        real = _cut(evidence.texts(evidence.real), made)
        telling = Telling(
            [*made, *real], ["made"] * len(made) + ["real"] * len(real), (), evidence.least
        )
        mine = telling.labels == "made"
        odds = telling.log_odds(mine, ~mine)
        often = telling.holds[mine].mean(axis=0)
        odds[often < self.params.times * (telling.holds[~mine].sum(axis=0) + 1) / (~mine).sum()] = 0
        odds[telling.holds[mine].sum(axis=0) < evidence.least] = 0
        words = tuple(telling.best(odds)[: self.params.words])
        if not words:
            return []
        share = float(Held(made, words).holds.any(axis=1).mean())
        text = (
            f"{share:.0%} of synthetic rows use words that real rows seldom do: {said(words, 12)}"
        )
        return [Finding("tics", text, _gain(evidence, made, words), words=words)]


def _cut(real: Sequence[str], made: Sequence[str]) -> list[str]:
    """Real texts cut to a usual length of the synthetic ones: longer texts hold more words."""
    length = int(np.median([len(text.split()) for text in made]))
    return [" ".join(text.split()[:length]) for text in real]


def _gain(evidence: Evidence, made: Sequence[str], words: Sequence[str]) -> float:
    """What the classifier wins on dev when it never sees the words, as far as it can be fitted."""
    known, token = set(words), re.compile(TOKEN)

    def without(text: str) -> str:
        return token.sub(lambda m: "" if m[0].lower() in known else m[0], text)

    score = evidence.score
    with one_thread():
        try:
            model = clone(evidence.model).fit(
                [without(text) for text in made], [row.label for row in evidence.kept]
            )
            called = model.predict(evidence.texts(evidence.real))
        except ValueError:  # nothing is left of the rows
            return 0.0
    places = {label: place for place, label in enumerate(score.labels)}
    found = np.array([places[label] for label in called], dtype=np.int16)
    return max(0.0, macro_f1(table(score.true, found, len(score.labels))) - score.f1)
