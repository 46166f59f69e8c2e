"""What needs no LM: the same model on label names, on a few real rows a class, and on all.

Draws of real rows are nested and shared: in one draw, the 5 rows a class are the first 5 of the
10, and candidates are added to the very rows that the baseline of that size was trained on.
"""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from synthlab.errors import SynthlabError
from synthlab.outcomes import Baseline, Score
from synthlab.records import Row
from synthlab.scoring.score import Scorer


class RealRows:
    """Seeded draws from the real rows outside dev and test.

    Args:
        rows: the seed split.
        labels: every class.
        draws: how many draws are made.
        seed: the run's seed.
    """

    def __init__(
        self, rows: Sequence[Row], labels: Sequence[str], draws: int = 5, seed: int = 0
    ) -> None:
        self.rows = tuple(rows)
        self.labels = tuple(labels)
        self._orders = [self._order(seed, draw) for draw in range(draws)]

    def _order(self, seed: int, draw: int) -> dict[str, list[Row]]:
        order = {}
        for label in self.labels:
            rows = sorted((row for row in self.rows if row.label == label), key=lambda r: r.id)
            random.Random(f"{seed}/{draw}/{label}").shuffle(rows)
            order[label] = rows
        return order

    @property
    def smallest(self) -> int:
        """Rows in the smallest class."""
        return min(len(rows) for rows in self._orders[0].values())

    @property
    def balanced(self) -> int:
        """Rows in the largest set with equally many of each class."""
        return self.smallest * len(self.labels)

    def draw(self, number: int, per_class: int) -> list[Row]:
        """The first ``per_class`` rows of each class in one draw."""
        return [row for rows in self._orders[number].values() for row in rows[:per_class]]

    def draws(self, per_class: int) -> list[list[Row]]:
        """Every draw at this size."""
        return [self.draw(number, per_class) for number in range(len(self._orders))]


def first_rows(rows: Sequence[Row], per_class: int) -> list[Row]:
    """The first ``per_class`` rows of each class, in their order."""
    taken: Counter[str] = Counter()
    first = []
    for row in rows:
        taken[row.label] += 1
        if taken[row.label] <= per_class:
            first.append(row)
    return first


def fewest(rows: Sequence[Row], labels: Sequence[str]) -> int:
    """Rows of the class that has the fewest."""
    count = Counter(row.label for row in rows)
    return min(count[label] for label in labels)


def label_names(scorer: Scorer, names: Mapping[str, str], real: Sequence[Row]) -> list[Baseline]:
    """The floor: one training row a class, which is its name in words.

    Empty when names hold nothing that the model can learn from, such as the labels 0 and 1.
    """
    rows = [
        Row(f"name-{label}", {scorer.field: f"{label} {names.get(label, label)}"}, label)
        for label in scorer.labels
    ]
    try:
        return [mean_of("label names", [scorer.score(rows, real)])]
    except SynthlabError:
        return []


def real_rows(
    scorer: Scorer, pool: RealRows, sizes: Sequence[int], real: Sequence[Row]
) -> list[Baseline]:
    """Real rows at each size that every class can fill, and all of them."""
    few = (few_real(scorer, pool, size, real) for size in sorted(set(sizes)))
    all_rows = mean_of("all seed rows", [scorer.score(pool.rows, real)])
    return [*(found for found in few if found is not None), all_rows]


def few_real(
    scorer: Scorer, pool: RealRows, per_class: int, real: Sequence[Row], kept: Sequence[Row] = ()
) -> Baseline | None:
    """``per_class`` real rows a class, with the synthetic rows ``kept`` added to each draw of them.

    Returns:
        Mean and standard deviation over the draws; None for 0 rows or more than a class has.
    """
    if not 0 < per_class <= pool.smallest:
        return None
    sets = [[*rows, *kept] for rows in pool.draws(per_class)]
    name = f"{'+ ' if kept else ''}real x {per_class} a class"
    return mean_of(name, [scorer.score(rows, real) for rows in sets], per_class)


def mean_of(name: str, scores: Sequence[Score], per_class: int | None = None) -> Baseline:
    """The scores of several draws as one baseline: see its attributes."""
    values = [score.f1 for score in scores]
    sd = statistics.stdev(values) if len(values) > 1 else 0.0
    by_key = {key: [score.uneven.get(key) for score in scores] for key in scores[0].uneven}
    uneven = {
        key: statistics.fmean(own)
        for key, found in by_key.items()
        if (own := [value for value in found if value is not None])
    }
    rows, mean = scores[0].train_rows, statistics.fmean(values)
    return Baseline(name, mean, rows, sd, len(values), per_class, uneven)
