"""The figures of ``synthlab power`` beside simulated comparisons whose truth is known.

Two prompts of five classes. A classifier calls row i rightly when

    threshold + common * u(row) + own * v(prompt, row) + fresh * e(generation, row) > 0

with normal u, v, e and, for each generation of each prompt, the threshold that gives it its
macro-F1; wrong calls go to the other classes in proportion to their rows. ``own`` and ``fresh``
are set so that the share of rows that two classifiers call differently, and its lasting part, are
those that were asked for. Each trial draws fresh rows and generations and makes the test of the
finals, ``synthlab.statistics.paired.contrast``.

    python experiments/honest-comparison/power.py [--trials 500]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from synthlab.statistics.paired import contrast
from synthlab.statistics.power import ALPHA, Noise, efficiency, power_of, resolvable

ACCURACY = 0.85
EQUAL = (0.2, 0.2, 0.2, 0.2, 0.2)
UNEQUAL = (0.4, 0.25, 0.15, 0.12, 0.08)
CHUNK = 50
DRAWS = 200
"""Of the bootstrap; fewer than in the product: by chance a standard error is off by 4%."""


@dataclass(frozen=True)
class Cell:
    rows: int
    generations: int
    generation: float = 0.03
    disagreement: float = 0.2
    lasting: float = 0.2
    shares: tuple[float, ...] = EQUAL

    @property
    def sizes(self) -> np.ndarray:
        return np.round(self.rows * np.array(self.shares)).astype(int)

    @property
    def noise(self) -> Noise:
        told = efficiency([int(size) for size in self.sizes], ACCURACY)
        return Noise(self.generation, 0.0, self.disagreement, self.lasting, min(told, 1.0))


CELLS = (
    Cell(200, 3), Cell(200, 5), Cell(200, 10),
    Cell(200, 2, 0.005), Cell(1_000, 2, 0.005), Cell(1_000, 2, 0.01),
    Cell(1_000, 3), Cell(1_000, 5), Cell(1_000, 10), Cell(3_000, 5),
    Cell(200, 5, 0.01), Cell(1_000, 3, 0.01), Cell(1_000, 5, 0.01), Cell(1_000, 10, 0.01),
    Cell(1_000, 5, 0.005, 0.1, 0.1), Cell(1_000, 5, 0.01, 0.2, 0.6),
    Cell(1_000, 5, 0.01, shares=UNEQUAL), Cell(400, 5, 0.005, shares=UNEQUAL),
)  # fmt: skip


def weights(disagreement: float, lasting: float) -> tuple[float, float, float]:
    """Standard deviations of the common, own and fresh row effects; their squares sum to 1.

    The share called differently is 2 (p - P(both right)), of two normals whose correlation is the
    common part; the lasting share is that of two generations of one prompt less the common one.
    """

    def both(correlation: float) -> float:
        edge = special.ndtri(ACCURACY)
        covariance = [[1, correlation], [correlation, 1]]
        return float(stats.multivariate_normal.cdf([edge, edge], cov=covariance))

    def apart(correlation: float) -> float:
        return 2 * (ACCURACY - both(correlation)) - disagreement

    common = optimize.brentq(apart, 0, 0.999)
    # Var over rows of P(a right) - P(b right): twice what two generations of one prompt share
    # beyond what two prompts share.
    wanted = both(common) + lasting * disagreement / 2
    same = optimize.brentq(lambda correlation: both(correlation) - wanted, common, 0.9999)
    return math.sqrt(common), math.sqrt(same - common), math.sqrt(1 - same)


def macro_f1(accuracy: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Macro-F1 of a classifier that is right this often in each class; shape as ``accuracy``."""
    share = np.array(shares)
    wrong = share[:, None] * share[None, :] / (1 - share[:, None])
    np.fill_diagonal(wrong, 0)
    called = share * accuracy[..., None] + wrong.sum(axis=0) * (1 - accuracy[..., None])
    return (2 * share * accuracy[..., None] / (share + called)).mean(axis=-1)


def thresholds(f1: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """The normal threshold that gives a classifier this macro-F1."""
    accuracy = np.linspace(0.3, 0.999, 2_000)
    return special.ndtri(np.interp(f1, macro_f1(accuracy, shares), accuracy))


def found(cell: Cell, differences: Sequence[float], trials: int, seed: int) -> np.ndarray:
    """Share of trials in which the test finds each true difference, shape (differences,).

    All differences share their draws, so that only the truth differs between them.
    """
    rng = np.random.default_rng(seed)
    scale = weights(cell.disagreement, cell.lasting)
    hits = np.zeros(len(differences))
    for start in range(0, trials, CHUNK):
        count = min(CHUNK, trials - start)
        hits += _chunk(cell, differences, count, scale, rng)
    return hits / trials


def _chunk(
    cell: Cell,
    differences: Sequence[float],
    count: int,
    scale: tuple[float, float, float],
    rng: np.random.Generator,
) -> np.ndarray:
    rows, classes = int(cell.sizes.sum()), len(cell.shares)
    label = np.repeat(np.arange(classes, dtype=np.int16), cell.sizes)
    common = scale[0] * rng.standard_normal((count, rows), dtype=np.float32)
    luck = cell.generation * rng.standard_normal((count, 2, cell.generations))
    base = float(macro_f1(np.array([ACCURACY]), cell.shares)[0])
    called = np.zeros((len(differences), count, 2, cell.generations, rows), dtype=np.int16)
    own = [scale[1] * rng.standard_normal((count, rows), dtype=np.float32) for _ in range(2)]
    for turn in range(cell.generations):
        for prompt in range(2):
            fresh = rng.standard_normal((count, rows), dtype=np.float32)
            latent = common + own[prompt] + scale[2] * fresh
            other = _other(label, cell.shares, rng.random((count, rows), dtype=np.float32))
            for place, difference in enumerate(differences):
                f1 = base + (0.5 - prompt) * difference + luck[:, prompt, turn]
                right = latent > -thresholds(f1, cell.shares)[:, None]
                called[place, :, prompt, turn] = np.where(right, label, other)
    return np.array([sum(_finds(label, *pair, classes) for pair in trials) for trials in called])


def _finds(label: np.ndarray, a: np.ndarray, b: np.ndarray, classes: int) -> bool:
    return contrast(("a", "b"), label, a, b, classes, draws=DRAWS).p < ALPHA


def _other(label: np.ndarray, shares: Sequence[float], draw: np.ndarray) -> np.ndarray:
    """A wrong class for every row, in proportion to the classes' rows."""
    other = np.empty(draw.shape, dtype=np.int64)
    for true in range(len(shares)):
        rest = np.array([0 if place == true else share for place, share in enumerate(shares)])
        edges = np.cumsum(rest / rest.sum())
        mine = label == true
        other[:, mine] = np.minimum(np.searchsorted(edges, draw[:, mine]), len(shares) - 1)
    return other


@dataclass(frozen=True)
class Compared:
    """What ``synthlab power`` says of a cell beside what simulated tests find.

    Attributes:
        told: the smallest difference that it says is found 4 times of 5.
        seen: the one at which 80% of the simulated tests find it.
        there: share of the simulated tests that find ``told``.
        half_told: power at half of ``told``, as it says.
        half_seen: as simulated.
        none: share of the simulated tests that find a difference where there is none.
    """

    told: float
    seen: float
    there: float
    half_told: float
    half_seen: float
    none: float


def compare(cell: Cell, trials: int, seed: int) -> Compared:
    """One cell of the table; ``seen`` is read off a normal curve through the three largest."""
    told = resolvable(cell.rows, cell.generations, cell.noise)
    asked = np.array([0.0, 0.5, 0.8, 1.0, 1.25]) * told
    shares = found(cell, [float(part) for part in asked], trials, seed)
    slope, start = np.polyfit(np.log(asked[2:]), special.ndtri(shares[2:]), 1)
    seen = math.exp((special.ndtri(0.8) - start) / slope)
    half = power_of(float(asked[1]), cell.rows, cell.generations, cell.noise)
    return Compared(told, seen, float(shares[3]), half, float(shares[1]), float(shares[0]))


def line(cell: Cell, trials: int, seed: int) -> str:
    """A line of the table."""
    it = compare(cell, trials, seed)
    classes = "equal" if cell.shares == EQUAL else "8% to 40%"
    return (
        f"| {cell.rows:,} | {cell.generations} | {cell.generation} | {cell.disagreement} "
        f"| {cell.lasting} | {classes} | {it.told:.4f} | {it.seen:.4f} | {it.told / it.seen:.3f} "
        f"| {it.there:.2f} | {it.half_told:.2f} | {it.half_seen:.2f} | {it.none:.3f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    print("| rows | R | noise | disagree | lasting | classes | told | seen | told / seen "
          "| power at told | at half: told | seen | at none |")  # fmt: skip
    print("|" + "---|" * 13)
    with ProcessPoolExecutor(given.jobs) as pool:
        count = len(CELLS)
        for told in pool.map(line, CELLS, [given.trials] * count, [given.seed] * count):
            print(told, flush=True)


if __name__ == "__main__":
    main()
