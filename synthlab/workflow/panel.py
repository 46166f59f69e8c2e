"""Rows of a trial, or from anywhere -> what the parts of the quality panel measure of them.

Real rows come from the seed and dev splits; the test rows are never used. Seed rows are what a
prompt can show, and dev rows, which no LM sees, are what they are compared with.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from synthlab.config.models import ExperimentConfig
from synthlab.errors import SynthlabError
from synthlab.measures import Measure, Panel
from synthlab.outcomes import Trial
from synthlab.quality.base import Skip, Subject
from synthlab.records import Brief, Curated, Row, joined
from synthlab.scoring.score import Scorer
from synthlab.tasks.splits import Splits
from synthlab.workflow.groups import Teller, grouped
from synthlab.workflow.plan import Plan, trainable
from synthlab.workflow.uses import Used

NAME = re.compile(r"[a-z][a-z0-9_]{0,11}")
"""MLflow's table shows twelve characters of a metric's name."""

OTHERS = frozenset(
    [
        "f1",
        "f1_aug",
        "f1_mean",
        "curve_f1",
        "accuracy",
        "bal_acc",
        "pr_auc",
        "rare_recall",
        "rare_pr_auc",
        "rows",
        "dropped",
        "seconds",
        "cost_usd",
        "usd_per_1k",
        "tokens_in",
        "tokens_out",
        "calls",
    ]
)
"""Metrics of a candidate that are not the panel's; those of its classes begin with ``f1_``."""


def measured(plan: Plan, trial: Trial, model: Any = None) -> Trial:
    """The trial with its panel.

    Args:
        plan: the run.
        trial: a whole one.
        model: its classifier, fitted on its kept rows; None: it is fitted where it is needed.

    Raises:
        SynthlabError: a part failed, or gave a measure that cannot be logged.
    """
    return replace(trial, panel=measure(plan.quality, subject(plan, trial, model)))


def measure(parts: Sequence[Used], about: Subject) -> Panel:
    """What some parts measure of some rows.

    Raises:
        SynthlabError: as ``measured``.
    """
    began = time.monotonic()
    measures: list[Measure] = []
    skipped: dict[str, str] = {}
    for part in parts:
        try:
            found = _measured(part, about)
        except Skip as exc:
            skipped[part.ref] = str(exc)
            continue
        _refuse_unfit(part, found, {item.name for item in measures})
        measures += found
    return Panel(tuple(measures), time.monotonic() - began, skipped)


def measured_fresh(plan: Plan, trial: Trial, sets: Sequence[Curated]) -> Panel:
    """The panel of a finalist's fresh generations, their rows together.

    What the search saw is what it chose by; these rows are not.

    Raises:
        SynthlabError: a part failed, or gave a measure that cannot be logged.
    """
    together = joined(sets)
    # Other generations may show other real rows.
    drawn = {key for row in together.rows if row.lineage for key in row.lineage.request.shown}
    shown = tuple(dict.fromkeys((*trial.shown, *sorted(drawn))))
    about = subject(plan, replace(trial, curated=together, shown=shown))
    found = measure(plan.quality, replace(about, generations=len(sets)))
    return replace(found, generations=len(sets))


def subject(plan: Plan, trial: Trial, model: Any = None) -> Subject:
    """What is measured of a trial, and the real rows that it is measured against."""
    shown = set(trial.shown)
    seed, dev = tuple(plan.splits.seed), tuple(plan.splits.dev)
    # Rows of a class that no synthetic row is of would make the two sets differ by design.
    alike = tuple(row for row in dev if trial.quota.get(row.label, 1))
    return Subject(
        plan.brief,
        trial.curated.kept,
        real=alike,
        shown=tuple(row for row in seed if row.id in shown),
        held=dev,
        seed=plan.config.seed,
        source=seed,
        asked=tuple(row.lineage.request for row in trial.curated.rows if row.lineage),
        sensitive=plan.brief.sensitive,
        groups=plan.groups if plan.brief.sensitive else None,
        calls=_Asking(plan.scorer, plan.student, trial.curated.kept, model),
    )


def anywhere(
    brief: Brief, splits: Splits, rows: Sequence[Row], config: ExperimentConfig, scorer: Scorer
) -> Subject:
    """Rows from anywhere, and the real rows that those of a trial would be measured against.

    What prompts showed and what was asked for is not known of them; their groups, their texts tell.
    """
    seeds, dev, made = tuple(splits.seed), tuple(splits.dev), tuple(rows)
    teller: Teller | None = None
    if brief.sensitive:
        known = trainable(splits, config.task.real_rows)
        grouping = grouped(known, splits.field, brief.sensitive)
        teller = Teller(brief.sensitive, splits.field, grouping)

    def groups(name: str, some: Sequence[Row]) -> list[str]:
        return teller(name, some, texts_only=some is made) if teller else []

    return Subject(
        brief,
        made,
        real=dev,
        held=dev,
        seed=config.seed,
        source=seeds,
        sensitive=brief.sensitive,
        groups=groups if teller else None,
        calls=_Asking(scorer, scorer, (), None),
    )


class _Asking:
    """The run's classifier on any rows: fitted once for each set, and asked.

    Args:
        scorer: the classifier.
        student: the same, of the candidate's rows, which it may add to real ones.
        kept: these rows.
        model: the classifier of these, fitted; None: it is fitted where it is needed.
    """

    def __init__(self, scorer: Scorer, student: Scorer, kept: Sequence[Row], model: Any) -> None:
        self._scorer = scorer
        self._student = student
        self._kept = kept
        self._fitted: dict[int, Any] = {} if model is None else {id(kept): model}
        self._sets: list[Sequence[Row]] = []

    def __call__(self, train: Sequence[Row], rows: Sequence[Row]) -> list[str]:
        scorer = self._student if train is self._kept else self._scorer
        key = id(train)
        if key not in self._fitted:
            self._sets.append(train)  # kept, so that no other set gets its id
            self._fitted[key] = scorer.fit(train)
        score = scorer.judge(self._fitted[key], rows, len(train))
        return [score.labels[at] if at >= 0 else "" for at in score.called]


def _measured(part: Used, about: Subject) -> Sequence[Measure]:
    try:
        found: Sequence[Measure] = part.made(part.params).measure(about)
    except (SynthlabError, Skip):
        raise
    except (Exception, SystemExit) as exc:  # a user's part may raise anything
        raise SynthlabError(
            f"quality part '{part.ref}' failed: {type(exc).__name__}: {exc}",
            "mend it, or take it out of quality.parts; the rows are in the journal",
        ) from exc
    return found


def _refuse_unfit(part: Used, found: Sequence[Measure], taken: set[str]) -> None:
    """A name that MLflow would show cut or twice, and a figure that is none, are told at once."""
    for item in found:
        if not NAME.fullmatch(item.name):
            wrong = "a name has at most 12 characters, a-z, 0-9 and _, and begins with a letter"
        elif item.name in OTHERS or item.name.startswith("f1_") or item.name in taken:
            wrong = "there is a metric of that name already"
        elif not math.isfinite(item.value):
            wrong = f"{item.value} is no figure; what cannot be measured is left out, or a Skip"
        else:
            taken.add(item.name)
            continue
        raise SynthlabError(
            f"quality part '{part.ref}' gave the measure '{item.name}': {wrong}",
            "mend it, or take it out of quality.parts; the rows are in the journal",
        )
