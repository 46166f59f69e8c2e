"""What a compiled config is: every name resolved, every parameter checked, the data at hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthlab.config.models import ExperimentConfig
from synthlab.curation.curator import Curator
from synthlab.generators.base import Generator
from synthlab.lm.base import LMSettings
from synthlab.records import Brief, Candidate, Row
from synthlab.scoring.baselines import RealRows
from synthlab.scoring.score import Scorer
from synthlab.search.base import Search
from synthlab.tasks.splits import Splits


@dataclass(frozen=True)
class Member:
    """One candidate, ready to run.

    Attributes:
        config: its resolved config.
        generator: the class; ``make()`` builds a fresh program.
        params: its checked parameters.
        steps: curation classes and their checked parameters, in order.
        lm: settings of the LM, without any key.
        prompts: a rendered prompt by class, as the LM will read it.
        price: USD per million input and output tokens; None when not known.
    """

    candidate: Candidate
    config: ExperimentConfig
    generator: type[Generator]
    params: Any
    steps: tuple[tuple[Callable[..., Any], Any], ...]
    lm: LMSettings
    brief: Brief
    shots: tuple[Row, ...]
    prompts: Mapping[str, str]
    price: tuple[float, float] | None

    def make(self) -> Generator:
        """A fresh generator."""
        return self.generator(
            self.params, self.brief, self.shots, self.config.seed, self.candidate.texts
        )

    def curator(self, real: Sequence[str]) -> Curator:
        """Fresh curation steps, which know these real texts."""
        return Curator([make(params, real) for make, params in self.steps], self.brief.field)


@dataclass(frozen=True)
class Plan:
    """A run that has not begun."""

    config: ExperimentConfig
    members: tuple[Member, ...]
    splits: Splits
    brief: Brief
    scorer: Scorer
    pool: RealRows
    search: Search

    @property
    def real_texts(self) -> list[str]:
        """Texts of the real rows that the search may see: seed and dev."""
        return self.scorer.texts([*self.splits.seed, *self.splits.dev])

    def member(self, candidate: Candidate) -> Member:
        """The member of a candidate of this plan."""
        return next(m for m in self.members if m.candidate.name == candidate.name)

    def overview(self) -> dict[str, Any]:
        """What ``validate`` tells: sizes, candidates, prices and one prompt of each candidate."""
        splits = self.splits
        classes = len(self.brief.labels)
        members = [
            {
                "name": member.candidate.name,
                "generator": member.candidate.generator,
                "lm": member.candidate.lm,
                "digest": member.candidate.digest,
                "rows": member.config.budget.rows_per_class * classes,
                "most_calls": math.ceil(
                    member.config.budget.rows_per_class * member.config.budget.tries
                )
                * classes,
                "price": member.price,
                "prompt": next(iter(member.prompts.values())),
            }
            for member in self.members
        ]
        return {
            "name": self.config.name,
            "task": self.config.task.use,
            "labels": list(self.brief.labels),
            "notes": list(splits.notes),
            "sizes": {"seed": len(splits.seed), "dev": len(splits.dev), "test": len(splits.test)},
            "digests": dict(splits.digests),
            "candidates": members,
        }
