"""The finals of a run that tops up rare classes: the topped-up set against what needs no LM.

The arms are trained on the same real seed rows: alone, with the winner's rows, with the direct
prompt's, and with the best remedy without an LM, which dev has chosen. So what is compared is what
is added; that both kinds of rows are added in equal numbers is the quota's doing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from synthlab.comparisons import DIRECT, REAL, TOPPED, Contrast
from synthlab.errors import SynthlabError
from synthlab.scoring.remedies import REMEDIES, Remedy
from synthlab.scoring.topup import TopUp
from synthlab.statistics.many import holm
from synthlab.statistics.paired import NOISE
from synthlab.statistics.uneven import Sheet, compare
from synthlab.workflow.exam import Exam, Marks, Sets, questions
from synthlab.workflow.plan import Plan


@dataclass(frozen=True)
class TopUpExam(Exam):
    """What is asked of a top-up; ``real`` are the seed rows.

    Args:
        quota: rows that are added, by class.
        remedy: the best one without an LM; None where none could be trained.
    """

    quota: Mapping[str, int] = field(default_factory=dict)
    remedy: Remedy | None = None

    def marks(self, mine: Sets, direct: Sets | None = None) -> list[Marks]:
        """The marks of each arm, the winner's first."""
        found = [self._added(TOPPED, mine), self._real_alone(), *self._remedied(len(mine))]
        return found if direct is None else [*found, self._added(DIRECT, direct)]

    def _added(self, name: str, sets: Sets) -> Marks:
        student = TopUp(self.scorer, self.real)
        scores = tuple(student.score(rows, self.test) for rows in sets)
        return Marks(name, scores, len(self.real))

    def _remedied(self, draws: int) -> list[Marks]:
        """As many draws as there are generations; none where this classifier does not allow it."""
        if self.remedy is None:
            return []
        try:
            seeds = range(draws)
            scores = self.remedy.score(self.scorer, self.real, self.quota, self.test, seeds)
        except SynthlabError:
            return []
        drawn = self.remedy.drawn
        return [Marks(self.remedy.name, scores, len(self.real), fixed=not drawn)]


def topped_exam(plan: Plan, exam: Exam) -> TopUpExam:
    """The exam of a plan with a quota; dev chooses the remedy, before test is looked at."""
    best = max(plan.remedies, key=lambda item: item.f1, default=None)
    remedy = next((item for item in REMEDIES if best and item.name == best.name), None)
    seed = plan.splits.seed
    return TopUpExam(
        exam.scorer,
        exam.others,
        exam.test,
        seed,
        rope=exam.rope,
        quota=plan.data.quota,
        remedy=remedy,
    )


def uneven(marks: Sequence[Marks], rope: float) -> dict[str, tuple[Contrast, ...]]:
    """The finals' questions in the measures of uneven classes, each measure Holm-corrected."""
    first = marks[0].scores[0]
    if first.uneven.get("rare_recall") is None:
        return {}
    rare = first.labels.index(first.rarest)
    found: dict[str, list[Contrast]] = {}
    for a, b in questions(marks):
        sides = (_sheet(a, len(b.scores)), _sheet(b, len(a.scores)))
        noise = NOISE / math.sqrt(2) if b.fixed else NOISE  # as in ``exam.difference``
        for key, item in compare(a.true, *sides, rare, rope, noise).items():
            found.setdefault(key, []).append(item)
    return {key: tuple(holm(items)) for key, items in found.items()}


def _sheet(mark: Marks, generations: int) -> Sheet:
    """Its calls; what is fixed takes part in every generation of the other side."""
    times = generations if mark.fixed else 1
    sure = [score.rare_proba for score in mark.scores] * times
    known = [item for item in sure if item is not None]
    stacked = np.vstack(known).astype(np.float64) if len(known) == len(sure) else None
    return Sheet(mark.name, np.vstack([mark.called] * times), stacked)


def advice(marks: Sequence[Marks], contrasts: Sequence[Contrast]) -> str:
    """Whether to top up, in a sentence: only what holds after Holm's correction is claimed."""
    figures = ", ".join(f"{mark.name} {mark.estimate.value:.2f}" for mark in marks)
    others = sorted((item for item in contrasts if item.b != DIRECT), key=lambda item: item.value)
    lost = [item for item in others if item.found and item.value < 0]
    open_ = [item for item in others if not item.found]
    if lost:
        use = f"Use {_named(lost[0])}: the synthetic rows do worse ({_sure(lost[0])})"
    elif open_ and open_[0].value < 0:
        use = (
            f"Use {_named(open_[0])}, with no LM: nothing shows that the synthetic rows do better "
            f"({_sure(open_[0])})"
        )
    elif open_:
        use = (
            f"That the synthetic rows do better than {_named(open_[0])} cannot be seen "
            f"({_sure(open_[0])})"
        )
    else:
        use = f"Top up with the synthetic rows ({_sure(others[0])} over {_named(others[0])})"
    return f"On the sealed test rows, macro-F1: {figures}. {use}."


def of_the_rare(marks: Sequence[Marks], found: Mapping[str, Sequence[Contrast]]) -> list[str]:
    """Recall and ranking of the rarest class, and whether its ranking changed for certain."""
    if not found:
        return []

    recall = ", ".join(f"{mark.name} {mark.arm.uneven['rare_recall']:.2f}" for mark in marks)
    said = [f"Recall of {marks[0].scores[0].rarest}, the rarest class: {recall}."]
    gap = next((item for item in found.get("rare_pr_auc", ()) if item.b == REAL), None)
    if gap is None:
        return said
    change = "are not seen to change"
    if gap.found:
        change = "improve" if gap.value > 0 else "harm"
    said.append(
        f"The synthetic rows {change} its ranking, wherever the line is drawn "
        f"(PR-AUC {_sure(gap)} over the real rows alone)."
    )
    return said


def _named(found: Contrast) -> str:
    return "the real rows alone" if found.b == REAL else found.b


def _sure(found: Contrast) -> str:
    return f"{found.value:+.3f}, 95% {found.low:+.3f} to {found.high:+.3f}"
