"""``coverage``: what real rows of a class speak of, and how many synthetic rows speak of it too.

Dev rows of a class are put into groups by their words (LSA, then k-means); a synthetic row belongs
to the group of its class that is nearest. A group that few synthetic rows belong to, and whose real
rows the model misses, is a hole. Every group is told, so that a search can also start from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from synthlab.features.counts import CachedTfidf
from synthlab.features.lsa import Lsa
from synthlab.features.threads import one_thread
from synthlab.feedback.base import Evidence
from synthlab.feedback.confusions import macro_f1
from synthlab.feedback.telling import TOKEN, Telling, said
from synthlab.findings import Finding

COMPONENTS = 50


@dataclass(frozen=True)
class _Group:
    """Real rows of a class that are alike.

    Attributes:
        rows: shape (dev rows,), bool: which they are.
        words: what tells them from all other rows, the most telling first.
        made: synthetic rows of the class that belong to it.
        of: synthetic rows of the class.
    """

    label: str
    rows: NDArray[np.bool_]
    words: tuple[str, ...]
    made: int
    of: int


class Coverage:
    """Groups of real rows, the worst covered first."""

    class Params(BaseModel):
        """How fine the groups are."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        groups: int = Field(8, ge=1, description="most groups of a class")
        words: int = Field(8, ge=1, description="words that tell a group")

    def __init__(self, params: Params) -> None:
        self.params = params

    def find(self, evidence: Evidence) -> Sequence[Finding]:
        """A finding for each group with words that enough dev rows share.

        ``weights`` holds ``share`` (of the class's real rows), ``made`` (of its synthetic rows) and
        ``missed`` (of the group's real rows).
        """
        with one_thread():
            groups = list(self._groups(evidence))
        return sorted((_told(evidence, group) for group in groups), key=lambda f: -f.gain)

    def _groups(self, evidence: Evidence) -> Iterator[_Group]:
        texts = evidence.texts(evidence.real)
        labels = np.array([row.label for row in evidence.real])
        telling = Telling(texts, labels.tolist(), evidence.brief.labels, evidence.least)
        vectors = make_pipeline(
            CachedTfidf(sublinear_tf=True, token_pattern=TOKEN, stop_words="english"),
            Lsa(COMPONENTS),
            Normalizer(),
        )
        try:
            real = vectors.fit_transform(texts)
        except ValueError:  # not one word in any text
            return
        for label in evidence.brief.labels:
            own = np.flatnonzero(labels == label)
            kept = evidence.texts([row for row in evidence.kept if row.label == label])
            count = min(self.params.groups, len(own) // (2 * evidence.least))
            if count < 1 or not kept:
                continue
            means = KMeans(count, n_init=4, random_state=evidence.seed).fit(real[own])
            made = means.predict(vectors.transform(kept))
            for group in range(count):
                rows = np.zeros(len(texts), dtype=bool)
                rows[own[means.labels_ == group]] = True
                words = self._words(telling, rows, evidence.least)
                if words:
                    yield _Group(label, rows, words, int((made == group).sum()), len(kept))

    def _words(self, telling: Telling, rows: NDArray[np.bool_], least: int) -> tuple[str, ...]:
        """Words of a group that enough rows of the group itself share."""
        if rows.sum() < least:
            return ()
        odds = telling.log_odds(rows, ~rows)
        odds[~telling.shared(rows, least)] = 0
        return tuple(telling.best(odds)[: self.params.words])


def _told(evidence: Evidence, group: _Group) -> Finding:
    score, name = evidence.score, evidence.brief.names[group.label]
    missed = group.rows & (score.called != score.true)
    own = score.true == score.labels.index(group.label)
    count, share = int(group.rows.sum()), float(group.rows[own].mean())
    text = (
        f"{share:.0%} of real {name} rows speak of {said(group.words)}: "
        f"{group.made} of {group.of} synthetic rows do; {missed.sum()} of these {count} are missed"
    )
    weights = {
        "share": share,
        "made": group.made / group.of,
        "missed": float(missed.sum() / count),
    }
    return Finding("coverage", text, _gain(evidence, missed), group.label, "", group.words, weights)


def _gain(evidence: Evidence, missed: NDArray[np.bool_]) -> float:
    """Macro-F1 that is won where these rows are called right."""
    score = evidence.score
    called = np.where(missed, score.true, score.called)
    return macro_f1(table(score.true, called, len(score.labels))) - score.f1


def table(true: NDArray[np.int16], called: NDArray[np.int16], classes: int) -> NDArray[np.int64]:
    """Confusion matrix, shape (classes, classes): true by called."""
    found = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(found, (true, called), 1)
    return found
