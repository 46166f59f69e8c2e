"""Optuna's TPE over candidates: which one to try next, given the scores of those tried.

The tree-structured Parzen estimator (Bergstra et al. 2011; Watanabe 2023) as Optuna has it, in
memory and silent. Each swept key is a dimension: places of its values in the order of the config.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from synthlab.outcomes import Candidate, Trial

if TYPE_CHECKING:
    import optuna

_ASKS = 10
"""After so many answers in a row that were tried already, a random one is more of a surprise."""
_WHOLE = "candidate"


class Study:
    """What TPE knows; a candidate is begun once, and told of once.

    Args:
        start: every candidate, in the order in which they are tried where TPE has no other idea.
        ordered: swept keys whose values have an order that may matter.
        seed: of its draws; any whole number from 0.

    Attributes:
        begun: names of those that were asked for, in order.
    """

    def __init__(self, start: Sequence[Candidate], ordered: Collection[str], seed: int) -> None:
        import optuna

        self.begun: list[str] = []
        self._start = start
        sizes = _sizes(start)
        self._keys = tuple(sizes)
        self._at = {self._places(n, one): one for n, one in enumerate(start)}
        self._space: dict[str, optuna.distributions.BaseDistribution] = {
            key: optuna.distributions.IntDistribution(0, size - 1)
            if key in ordered
            else optuna.distributions.CategoricalDistribution(tuple(range(size)))
            for key, size in sizes.items()
        }
        self._open: dict[str, list[optuna.Trial]] = {}
        self._told: dict[str, Trial | None] = {}
        # It begins when the first candidate is scored; until then others choose.
        sampler = optuna.samplers.TPESampler(n_startup_trials=1, seed=seed % 2**32)
        with _silent():
            self._study = optuna.create_study(direction="maximize", sampler=sampler)

    def next(self) -> Candidate | None:
        """The next in the order of ``start``; None when all have begun."""
        free = (at for at, one in self._at.items() if one.name not in self.begun)
        places = next(free, None)
        if places is None:
            return None
        with _silent():
            self._study.enqueue_trial(dict(zip(self._keys, places, strict=True)))
            return self._begin(self._study.ask(self._space))

    def ask(self) -> Candidate | None:
        """The one that TPE expects most of, that has not begun; None when all have."""
        for _ in range(_ASKS if len(self.begun) < len(self._start) else 0):
            with _silent():
                candidate = self._begin(self._study.ask(self._space))
            if candidate is not None:
                return candidate
        return self.next()

    def tell(self, candidate: Candidate, trial: Trial | None) -> None:
        """What came of a candidate that has begun; None if it could not be scored."""
        self._told[candidate.name] = trial
        for asked in self._open.pop(candidate.name):
            self._close(asked, trial)

    def _begin(self, asked: optuna.Trial) -> Candidate | None:
        """The candidate, if it is a new one; the score of one that was tried is told again."""
        found = self._at.get(tuple(asked.params[key] for key in self._keys))
        if found is None or found.name in self._told:
            self._close(asked, self._told[found.name] if found else None)
            return None
        self._open.setdefault(found.name, []).append(asked)
        if found.name in self.begun:
            return None
        self.begun.append(found.name)
        return found

    def _close(self, asked: optuna.Trial, trial: Trial | None) -> None:
        from optuna.trial import TrialState

        with _silent():
            if trial is None:
                self._study.tell(asked, state=TrialState.FAIL)
            elif trial.out or trial.short:
                # Ranked behind every whole set: those with more rows first, then by score.
                asked.report(trial.score.f1, trial.rows_per_class)
                self._study.tell(asked, state=TrialState.PRUNED)
            else:
                self._study.tell(asked, trial.score.f1)

    def _places(self, number: int, candidate: Candidate) -> tuple[int, ...]:
        return tuple(candidate.choices.get(key, number) for key in self._keys)


def _sizes(start: Sequence[Candidate]) -> dict[str, int]:
    """Number of values by key that varies; one key of all, where places do not tell them apart."""
    keys = dict.fromkeys(key for one in start for key in one.choices)
    sizes = {key: 1 + max(one.choices.get(key, 0) for one in start) for key in keys}
    sizes = {key: size for key, size in sizes.items() if size > 1}
    apart = {tuple(one.choices.get(key) for key in sizes) for one in start}
    return sizes if len(apart) == len(start) else {_WHOLE: len(start)}


@contextmanager
def _silent() -> Iterator[None]:
    from optuna import logging

    before = logging.get_verbosity()
    logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        logging.set_verbosity(before)
