"""One set of rows from anywhere, judged: its arms, other classifiers, its curve, and sentences."""

from __future__ import annotations

from dataclasses import dataclass

from synthlab.comparisons import Family
from synthlab.errors import SynthlabError
from synthlab.measures import Panel
from synthlab.scoring.baselines import RealRows, first_rows
from synthlab.scoring.score import Scorer
from synthlab.workflow.curves import Scores, real_curve, synthetic_curve
from synthlab.workflow.exam import Exam, Marks, choose_weight, contrasts, questions
from synthlab.workflow.ground import Ground
from synthlab.workflow.rowfiles import RowSet
from synthlab.workflow.worth import fitted, reach_said, worth_said

CURVE_ROWS = 1_000
"""Rows a class up to which a curve doubles; the whole set, which is trained on anyway, ends it."""

CURVE_SETS = 5
"""Generations that a curve is drawn through."""


@dataclass(frozen=True)
class Judged:
    """What was found of one set.

    Attributes:
        item: the set.
        marks: of its arms: synthetic rows alone; with real rows, also these alone, and both.
        families: the same arms as other kinds of classifier see them.
        curve: the scores of its first rows, in rising numbers.
        said: what curves say of it.
        notes: what must be known of it besides.
        panel: what was measured of its first generation beside the score; None if not asked for.
    """

    item: RowSet
    marks: tuple[Marks, ...]
    families: list[Family]
    curve: list[Scores]
    said: list[str]
    notes: list[str]
    panel: Panel | None = None

    @property
    def questions(self) -> list[tuple[Marks, Marks]]:
        """What is compared: the synthetic rows, and both together, with the real rows."""
        return questions(self.marks)


class Judge:
    """Judges sets on one ground; what is the same for all of them is trained once.

    Args:
        ground: what they are judged on.

    Attributes:
        curve: of real rows alone; empty where there are none to train on.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        pool = RealRows(ground.yardstick, ground.scorer.labels, ground.draws, ground.seed)
        self.curve = real_curve(ground.scorer, pool, ground.sizes, ground.test)
        self._worth = fitted(self.curve, pool.balanced)
        self._real: dict[Scorer, Marks] = {}

    def judge(self, item: RowSet) -> Judged:
        """Train on one set.

        Raises:
            SynthlabError: it cannot be trained on; the message begins with its name.
        """
        try:
            return self._judged(item)
        except SynthlabError as exc:
            raise SynthlabError(f"{item.name}: {exc.what}", exc.fix) from exc

    def _judged(self, item: RowSet) -> Judged:
        ground = self.ground
        weight = 1.0
        if ground.real and ground.apart is not None:
            weight = choose_weight(ground.scorer, ground.weights, *ground.apart, item.sets)
        rope = ground.rope
        exam = Exam(
            ground.scorer, ground.others, ground.test, ground.real, weight, rope, self._real
        )
        marks = exam.marks(item.sets)
        families = exam.families(item.sets, None, contrasts(marks, rope))
        notes = [
            f"{item.name}: {family.model} sees {pair} the other way round"
            for family in families
            for pair in family.against
        ]
        curve = self._curve(item, marks[0])
        values = [score.f1 for score in marks[0].scores]
        said = [
            *worth_said(self._worth, values, marks[0].arm.rows),
            *reach_said(fitted(curve), values, "this kind", priced=False),
        ]
        panel = ground.panel(item.sets[0]) if ground.panel else None
        return Judged(item, tuple(marks), families, curve, said, notes, panel)

    def _curve(self, item: RowSet, alone: Marks) -> list[Scores]:
        """Of the first rows of each class; empty where a class has none."""
        labels = self.ground.scorer.labels
        counts = [own[label] for own in item.counts() for label in labels]
        if not min(counts):
            return []
        size = min(*counts, CURVE_ROWS)
        sets = [first_rows(rows, size) for rows in item.sets[:CURVE_SETS]]
        found = synthetic_curve(self.ground.scorer, sets, self.ground.test)
        if size < min(counts) == max(counts):
            values = tuple(score.f1 for score in alone.scores)
            found.append(Scores(counts[0], counts[0] * len(labels), values))
        return sorted(found, key=lambda scores: scores.rows)
