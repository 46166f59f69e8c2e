"""An objective that reads its scores from a table of curves; its trials are real records."""

import copy
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import dspy
import numpy as np

from synthlab.lm.adapters import PlainAdapter
from synthlab.lm.answers import answer
from synthlab.lm.scope import prompt_text
from synthlab.outcomes import Candidate, ClassScore, Score, Trial
from synthlab.records import Brief, Curated, Row, Usage
from synthlab.statistics.macro import Patterns

LABELS = ("business", "sport", "tech", "politics", "arts")
TRUE = np.tile(np.arange(5, dtype=np.int16), 120)
# Every model finds the same rows hard, so that a difference is seen on few rows.
HARD = np.random.default_rng(3).permutation(np.linspace(0, 1, len(TRUE)))


def candidate(name: str, full: int = 40) -> Candidate:
    return Candidate(name, name.split("-")[0], {}, {}, "fake/x", name, full)


def score(accuracy: float, rows: int) -> Score:
    called = np.where(accuracy > HARD, TRUE, (TRUE + 1) % 5).astype(np.int16)
    f1 = float(Patterns.of(TRUE, called, 5).scores()[0])
    return Score(f1, accuracy, LABELS, _classes(called), (), rows, called, TRUE)


def _classes(called: np.ndarray) -> dict[str, ClassScore]:
    found = {}
    for place, label in enumerate(LABELS):
        mine, said = place == TRUE, called == place
        f1 = 2 * int((mine & said).sum()) / int(mine.sum() + said.sum())
        found[label] = ClassScore(0.0, 0.0, f1, int(mine.sum()))
    return found


Curve = Mapping[int, float | Exception | None]


class Scripted:
    """``curves[name][rows]`` is the accuracy at so many rows a class; None there is a failure.

    Args:
        curves: of the candidates that a search starts with, by name.
        fulls: full rows a class of those that have another number than 40.
        short: names of those whose sets stay incomplete.
        configs: configs by name; those that are left out have a prompt that names them.
        choices: places of the swept values by name.
        grown: the curve of a candidate that the search made, from its config; without it, it
            has its parent's.
        reply: what the reflection LM says to a prompt and a number; an error is raised.
        seed: the run's.

    Attributes:
        start: candidates to begin with.
        asked: every call: (name, rows a class that the trial came to).
        batches: names of those that were to be tried side by side.
        dropped: reason by name.
        fails: what is raised by a call, by its number from 1.
        reflected: every question to the reflection LM: (prompt, number).
    """

    brief = Brief("article", LABELS, {label: label for label in LABELS})

    def __init__(
        self,
        curves: Mapping[str, Curve],
        fulls: Mapping[str, int] | None = None,
        short: tuple[str, ...] = (),
        *,
        configs: Mapping[str, dict[str, Any]] | None = None,
        choices: Mapping[str, Mapping[str, int]] | None = None,
        grown: Callable[[dict[str, Any]], Curve] | None = None,
        reply: Callable[[str, int], str] = lambda prompt, number: f"answer {number}",
        seed: int = 0,
    ) -> None:
        self.curves = dict(curves)
        self.short = short
        self.start = [
            replace(
                candidate(name, (fulls or {}).get(name, 40)), choices=(choices or {}).get(name, {})
            )
            for name in curves
        ]
        self.seed = seed
        self.asked: list[tuple[str, int]] = []
        self.batches: list[list[str]] = []
        self.dropped: dict[str, str] = {}
        self.fails: dict[int, Exception] = {}
        self.reflected: list[tuple[str, int]] = []
        self._grown = grown
        self._answer = reply
        self._configs = {name: (configs or {}).get(name) or _config(name) for name in curves}
        self._last: dict[str, Trial] = {}

    def __call__(self, candidate: Candidate, rows_per_class: int | None = None) -> Trial | None:
        full = candidate.rows_per_class
        rows = min(rows_per_class or full, full)
        self.asked.append((candidate.name, rows))
        if len(self.asked) in self.fails:
            raise self.fails[len(self.asked)]
        value = self.curves[candidate.name][rows]
        if isinstance(value, BaseException):
            raise value
        if value is None:
            return None
        points = {n: v for n, v in self.curves[candidate.name].items() if n <= rows}
        curve = tuple((n, score(v, n).f1) for n, v in sorted(points.items()))
        kept = [
            Row(f"{label}-{n}", {"text": "x"}, label)
            for label in LABELS
            for n in range(rows - (candidate.name in self.short and label == "arts"))
        ]
        self._last[candidate.name] = Trial(
            candidate=candidate,
            curated=Curated(tuple(kept)),
            score=score(value, rows * len(LABELS)),
            augmented=None,
            usage=Usage(),
            shown=(),
            prompts={},
            program="{}",
            seconds=0.0,
            rows_per_class=rows,
            curve=curve,
        )
        return self._last[candidate.name]

    def many(
        self, candidates: Sequence[Candidate], rows_per_class: int | None = None
    ) -> list[Trial | None]:
        self.batches.append([candidate.name for candidate in candidates])
        return [self(candidate, rows_per_class) for candidate in candidates]

    def drop(self, candidate: Candidate, reason: str) -> Trial:
        self.dropped[candidate.name] = reason
        return replace(self._last[candidate.name], out=reason)

    def change(
        self, parent: Candidate, changes: Mapping[str, Any], name: str, why: str = ""
    ) -> Candidate:
        config = self.config(parent)
        for key, value in changes.items():
            _set(config, key.split("."), copy.deepcopy(value))
        names = itertools.chain([name], (f"{name} ({n})" for n in itertools.count(2)))
        free = next(name for name in names if name not in self.curves)
        self._configs[free] = config
        self.curves[free] = self._grown(config) if self._grown else self.curves[parent.name]
        texts = config["generator"]["prompts"]
        return replace(
            parent, name=free, digest=free, texts=texts, parent=parent.name, why=why, choices={}
        )

    def config(self, candidate: Candidate) -> dict[str, Any]:
        return copy.deepcopy(self._configs[candidate.name])

    def ask(self, prompt: str, number: int) -> str:
        self.reflected.append((prompt, number))
        return self._answer(prompt, number)

    @contextmanager
    def reflecting(self, number: int) -> Iterator[None]:
        """Calls of dspy programs inside go to ``ask`` one after another, numbered from this."""
        engine = _Reflector(self.ask, itertools.count(number))
        lm = dspy.LM("fake/reflector", engine=engine, cache=False, num_retries=0)
        with dspy.context(lm=lm, adapter=PlainAdapter(), disable_history=True):
            yield


class _Reflector:
    def __init__(self, ask: Callable[[str, int], str], numbers: Iterator[int]) -> None:
        self.ask = ask
        self.numbers = numbers

    def complete(self, request):
        text = self.ask(prompt_text(request), next(self.numbers))
        return answer("fake/reflector", text, "stop", 1, 1)


def _config(name: str) -> dict[str, Any]:
    prompts = {"row": f"Write an {{document}} about {{label}} as {name} would."}
    generator = {"use": "direct", "with": {}, "prompts": prompts, "rows_per_request": 1}
    lm = {"model": "fake/x", "temperature": 1.0}
    return {"generator": generator, "lm": lm, "budget": {"rows_per_class": 40}}


def _set(config: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for key in path[:-1]:
        config = config.setdefault(key, {})
    config[path[-1]] = value
