"""The rows of one sensitive attribute: synthetic and real ones, and the group that each tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from synthlab.features.lexicon import NONE
from synthlab.groups import Sensitive
from synthlab.quality.base import Subject


@dataclass(frozen=True, eq=False)
class About:
    """The rows of one attribute, and their groups.

    Attributes:
        made: the group of each synthetic row.
        real: of each real one.
        asked: whether the rows were asked for by group.
    """

    item: Sensitive
    subject: Subject
    made: list[str]
    real: list[str]
    asked: bool

    @classmethod
    def of(cls, item: Sensitive, subject: Subject) -> About:
        """The rows of a subject that tells groups."""
        assert subject.groups is not None
        made, real = (list(subject.groups(item.name, r)) for r in (subject.kept, subject.real))
        asked = [row.lineage.request.attributes for row in subject.kept if row.lineage]
        return cls(item, subject, made, real, any(item.name in one for one in asked))

    def table(self) -> dict[str, dict[str, list[float]]]:
        """``[requested, delivered]`` rows by class and group; ``""`` is no group."""
        found: dict[str, dict[str, list[float]]] = {}
        for label in self.subject.brief.labels:
            own = [
                g for g, row in zip(self.made, self.subject.kept, strict=True) if row.label == label
            ]
            counts, shares = Counter(own), self.item.shares(label)
            wanted = [round(share * len(own), 3) for share in shares]
            cells = zip(self.item.names, wanted, strict=True)
            found[label] = {name: [want, counts[name]] for name, want in cells}
            found[label][NONE] = [0, counts[NONE]]
        return found
