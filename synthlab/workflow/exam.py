"""The look at test: what each kind of training set reaches, and how sure the differences are.

Its rows come from ``workflow/run.py`` or ``workflow/score.py``. It asks what an honest reader asks:
what does the same classifier reach when it is trained on the real rows that this run was allowed to
use, alone and with the synthetic rows added?
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

from synthlab.comparisons import (
    BOTH,
    DIRECT,
    REAL,
    SYNTHETIC,
    TOPPED,
    Arm,
    Contrast,
    Estimate,
    Family,
)
from synthlab.outcomes import Score
from synthlab.records import Row
from synthlab.scoring.baselines import mean_of
from synthlab.scoring.score import Scorer
from synthlab.statistics.macro import Codes
from synthlab.statistics.many import holm
from synthlab.statistics.paired import NOISE, ROPE, contrast, level

Sets = Sequence[Sequence[Row]]
"""Synthetic rows, a set for each generation."""


@dataclass(frozen=True)
class Marks:
    """What the classifiers of one kind of training set called the test rows.

    Attributes:
        scores: one for each generation; one in all where no generation is in it.
        fixed: the training rows are given, so that asking again would change nothing.
    """

    name: str
    scores: tuple[Score, ...]
    real: int = 0
    weight: float = 1.0
    fixed: bool = False

    @property
    def called(self) -> Codes:
        """Shape (generations, test rows)."""
        return np.vstack([score.called for score in self.scores])

    @property
    def true(self) -> Codes:
        """Shape (test rows,)."""
        return self.scores[0].true

    @property
    def estimate(self) -> Estimate:
        """Their mean with its interval."""
        return level(self.true, self.called, len(self.scores[0].labels))

    @property
    def arm(self) -> Arm:
        """As it is reported."""
        rows = round(float(np.mean([score.train_rows for score in self.scores])))
        uneven = mean_of(self.name, self.scores).uneven
        return Arm(self.name, self.estimate, rows, self.real, self.weight, uneven)


@dataclass(frozen=True)
class Exam:
    """What is asked of one set of real rows that no choice was made on.

    Args:
        scorer: the main classifier.
        others: other kinds of classifier, by name.
        test: the rows.
        real: real rows that may be trained on.
        weight: of a synthetic row beside a real one, where the classifier takes weights.
        rope: half the region of practical equivalence.
        reals: the marks of real rows alone by classifier, as far as they are known: they are the
            same whatever rows are judged.
    """

    scorer: Scorer
    others: Mapping[str, Scorer]
    test: Sequence[Row]
    real: Sequence[Row]
    weight: float = 1.0
    rope: float = ROPE
    reals: dict[Scorer, Marks] = field(default_factory=dict)

    def marks(self, mine: Sets, direct: Sets | None = None) -> list[Marks]:
        """The marks of each arm, the synthetic rows' first; arms of real rows where there are any.

        Args:
            mine: the rows to be judged, a set for each generation.
            direct: those of the direct prompt.
        """
        found = [self.alone(SYNTHETIC, mine)]
        if self.real:
            weight = self.weight if self.scorer.takes_weights else 1.0
            both = tuple(mixed(self.scorer, self.real, s, weight, self.test) for s in mine)
            found += [self._real_alone(), Marks(BOTH, both, len(self.real), weight)]
        if direct is not None:
            found.append(self.alone(DIRECT, direct))
        return found

    def alone(self, name: str, sets: Sets) -> Marks:
        """The marks of synthetic rows without any real one."""
        return Marks(name, tuple(self.scorer.score(rows, self.test) for rows in sets))

    def _real_alone(self) -> Marks:
        if self.scorer not in self.reals:
            found = (self.scorer.score(self.real, self.test),)
            self.reals[self.scorer] = Marks(REAL, found, len(self.real), fixed=True)
        return self.reals[self.scorer]

    def families(self, mine: Sets, direct: Sets | None, main: Sequence[Contrast]) -> list[Family]:
        """The same questions, as other kinds of classifier answer them.

        Args:
            mine: the rows to be judged.
            direct: those of the direct prompt.
            main: the answers of the main classifier.
        """
        return [self._family(name, mine, direct, main) for name in self.others]

    def _family(
        self, name: str, mine: Sets, direct: Sets | None, main: Sequence[Contrast]
    ) -> Family:
        marks = replace(self, scorer=self.others[name], others={}).marks(mine, direct)
        seen = contrasts(marks, self.rope)
        against = tuple(f"{item.a} - {item.b}" for item in seen if _opposed(item, main))
        return Family(name, tuple(mark.arm for mark in marks), against)


def _opposed(seen: Contrast, main: Sequence[Contrast]) -> bool:
    """Whether both are sure, and of opposite differences."""
    same = next((item for item in main if (item.a, item.b) == (seen.a, seen.b)), None)
    if same is None:
        return False
    return (seen.low > 0 and same.high < 0) or (seen.high < 0 and same.low > 0)


def contrasts(marks: Sequence[Marks], rope: float) -> list[Contrast]:
    """The questions that were fixed before test was opened, with Holm's correction.

    Synthetic rows alone against the direct prompt's and against the real rows; and both together
    against the real rows. A top-up against every other arm.
    """
    return family_of([difference(a, b, rope) for a, b in questions(marks)])


def questions(marks: Sequence[Marks]) -> list[tuple[Marks, Marks]]:
    """Which arms are compared, as far as they are there."""
    by_name = {mark.name: mark for mark in marks}
    asked = [(SYNTHETIC, DIRECT), (SYNTHETIC, REAL), (BOTH, REAL)]
    if TOPPED in by_name:
        asked = [(TOPPED, name) for name in by_name if name != TOPPED]
    return [(by_name[a], by_name[b]) for a, b in asked if a in by_name and b in by_name]


def family_of(found: Sequence[Contrast]) -> list[Contrast]:
    """Differences that a reader picks from, corrected together; what each resolves follows it."""
    return [replace(item, resolves=_resolves(item, len(found))) for item in holm(found)]


def _resolves(found: Contrast, among: int) -> float:
    """The smallest true difference that is found 4 times of 5, with Holm's hardest correction."""
    alpha = 0.05 / among
    quantiles = stats.t.ppf([1 - alpha / 2, 0.8], found.df)
    return float(quantiles.sum()) * found.se


def difference(
    a: Marks, b: Marks, rope: float, paired: bool = True, noise: float = NOISE
) -> Contrast:
    """``a`` minus ``b``; what is fixed takes part in every generation of the other.

    Args:
        a: one side.
        b: the other.
        rope: half the region of practical equivalence.
        paired: generations of equal number were drawn with the same seeds.
        noise: standard deviation over generations that is assumed where there is one of each.
    """
    if b.fixed:
        noise /= math.sqrt(2)  # only one of the two would come out otherwise
    mine, other = a.called, b.called
    if b.fixed:
        other = np.repeat(other, len(mine), axis=0)
    classes = len(a.scores[0].labels)
    names = (a.name, b.name)
    paired = paired or b.fixed
    return contrast(names, a.true, mine, other, classes, paired, rope, noise)


def mixed(
    scorer: Scorer, real: Sequence[Row], made: Sequence[Row], weight: float, rows: Sequence[Row]
) -> Score:
    """Trained on real and synthetic rows together; a synthetic row counts ``weight``."""
    weights = None if weight == 1 else [1.0] * len(real) + [weight] * len(made)
    return scorer.score([*real, *made], rows, weights)


def choose_weight(
    scorer: Scorer,
    weights: Sequence[float],
    real: Sequence[Row],
    judge: Sequence[Row],
    sets: Sets,
) -> float:
    """The weight of a synthetic row beside a real one that ``judge`` likes best.

    The largest of equals; 1 where the classifier takes no weights.

    Args:
        scorer: the classifier.
        weights: to choose from.
        real: real rows to train on.
        judge: other real rows, which are no test rows.
        sets: synthetic rows, a set for each generation.
    """
    if not scorer.takes_weights:
        return 1.0
    if len(weights) == 1 or not real:
        return max(weights)

    def score(weight: float) -> float:
        return float(np.mean([mixed(scorer, real, rows, weight, judge).f1 for rows in sets]))

    return max(sorted(weights, reverse=True), key=score)
