"""What a compiled config is: every name resolved, every parameter checked, the data at hand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from synthlab.config.models import ExperimentConfig
from synthlab.curation.base import Ask, Known
from synthlab.curation.curator import Curator
from synthlab.feedback.released import Released
from synthlab.generators.base import Generator
from synthlab.lm.base import LMSettings, Price
from synthlab.outcomes import Baseline, Candidate
from synthlab.records import Brief, Demo, Row, digest, draw_seed
from synthlab.scoring.baselines import RealRows
from synthlab.scoring.remedies import remedies
from synthlab.scoring.score import Scorer
from synthlab.scoring.topup import TopUp
from synthlab.search.base import Search
from synthlab.search.extent import Extent, extent_of
from synthlab.tasks.splits import Splits
from synthlab.workflow.groups import Teller, grouped, unkept
from synthlab.workflow.uses import Used

REFLECTION_TOKENS, REFLECTION_CONTEXT = 512, 4096
"""What rewriting a prompt takes at most: findings and samples make prompts of a thousand tokens."""
FRESH = 1_000_000
"""Seeds of fresh generations lie so far apart that no run's own seed is likely to be one."""


@dataclass(frozen=True)
class Member:
    """One candidate, ready to run.

    Attributes:
        config: its resolved config; the caps of the run are in the plan's.
        generator: its class; ``make()`` builds a fresh program.
        steps: curation classes, in order.
        lm: settings of the LM, without any key.
        shots: the real rows that a generator may choose from to show them.
        prompts: by class (and part of a mixture) what its first order sends, as the LM will read
            it: one for each call.
        price: USD per million input and output tokens; None when not known.
        quota: rows to write by class, where classes are topped up; empty: equal rows of each.
    """

    candidate: Candidate
    config: ExperimentConfig
    generator: Used
    steps: tuple[Used, ...]
    lm: LMSettings
    brief: Brief
    shots: tuple[Row, ...]
    prompts: Mapping[str, tuple[str, ...]]
    price: tuple[float, float] | None
    quota: Mapping[str, int] = field(default_factory=dict)

    def wanted(self, rows_per_class: int | None = None) -> dict[str, int]:
        """Kept rows of each class, when so many of each are asked for; by default, all of them."""
        full = self.config.budget.rows_per_class
        rows = full if rows_per_class is None else rows_per_class
        return {label: min(rows, self.quota.get(label, rows)) for label in self.brief.labels}

    def make(self) -> Generator:
        """A fresh generator.

        Raises:
            ConfigError: parameters that do not fit the task, or demos that do not fit the prompt.
        """
        made: Generator = self.generator.made(
            self.generator.params,
            self.brief,
            self.shots,
            self.config.seed,
            self.candidate.texts,
            self.config.generator.rows_per_request,
        )
        if demos := self.config.generator.demos:
            made.show([Demo(demo.label, demo.text, demo.attributes) for demo in demos])
        return made

    def reseeded(self, number: int) -> Member:
        """The same candidate with other draws: its fresh generation ``number``, from 1.

        Candidates share the seeds of a generation, so that their differences are paired.
        """
        seed = self.config.seed + number * FRESH
        return replace(self, config=self.config.model_copy(update={"seed": seed}))

    def curator(self, real: Known, generator: Generator, ask: Ask | None = None) -> Curator:
        """Fresh curation steps, which know these real rows.

        Rows that are made of real rows by design are not held against those. ``ask`` answers the
        steps that ask an LM.
        """
        derived = set(generator.derived)
        own = {str(r.values[self.brief.field]) for r in self.shots if r.id in derived}
        if own:
            real = replace(real, texts=tuple(text for text in real.texts if text not in own))
        steps = [step.made(step.params, real) for step in self.steps]
        return Curator(steps, self.brief.field, ask)


@dataclass(frozen=True)
class Data:
    """What a candidate is told of the real rows.

    Attributes:
        shots: seed rows that prompts may show, in a fixed order.
        known: what curation may know: seed and dev rows, and those that may be trained on.
        seen: digest of all texts that curation compares with.
        learnt: digest of all rows that curation may learn from.
        quota: rows to write by class, where classes are topped up; empty: equal rows of each.
    """

    brief: Brief
    shots: tuple[Row, ...]
    known: Known
    seen: str
    learnt: str
    quota: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        splits: Splits,
        brief: Brief,
        pool: RealRows,
        real_rows: str,
        quota: Mapping[str, int] | None = None,
    ) -> Data:
        """The part of ``splits`` that candidates are told of, as ``task.real_rows`` says."""
        texts = tuple(str(row.values[splits.field]) for row in (*splits.seed, *splits.dev))
        drawn = pool.draw(0, len(pool.rows)) if real_rows != "score" else []
        # The text alone: a promoted program holds the rows that its prompts show.
        shots = [replace(row, values={brief.field: row.values[brief.field]}) for row in drawn]
        rows = trainable(splits, real_rows)
        labelled = tuple((str(row.values[splits.field]), row.label) for row in rows)
        groups = grouped(rows, splits.field, brief.sensitive)
        known = Known(
            texts,
            labelled,
            brief.labels,
            names=brief.names,
            document=brief.document,
            sensitive=brief.sensitive,
            grouped=groups,
        )
        learnt = digest([labelled, groups] if groups else labelled)
        return cls(brief, tuple(shots), known, digest(texts), learnt, quota or {})


@dataclass(frozen=True)
class Plan:
    """A run that has not begun.

    Attributes:
        config: as written, with prompts as texts; gives the same plan again in any folder that
            has the data.
        others: other kinds of classifier that judge the finals, by name.
        data: what candidates are told of the real rows, also those that a search makes.
        critics: what is looked for in each candidate's rows.
        quality: what is measured of them beside their score.
        released: the noisy count of the dev rows that feedback may tell of, once the run has begun;
            None where it may tell of the rows themselves.
        reflection: settings of the LM that rewrites prompts.
    """

    config: ExperimentConfig
    members: tuple[Member, ...]
    splits: Splits
    brief: Brief
    scorer: Scorer
    pool: RealRows
    search: Search
    others: Mapping[str, Scorer]
    data: Data
    critics: tuple[Used, ...]
    reflection: LMSettings
    quality: tuple[Used, ...] = ()
    released: Released | None = None

    @property
    def known(self) -> Known:
        """The real rows that curation may know: seed and dev, and those that may be trained on."""
        return self.data.known

    @cached_property
    def student(self) -> Scorer:
        """Trains on a candidate's rows: added to the real rows where they top these up."""
        return TopUp(self.scorer, self.splits.seed) if self.data.quota else self.scorer

    @cached_property
    def remedies(self) -> list[Baseline]:
        """What class weights, oversampling and SMOTE reach on dev; where classes are topped up."""
        if not self.data.quota:
            return []
        seeds = [draw_seed(self.config.seed, number) for number in range(self.config.scoring.draws)]
        real = self.splits
        return remedies(self.scorer, real.seed, self.data.quota, real.dev, seeds)

    @cached_property
    def groups(self) -> Teller:
        """Whose group a row is, of each declared attribute."""
        return Teller(self.brief.sensitive, self.splits.field, self.data.known.grouped)

    @cached_property
    def extent(self) -> Extent:
        """How much of its candidates the search runs."""
        return extent_of(self.search, [member.candidate for member in self.members])

    def overview(self) -> dict[str, Any]:
        """What ``validate`` tells: sizes, caps, candidates, prices and a prompt of each."""
        splits = self.splits
        members = [
            {
                "name": member.candidate.name,
                "generator": member.candidate.generator,
                "lm": member.candidate.lm,
                "digest": member.candidate.digest,
                "rows": sum(member.wanted().values()),
                "rows_per_request": member.config.generator.rows_per_request,
                "most_requests": most_requests(member),
                "price": member.price,
                "prompt": "\n\n---\n\n".join(first_prompt(member)),
            }
            for member in self.members
        ]
        return {
            "name": self.config.name,
            "task": self.config.task.use,
            "labels": list(self.brief.labels),
            "notes": [*splits.notes, *self._balance(), *unkept(self.config), *self.extent.notes],
            "sizes": {"seed": len(splits.seed), "dev": len(splits.dev), "test": len(splits.test)},
            "digests": dict(splits.digests),
            "caps": self.config.budget.caps,
            "finals": self.config.finals.model_dump(mode="json"),
            "real_rows": "balance" if self.config.balance else self.config.task.real_rows,
            "classifiers": [self.config.scoring.use, *self.others],
            "candidates": members,
        }

    def _balance(self) -> list[str]:
        """What is topped up, in a sentence; of a run that does so."""
        if not self.data.quota:
            return []
        counts = Counter(row.label for row in self.splits.seed)
        said = ", ".join(
            f"{label} {counts[label]:,} + {rows:,}" for label, rows in self.data.quota.items()
        )
        return [f"training rows of each class, real + synthetic: {said}"]


def trainable(splits: Splits, real_rows: str) -> list[Row]:
    """The real rows that may be trained on, as ``task.real_rows`` says."""
    seed = splits.seed if real_rows in ("train", "seed") else ()
    return [*seed, *(splits.dev if real_rows == "train" else ())]


def first_prompt(member: Member) -> tuple[str, ...]:
    """The prompts of the first class that rows are asked of."""
    wanted, known = member.wanted(), member.prompts
    return next((known[name] for name in known if wanted.get(name, 1)), ())


def most_requests(member: Member) -> int:
    """Requests that a candidate may make, over all classes."""
    tries = member.config.budget.tries
    return sum(math.ceil(rows * tries) for rows in member.wanted().values())


def lm_settings(section: Mapping[str, Any]) -> LMSettings:
    """The ``lm`` section of a config or of a program, as the LM layer takes it."""
    data = dict(section)
    price = data.pop("price", None)
    known = {key: value for key, value in (price or {}).items() if value is not None}
    return LMSettings(**data, price=Price(**known) if price else None)


def reflecting(settings: LMSettings) -> LMSettings:
    """An LM that writes rows, as it rewrites prompts: one call at a time, longer than a row."""
    return replace(
        settings,
        max_tokens=max(settings.max_tokens, REFLECTION_TOKENS),
        context=max(settings.context, REFLECTION_CONTEXT),
        concurrency=1,
        mode="live",
    )
