"""How often "worth N real rows (95% ..)" holds the truth, where all draws come from one small pool.

Five classes of six topics each, of unlike weight; a row is its class, its topic and noise, in 30
numbers, and the model calls the nearest class mean. A trial draws a pool, five nested draws of it
at each size, and five scores of rows that are worth N real ones; the curve is fitted to the draws,
once as if the rows of each draw were fresh and once knowing the pool: the rows of its largest
balanced set, as the finals count them. The truth is the mean over 1,500 fresh sets of rows.

    python experiments/honest-comparison/worth.py [--trials 400]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from synthlab.statistics.curves import fit, worth

CLASSES, TOPICS, DIMENSIONS = 5, 6, 30
TEST_ROWS = 400  # of each class
FRESH = 1_500
SCATTER = 0.02  # of a generation's score
WORLDS = 4


@dataclass(frozen=True)
class Pool:
    """Rows of each class, and the rows a class at which curves are measured."""

    classes: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def rows(self) -> int:
        return sum(self.classes)

    @property
    def filled(self) -> int:
        """Rows of the largest balanced set."""
        return min(self.classes) * CLASSES

    @property
    def worths(self) -> tuple[int, ...]:
        """Rows a class: between the middle sizes, and just below the largest."""
        middle = len(self.sizes) // 2
        between = round((self.sizes[middle - 1] * self.sizes[middle]) ** 0.5)
        return between, self.sizes[-1] - max(1, self.sizes[-1] // 10)


POOLS = (
    Pool((9, 9, 8, 8, 8), (2, 5, 8)),
    Pool((23, 17, 19, 23, 18), (2, 5, 10, 17)),
    Pool((70, 40, 25, 15, 10), (2, 5, 10)),
    Pool((98, 74, 79, 98, 76), (5, 10, 20, 50, 74)),
    Pool((98, 74, 79, 98, 76), (2, 5, 10, 20)),
)


class World:
    """A population of rows, and the model's score after any of them."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.middles = self.rng.normal(0, 0.55, (CLASSES, 1, DIMENSIONS))
        self.middles = self.middles + self.rng.normal(0, 0.6, (CLASSES, TOPICS, DIMENSIONS))
        self.shares = self.rng.dirichlet(np.full(TOPICS, 1.5), CLASSES)
        self.test = np.concatenate([self.rows(label, TEST_ROWS) for label in range(CLASSES)])
        self.true = np.repeat(np.arange(CLASSES), TEST_ROWS)

    def rows(self, label: int, count: int) -> np.ndarray:
        topics = self.rng.choice(TOPICS, count, p=self.shares[label])
        return self.middles[label, topics] + self.rng.normal(0, 1, (count, DIMENSIONS))

    def score(self, train: list[np.ndarray]) -> float:
        """Macro-F1 of the nearest mean of each class's rows."""
        means = np.array([rows.mean(axis=0) for rows in train])
        called = np.argmax(self.test @ means.T - (means**2).sum(axis=1) / 2, axis=1)
        hits = np.bincount(self.true[called == self.true], minlength=CLASSES)
        return float(np.mean(2 * hits / (TEST_ROWS + np.bincount(called, minlength=CLASSES))))

    def truth(self, per_class: int) -> float:
        found = [
            self.score([self.rows(label, per_class) for label in range(CLASSES)])
            for _ in range(FRESH)
        ]
        return float(np.mean(found))

    def curve(self, pool: Pool, draws: int = 5) -> dict[int, list[float]]:
        """Scores of nested draws out of one fresh pool, by the number of rows."""
        rows = [self.rows(label, count) for label, count in enumerate(pool.classes)]
        orders = [[self.rng.permutation(len(own)) for own in rows] for _ in range(draws)]
        return {
            size * CLASSES: [
                self.score([own[order[:size]] for own, order in zip(rows, turn, strict=True)])
                for turn in orders
            ]
            for size in pool.sizes
        }


def held(pool: Pool, trials: int, worlds: int = WORLDS) -> np.ndarray:
    """How often the interval holds the truth, and how wide it is.

    Returns:
        Shape (worths, 2 fits, 2): the share that holds it, the median of high / low; the first fit
        does not know the pool.
    """
    found = np.zeros((len(pool.worths), 2, trials, 2))
    for number in range(worlds):
        world = World(number)
        goals = [world.truth(size) for size in pool.worths]
        for trial in range(number, trials, worlds):
            scores = world.curve(pool)
            for place, known in enumerate((None, pool.filled)):
                curve = fit(scores, draws=500, seed=trial, pool=known)
                for at, (goal, size) in enumerate(zip(goals, pool.worths, strict=True)):
                    rng = np.random.default_rng([trial, at])
                    told = worth(curve, list(np.clip(rng.normal(goal, SCATTER, 5), 0, 1)))
                    rows = size * CLASSES
                    low = told.low_open or told.low <= rows
                    high = told.high_open or rows <= told.high
                    found[at, place, trial] = low and high, told.high / told.low
    return np.stack([found[..., 0].mean(axis=2), np.median(found[..., 1], axis=2)], axis=-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=400)
    given = parser.parse_args()
    print("| pool | rows a class | truly worth | holds it, pool unknown | pool known "
          "| high / low, pool unknown | pool known |")  # fmt: skip
    print("|" + "---|" * 7)
    for pool in POOLS:
        sizes = ", ".join(str(size) for size in pool.sizes)
        for size, (before, after) in zip(pool.worths, held(pool, given.trials), strict=True):
            print(
                f"| {pool.rows} | {sizes} | {size * CLASSES} | {before[0]:.3f} | {after[0]:.3f} "
                f"| {before[1]:.1f} | {after[1]:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
