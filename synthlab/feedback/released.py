"""One noisy count of the dev rows, which all that feedback tells can be read off.

A release is (epsilon, delta)-differentially private for adding or removing one row: what is read
off it afterwards, for any number of candidates, loses nothing more (Dwork and Roth 2014, 2.1). So
no budget is shared out among candidates, and no question depends on an earlier answer. Each row
adds 1 to the count of its class and to those of at most so many words of it, whatever other rows
hold; classes are declared, which words there are is a secret. Half of delta is for the noise, half
for the threshold: the sum holds for a row that is added and, while delta is under a half, for one
that is taken away.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from synthlab.feedback.counts import Counts, count
from synthlab.feedback.gaussian import sigma_for, threshold_for

Draw = Callable[[], float]
"""A draw from the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What is asked for.

    Attributes:
        words: of a row that count; more of them take more noise.
    """

    epsilon: float
    delta: float
    words: int

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise on each count."""
        return sigma_for(self.epsilon, self.delta / 2, math.sqrt(self.words + 1))

    @property
    def threshold(self) -> float:
        """The noisy count that a word must pass to be told."""
        return threshold_for(self.sigma, self.delta / 2, self.words)


@dataclass(frozen=True, slots=True)
class Released:
    """A release: nothing in it is exact."""

    budget: Budget
    counts: Counts


def from_system() -> Draw:
    """Noise of the operating system's randomness: no seed that a config holds can give it again."""
    drawn = secrets.SystemRandom()
    return lambda: drawn.gauss(0.0, 1.0)


def release(
    rows: Sequence[tuple[str, str]], classes: Sequence[str], budget: Budget, draw: Draw
) -> Released:
    """Count, add noise, and leave out the words that do not pass the threshold.

    What is told is rounded to whole rows: the last digits of a noisy number would tell of the exact
    one (Mironov 2012).

    Args:
        rows: ``(label, text)`` of the dev rows.
        classes: every class, as the config declares it.
        budget: see ``Budget``.
        draw: ``from_system()``; another one for tests only.
    """
    exact = count(rows, classes, budget.words)
    sigma, threshold = budget.sigma, budget.threshold
    sizes = {label: max(0, round(n + sigma * draw())) for label, n in exact.rows.items()}
    words: dict[str, dict[str, int]] = {}
    for label, own in exact.words.items():
        noisy = {word: n + sigma * draw() for word, n in own.items()}
        # In the order of the alphabet: that of the rows would tell of the rows.
        words[label] = {word: round(n) for word, n in sorted(noisy.items()) if n > threshold}
    return Released(budget, Counts(sizes, words))


def statement(budget: Budget, others: Sequence[Budget] = ()) -> str:
    """What holds, in sentences, and what does not.

    Args:
        budget: of the release.
        others: of other releases of the same rows that are known.
    """
    said = (
        "Feedback told the search, and thereby prompts, only what one noisy count of the dev rows "
        f"holds, and this count is ({budget.epsilon:g}, {budget.delta:g})-differentially private "
        "for adding or removing one dev row: Gaussian noise of standard deviation "
        f"{budget.sigma:.1f} from the operating system's randomness, {budget.words} words of a row "
        "at most, and no word whose noisy count in its class is "
        f"{budget.threshold:.0f} or less. Not covered are dev scores, which choose parents and the "
        "winner; curation that compares or learns with dev rows (overlap; confirm, relabel, verify "
        "and downweight; group where no words are declared); seed rows, "
        "which prompts may show; and what the run logs for its reader: scores, charts, the quality "
        "panel. Somebody with several dev rows is protected less."
    )
    if others:
        every = [budget, *others]
        epsilon, delta = (sum(getattr(one, name) for one in every) for name in ("epsilon", "delta"))
        said += (
            f" {len(every)} such counts of these rows are in this store: together they are "
            f"({epsilon:g}, {delta:g})-differentially private."
        )
    return said
