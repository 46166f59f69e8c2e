"""Rows whose label a model trained on real rows does not confirm: dropped, or relabelled, or less.

A small LM strays: asked for politics, it may write about business. Such rows teach a wrong label.
No such step is a default one, as they need real rows that may be trained on.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from synthlab.curation.base import Known
from synthlab.curation.labeller import Labeller
from synthlab.errors import ConfigError

NOT_CONFIRMED = "label not confirmed"
_FIX = (
    "let real rows be trained on with task.real_rows: train (seed and dev) or seed, with some of "
    "every class among them; or take this step out of curation"
)


class Learnt:
    """A step with a model of some real rows, which can be written down.

    Args:
        params: the step's own.
        real: the real rows that may be seen.

    Raises:
        ConfigError: a class without a real row that may be trained on.
    """

    def __init__(self, params: Any, real: Known) -> None:
        self.params = params
        self._labeller = _fitted(real)

    @classmethod
    def from_state(cls, params: Any, real: Known, state: Mapping[str, Any]) -> Self:
        """The step with the model that ``dump_state`` wrote down; it looks at no real row."""
        made = cls.__new__(cls)
        made.params = params
        made._labeller = Labeller.from_state(state)
        return made

    def dump_state(self) -> dict[str, Any]:
        """The model, without a word of the rows that it learnt from."""
        return self._labeller.dump_state()

    def keep(self, text: str) -> None:
        """Nothing to remember."""


class Confirm(Learnt):
    """Drops a text unless its class is the most probable one to a model of the real rows.

    The model is trained on whole real texts: cut to the length of synthetic ones, it agreed less.
    The rule is that of LAMBADA (Anaby-Tavor et al. 2020, "Do Not Have Enough Data? Deep Learning to
    the Rescue!"); ``least`` and ``margin`` are cleanlab's self-confidence and margin (Northcutt et
    al. 2021, "Confident Learning"), of a model that never saw the row.

    Measured on BBC News with a 135M model, at equal kept rows (about 200) and on dev rows that the
    step had not seen: with 300 dev rows, macro-F1 of a direct prompt rose by 0.075 (1.65 times the
    requests), of attributes by 0.032 (1.27 times); with 25 seed rows by 0.05 and 0.02, for 2.1 and
    1.7 times the requests.
    Dev rows that the step learnt from judge its rows too kindly: by 0.013 (standard error 0.006)
    for the direct prompt and 0.003 (0.005) for attributes, at 300 dev rows. The sealed test rows do
    not; and with ``task.real_rows: seed`` the step learns from seed rows only, and dev is neutral.
    """

    keeps: ClassVar[float] = 0.65
    """Share of rows that it usually lets through."""

    class Params(BaseModel):
        """How sure the model must be; the defaults ask only that no class is as probable."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        least: float = Field(
            default=0.0, ge=0, lt=1, description="Least probability of the row's own class."
        )
        margin: float = Field(
            default=0.0,
            ge=0,
            lt=1,
            description="What the probability must exceed that of the next class by.",
        )

    def check(self, text: str, label: str) -> str | None:
        found = self._labeller.proba(text)
        own = found.pop(label, 0.0)
        sure = own >= self.params.least and own - max(found.values()) > self.params.margin
        return None if sure else NOT_CONFIRMED


class Relabel(Confirm):
    """Gives a text the class that is most probable to a model of the real rows.

    Where ``confirm`` drops a text whose class is not confirmed, and asks for another one, this
    keeps it under the other class: fewer requests, but texts that lie between classes, and the
    model's own mistakes with them. Relabelling after a pass over all rows is what TarGEN does with
    an LM (Gupta et al. 2023, arXiv 2310.17876). A text is dropped where no class is as sure as
    ``least`` and ``margin`` ask, and where the other class is full by then.

    Measured on rows of BBC News that a 135M model had written, 200 a set and without refills, by
    macro-F1 on dev rows that the step had not seen: with 200 real rows to learn from it fell by
    0.12 (standard error 0.05, 6 sets), with 25 by 0.26 (0.04, 13 sets), as classes that were
    often taken for another one were left with few rows. Prefer ``confirm``, and compare both.
    """

    keeps: ClassVar[float] = 0.85

    def label(self, text: str, label: str) -> str:
        """The most probable class; the own one of a text that is as probably of two."""
        found = self._labeller.proba(text)
        best = max(found, key=lambda name: found[name])
        return best if found[best] > found.get(label, 0.0) else label


class Downweight(Learnt):
    """Lets a text count for as much as a model of the real rows finds its class probable.

    No row is dropped and none is asked for again: the classifier that is trained on the rows takes
    the probability of the row's class as its weight (relative to the mean over all rows), so that
    doubtful rows pull less. The classifier must take weights.

    Measured on BBC News, five fresh generations of 200 rows of a 135M model and dev rows that the
    step had not seen (``experiments/quality``): with 200 real rows to learn from, macro-F1 of
    attributes rose by 0.018 (95% 0.012 to 0.024), of a direct prompt by 0.043 (0.019 to 0.068), of
    few-shot by 0.002 (-0.014 to 0.018); with 25, by 0.001 to 0.008, which is nothing that could be
    told from 0. It fell nowhere; dropping without refills and relabelling always did.
    """

    keeps: ClassVar[float] = 1.0

    class Params(BaseModel):
        """How little a row may count."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        floor: float = Field(default=0.1, gt=0, le=1, description="Least weight of a row.")

    def check(self, text: str, label: str) -> str | None:
        """Nothing is dropped."""

    def weigh(self, text: str, label: str) -> float:
        """The probability of the row's class, or the floor where that is more."""
        return max(float(self.params.floor), self._labeller.proba(text).get(label, 0.0))


def _fitted(real: Known) -> Labeller:
    """The model of some real rows; fitted once, as each generation asks again.

    Raises:
        ConfigError: a class without a real row that may be trained on.
    """
    there = {label for _, label in real.labelled}
    if not there:
        raise ConfigError("no real row may be trained on", _FIX)
    if missing := [label for label in real.labels if label not in there]:
        raise ConfigError(f"no real row of {', '.join(missing)} may be trained on", _FIX)
    if len(there) < 2:
        raise ConfigError("real rows of one class only may be trained on", _FIX)
    with _FITTING:  # who asks for the same meanwhile waits and does not fit it again
        return _fit(real.labelled)


_FITTING = threading.Lock()


@functools.lru_cache(maxsize=4)
def _fit(labelled: tuple[tuple[str, str], ...]) -> Labeller:
    texts, labels = zip(*labelled, strict=True)
    return Labeller.fit(texts, labels)
