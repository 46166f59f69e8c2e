"""Before any money: which difference of two prompts can be found, and what finding it takes.

The comparison is the one that the finals make: R generations of each prompt, scored on the same n
real rows, and a two-sided t test of the difference of their mean macro-F1, whose variance is

    2 * generation**2 * (1 - shared) / R
    + (lasting + (1 - lasting) / R) * (disagreement - difference**2) / n

It is the test of ``paired.py``: the variance that it finds is that of the rows, and what
generations scatter beyond it; its quantile lies between those of R - 1 and of n - 1 degrees of
freedom, in proportion to the two. Power is integrated over the scatter that R generations may show:
a noncentral t, which stays right where two or three generations know their noise badly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from synthlab.errors import UserError

ALPHA = 0.05
POWER = 0.8
QUANTILES = (np.arange(500) + 0.5) / 500
MOST_ROWS = 10_000_000
MOST_GENERATIONS = 10_000


@dataclass(frozen=True, slots=True)
class Noise:
    """What blurs a comparison; the defaults are of about 40 rows a class.

    Attributes:
        generation: standard deviation of macro-F1 over generations of one prompt. 0.02 to 0.05 on
            BBC News with 200 rows; 0.01 at 770 rows and 0.006 at 2,300 on Banking77.
        shared: correlation of two prompts' generations that use the same seeds and attributes.
        disagreement: share of real rows that one of two classifiers calls rightly and the other
            wrongly. 0.1 for near twins; two classifiers that are right 85% of the time, each on
            its own rows, have 0.26.
        lasting: share of that row noise which every generation of the two prompts repeats, and
            more generations do not average away. 0.04 to 0.08 where two sets of Banking77 rows
            differed in their label noise only; prompts that write of other things share more.
        efficiency: how much one real row tells beside one of equal classes; see ``efficiency``.
    """

    generation: float = 0.03
    shared: float = 0.0
    disagreement: float = 0.2
    lasting: float = 0.2
    efficiency: float = 1.0

    def __post_init__(self) -> None:
        """Refuse shares outside 0..1 and noise below 0."""
        for name in ("shared", "disagreement", "lasting", "efficiency"):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(f"{name} is {getattr(self, name)}", "give a share, 0 to 1")
        if not 0 <= self.generation < math.inf or not self.efficiency:
            raise UserError("noise below 0, or rows that tell nothing", "give macro-F1, as 0.03")


@dataclass(frozen=True, slots=True)
class Needs:
    """How many real rows or generations find a difference.

    Attributes:
        count: how many; None when no number does.
        floor: the smallest difference that any number would find, the rest staying as it is.
    """

    count: int | None
    floor: float


def resolvable(
    rows: float, generations: int, noise: Noise | None = None, alpha: float = ALPHA
) -> float:
    """The smallest true difference that is found 4 times of 5, in macro-F1.

    Args:
        rows: real rows that score both prompts.
        generations: fresh ones of each prompt.
        noise: what blurs the comparison; the defaults when None.
        alpha: of the two-sided test; a third of 0.05 for the hardest of three contrasts (Holm).

    Returns:
        Infinity where none is, as for one generation: luck and skill cannot be told apart.
    """
    known = noise or Noise()

    def lacking(difference: float) -> float:
        return _found(difference, rows, generations, known, alpha) - POWER

    if lacking(1.0) < 0:
        return math.inf
    return float(optimize.brentq(lacking, 0.0, 1.0, xtol=1e-7))


def power_of(
    difference: float,
    rows: float,
    generations: int,
    noise: Noise | None = None,
    alpha: float = ALPHA,
) -> float:
    """How often a true difference in macro-F1 is found; 0 for one generation.

    Args:
        difference: in macro-F1, of either sign; at 0 it is the share of false alarms.
        rows: real rows that score both prompts.
        generations: fresh ones of each prompt.
        noise: what blurs the comparison; the defaults when None.
        alpha: of the two-sided test.
    """
    return _found(abs(difference), rows, generations, noise or Noise(), alpha)


def rows_needed(difference: float, generations: int, noise: Noise | None = None) -> Needs:
    """How many real rows find a difference with these generations."""
    known = noise or Noise()

    def enough(rows: int) -> bool:
        return power_of(difference, rows, generations, known) >= POWER

    # More rows make generations a larger part of the noise, of which less is known, and that can
    # cost power: so the first that suffice are looked for from below, and the floor is the least.
    tried = [int(rows) for rows in np.geomspace(4, MOST_ROWS, 60)]
    floor = min(resolvable(rows, generations, known) for rows in tried)
    place = next((at for at, rows in enumerate(tried) if enough(rows)), None)
    if place is None:
        return Needs(None, floor)
    return Needs(_first(tried[max(place - 1, 0)], tried[place], enough), floor)


def generations_needed(difference: float, rows: float, noise: Noise | None = None) -> Needs:
    """How many generations of each prompt find a difference on these real rows."""
    known = noise or Noise()

    def enough(generations: int) -> bool:
        return power_of(difference, rows, generations, known) >= POWER

    floor = resolvable(rows, MOST_GENERATIONS, known)
    if not enough(MOST_GENERATIONS):
        return Needs(None, floor)
    return Needs(_first(1, MOST_GENERATIONS, enough), floor)


def efficiency(class_rows: Sequence[int], f1: float = 0.85) -> float:
    """How much one real row tells of macro-F1, beside one of as many rows in equal classes.

    By the delta method. Macro-F1 is the mean over K classes of 2 TP / (rows + predicted), so a row
    of class k that becomes right instead of called j moves it by

        ((2 - F_k) / (2 n_k) + F_j / (2 n_j)) / K

    where predictions are about as many as rows; in equal classes that is 1 / n, as for accuracy.
    Every class is taken to have the same F1 and share of disagreement, and errors to go to the
    other classes in proportion to their rows.

    Args:
        class_rows: real rows of each class, two classes or more.
        f1: of each class.

    Raises:
        UserError: on fewer than two classes or an empty one.
    """
    sizes = np.asarray(class_rows, dtype=np.float64)
    if len(sizes) < 2 or sizes.min() < 1:
        raise UserError(
            f"real rows by class: {[int(size) for size in sizes]}", "give two classes with rows"
        )
    total = sizes.sum()
    moved = ((2 - f1) / (2 * sizes[:, None]) + f1 / (2 * sizes[None, :])) / len(sizes)
    called = np.tile(sizes / total, (len(sizes), 1))
    np.fill_diagonal(called, 0.0)
    called /= called.sum(axis=1, keepdims=True)
    return float(1 / (total * np.sum(sizes[:, None] * called * moved**2)))


def _found(difference: float, rows: float, generations: int, noise: Noise, alpha: float) -> float:
    """Power, integrated over the scatter that the test may see."""
    if rows < 2 or generations < 1:
        raise UserError(
            f"{rows:g} test rows and {generations} generations", "give 2 rows and 1 generation"
        )
    if generations == 1:
        return 0.0
    apart = max(noise.disagreement, difference) - difference**2
    each = apart / (rows * noise.efficiency)
    lasting, passing = noise.lasting * each, (1 - noise.lasting) * each
    scatter = (2 * noise.generation**2 * (1 - noise.shared) + passing) / generations
    if not scatter + lasting:
        return float(difference > 0)
    edges = _edges(scatter, lasting, lasting + passing / generations, generations - 1, rows, alpha)
    far = np.array([[difference], [-difference]]) - edges
    return float(np.mean(special.ndtr(far / math.sqrt(scatter + lasting)).sum(axis=0)))


def _edges(
    scatter: float, lasting: float, row: float, few: int, rows: float, alpha: float
) -> NDArray[np.float64]:
    """From which difference the test says "found", at evenly spread quantiles of the scatter.

    Args:
        scatter: true variance of the mean over generations, but for the lasting row noise.
        lasting: that noise.
        row: variance of the mean over real rows; what it holds beyond ``lasting`` is in ``scatter``
            as well, and counted to the generations by half (``paired.py``).
        few: degrees of freedom of the scatter.
        rows: real rows.
        alpha: of the two-sided test.
    """
    seen, both = scatter * special.chdtri(few, QUANTILES) / few, row - lasting
    beyond = np.maximum(seen - both, 0.0)
    variance = row + beyond
    many = max(rows - 1, few)
    share = np.minimum((beyond + np.maximum(seen, both)) / 2 / variance, 1.0)
    sure, unsure = special.stdtrit([many, few], 1 - ALPHA / 2)
    quantile = share * unsure + (1 - share) * sure
    if alpha != ALPHA:  # the degrees of freedom are those of the 95% interval
        quantile = special.stdtrit(special.stdtridf(1 - ALPHA / 2, quantile), 1 - alpha / 2)
    edges: NDArray[np.float64] = quantile * np.sqrt(variance)
    return edges


def _first(low: int, high: int, enough: Callable[[int], bool]) -> int:
    """The smallest number that is enough; ``high`` is, and so is all between it and ``high``."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high
