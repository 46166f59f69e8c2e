"""A world whose true scores are known: what models trained on generated rows call real rows.

A model is right on a row when its margin is above 0. The margin is the sum of how good the prompt
is at the class, the luck of the generation, how hard the row is for everybody, for this prompt,
and for this generation alone. A wrong call goes to the row's own look-alike class. Given the luck
of a generation, the confusion matrix over infinitely many rows has a closed form, so the truth (the
mean macro-F1 over generations and rows) needs an average over generations only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

Floats = NDArray[np.float64]

BALANCED = (0.2, 0.2, 0.2, 0.2, 0.2)
UNBALANCED = (0.45, 0.25, 0.15, 0.10, 0.05)
# What part of a row's margin is its own, its own with this prompt, its own with this generation.
ROW, WITH_PROMPT, WITH_GENERATION = 0.5, 0.2, 0.3
_CLASS = np.array([0.3, 0.1, 0.0, -0.1, -0.3])  # some classes are easier
_LIKE = np.array(
    [[0, 6, 1, 1, 2], [5, 0, 3, 1, 1], [1, 3, 0, 5, 1], [1, 1, 6, 0, 2], [4, 2, 2, 2, 0]]
)
LIKE = _LIKE / 10
_LUCK = np.random.default_rng(20_000).standard_normal((100_000, 6))


def population_f1(right: Floats, shares: Floats) -> Floats:
    """Macro-F1 over infinitely many rows.

    Args:
        right: shape (..., classes): share of each class's rows that is called right.
        shares: shape (classes,): share of each class.
    """
    hit = right * shares
    called = hit + ((1 - right) * shares) @ LIKE
    return (2 * hit / (called + shares)).mean(axis=-1)


def luck_by_class(luck: Floats, scale: float) -> Floats:
    """Six standard normals a generation -> its shift of each class's margin; half of it shared."""
    return scale * (luck[..., :1] + luck[..., 1:]) / np.sqrt(2)


@dataclass(frozen=True)
class World:
    """Real rows of five classes, and prompts that differ by a shift of the margin.

    Attributes:
        sd: standard deviation over generations of the macro-F1 over infinitely many rows.
        shares: of the classes.
        base: margin of a prompt without a shift; 0.75 is a macro-F1 of about 0.77.
        tied: correlation of two prompts' luck in generations with the same seeds.
    """

    sd: float
    shares: tuple[float, ...] = BALANCED
    base: float = 0.75
    tied: float = 0.3
    _truths: dict[float, float] = field(default_factory=dict, compare=False)

    @cached_property
    def scale(self) -> float:
        """Size of the luck that gives ``sd``."""
        if self.sd == 0:
            return 0.0
        return float(brentq(lambda scale: self._scores(0.0, scale).std() - self.sd, 1e-4, 2.0))

    def truth(self, shift: float = 0.0) -> float:
        """Mean macro-F1 of a prompt over generations and infinitely many rows."""
        if shift not in self._truths:
            self._truths[shift] = float(self._scores(shift, self.scale).mean())
        return self._truths[shift]

    def _scores(self, shift: float, scale: float) -> Floats:
        right = norm.cdf(self.base + shift + _CLASS + luck_by_class(_LUCK, scale))
        return population_f1(right, np.asarray(self.shares))

    def rows(
        self, rng: np.random.Generator, count: int
    ) -> tuple[NDArray[np.int16], Floats, NDArray[np.int16]]:
        """Class, difficulty and look-alike of ``count`` real rows."""
        sizes = np.floor(np.asarray(self.shares) * count + 0.5).astype(int)
        true = np.repeat(np.arange(5, dtype=np.int16), sizes)
        like = (rng.random(len(true))[:, None] > LIKE[true].cumsum(axis=1)).sum(axis=1)
        return true, rng.standard_normal(len(true)) * np.sqrt(ROW), like.astype(np.int16)

    def calls(
        self,
        rng: np.random.Generator,
        rows: tuple[NDArray[np.int16], Floats, NDArray[np.int16]],
        shifts: list[float],
        generations: int,
        with_prompt: list[Floats] | None = None,
        luck: Floats | None = None,
    ) -> list[NDArray[np.int16]]:
        """What the models of each prompt call the rows; each of shape (generations, rows).

        Args:
            rng: of all that is not given.
            rows: from ``rows``.
            shifts: of the prompts.
            generations: of each prompt, with the same seeds in the same places.
            with_prompt: how hard the rows are for each prompt, when it has met them before.
            luck: shape (prompts, generations, 6), when the generations have been met before.
        """
        true, hard, like = rows
        if luck is None:
            luck = self.luck(rng, len(shifts), generations)
        called = []
        for place, shift in enumerate(shifts):
            own = (
                with_prompt[place]
                if with_prompt
                else rng.standard_normal(len(true)) * np.sqrt(WITH_PROMPT)
            )
            margin = self.base + shift + _CLASS[true] + hard + own
            margin = margin + luck_by_class(luck[place], self.scale)[:, true]
            margin = margin + rng.standard_normal(margin.shape) * np.sqrt(WITH_GENERATION)
            called.append(np.where(margin > 0, true, like).astype(np.int16))
        return called

    def luck(self, rng: np.random.Generator, prompts: int, generations: int) -> Floats:
        """Shape (prompts, generations, 6); tied over prompts."""
        shared = rng.standard_normal((1, generations, 6)) * np.sqrt(self.tied)
        return shared + rng.standard_normal((prompts, generations, 6)) * np.sqrt(1 - self.tied)
