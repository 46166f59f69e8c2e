"""The sensitive attributes of a run: as its config and data declare them, and whose group a row is.

Real rows have the group that their column holds; where there is none, and for synthetic rows, the
declared words tell, or a model of the real rows' groups where there are no words either.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from synthlab.config.models import ExperimentConfig, TaskConfig
from synthlab.config.problems import Problems
from synthlab.curation.group import likeliest
from synthlab.curation.labeller import Labeller
from synthlab.features.lexicon import NONE, group_of
from synthlab.groups import EVERY, Sensitive
from synthlab.records import Row
from synthlab.tasks.splits import Splits

if TYPE_CHECKING:
    from synthlab.workflow.plan import Plan

FILE = "groups.json"
MOST = 20
"""Groups that a column may have; more are a sign of another kind of column."""

Grouped = Mapping[str, tuple[tuple[str, str], ...]]
"""``(text, group)`` of real rows, by attribute."""


def keeping(params: Any, task: TaskConfig) -> Any:
    """The task's parameters, told to keep the columns that hold groups, where it can be told."""
    columns = [item.column for item in task.sensitive.values() if item.column]
    if not columns or "keep" not in type(params).model_fields:
        return params
    return params.model_copy(update={"keep": tuple(dict.fromkeys((*params.keep, *columns)))})


def sensitive(task: TaskConfig, splits: Splits, problems: Problems) -> tuple[Sensitive, ...]:
    """The declared attributes; what does not fit the data is a problem.

    Groups that a column alone tells are those of the seed and dev rows: test stays sealed.
    """
    found = []
    for name, item in task.sensitive.items():
        path = ("task", "sensitive", name)
        real = (*splits.seed, *splits.dev)
        values = sorted({_value(row, item.column) for row in real} - {NONE}) if item.column else []
        if item.column and not values:
            said = f"no seed or dev row has a value in a field '{item.column}'"
            fix = "name a column of a table (use: table), or tell the groups by words"
            problems.add((*path, "column"), said, fix)
            continue
        groups = tuple(item.groups) or tuple(values)
        if not 2 <= len(groups) <= MOST:
            said = f"the column '{item.column}' has {len(groups)} values in seed and dev rows"
            fix = f"name a column of 2 to {MOST} groups, or declare groups"
            problems.add((*path, "column"), said, fix)
            continue
        if item.groups and values and not set(values) & set(groups):
            said = f"no value of the column '{item.column}' is a declared group"
            problems.add((*path, "groups"), said, f"the values are: {', '.join(values[:MOST])}")
        for label, shares in item.shares.items():
            place = (*path, "target")
            if label != EVERY and label not in splits.labels:
                known = ", ".join(splits.labels)
                problems.add((*place, label), f"no such class; classes: {known}")
            elif set(shares) != set(groups):
                problems.add(place, f"give each group a share: {', '.join(groups)}")
        found.append(item.declared(name, tuple(values)))
    return tuple(found)


def unkept(config: ExperimentConfig) -> list[str]:
    """That quotas are asked for and not checked, in a sentence; of a config that does so."""
    if not config.task.sensitive or any(step.use == "group" for step in config.curation):
        return []
    return [
        "curation has no step `group`, so texts of another group than was asked for are kept: the "
        "shares of task.sensitive are wishes"
    ]


def grouped(rows: Sequence[Row], field: str, declared: Sequence[Sensitive]) -> Grouped:
    """What a model of the groups may learn, of the attributes that no words tell."""
    return {
        item.name: tuple(
            (str(row.values[field]), _value(row, item.column))
            for row in rows
            if _value(row, item.column) in item.names
        )
        for item in declared
        if not item.has_words
    }


def kept_groups(plan: Plan, test: Sequence[Row] = ()) -> dict[str, str]:
    """What an audit needs of the real rows, as ``groups.json``; nothing where nothing is declared.

    Groups of dev and test rows are in the order of the logged calls; no text is there.

    Args:
        plan: the run.
        test: its rows, once they were opened.
    """
    if not plan.brief.sensitive:
        return {}
    splits = {"seed": plan.splits.seed, "dev": plan.splits.dev, "test": tuple(test)}
    names = [item.name for item in plan.brief.sensitive]
    found = {
        split: {name: plan.groups(name, rows) for name in names} for split, rows in splits.items()
    }
    about = {
        "declared": [asdict(item) for item in plan.brief.sensitive],
        "labels": list(plan.brief.labels),
        "cells": {
            split: {name: _crossed(rows, found[split][name]) for name in names}
            for split, rows in splits.items()
            if rows
        },
        "rows": {split: found[split] for split in ("dev", "test") if splits[split]},
        "told": {
            item.name: _told_right(plan, item, found["dev"][item.name])
            for item in plan.brief.sensitive
            if item.column
        },
    }
    return {FILE: json.dumps(about, ensure_ascii=False)}


def _told_right(plan: Plan, item: Sensitive, true: Sequence[str]) -> dict[str, float]:
    """How often the text alone tells the group that the column of a dev row has.

    A model of the groups learns from seed rows here, whatever else it may learn from.
    """
    splits = plan.splits
    teller = Teller([item], splits.field, grouped(splits.seed, splits.field, [item]))
    pairs = zip(teller(item.name, splits.dev, texts_only=True), true, strict=True)
    known = [told == group for told, group in pairs if group != NONE]
    return {"right": sum(known) / len(known) if known else 0.0, "rows": len(known)}


def _crossed(rows: Sequence[Row], groups: Sequence[str]) -> dict[str, dict[str, int]]:
    """Rows by class and group."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row, group in zip(rows, groups, strict=True):
        found[row.label][group] += 1
    return {label: dict(counts) for label, counts in sorted(found.items())}


class Teller:
    """Whose group a row is.

    Args:
        declared: the attributes.
        field: name of the text field.
        known: texts and groups that may be learnt from.
    """

    def __init__(self, declared: Sequence[Sensitive], field: str, known: Grouped) -> None:
        self._declared = {item.name: item for item in declared}
        self._field = field
        self._models = {
            name: Labeller.fit(*zip(*pairs, strict=True))
            for name, pairs in known.items()
            if len({group for _, group in pairs}) > 1
        }

    def __call__(self, name: str, rows: Sequence[Row], texts_only: bool = False) -> list[str]:
        """The group of each row, ``""`` for none; by their texts alone if that is asked."""
        item = self._declared[name]
        return [
            _known(_value(row, item.column), item)
            if item.column in row.values and row.lineage is None and not texts_only
            else self._told(str(row.values[self._field]), item)
            for row in rows
        ]

    def _told(self, text: str, item: Sensitive) -> str:
        if item.has_words:
            return group_of(text, item)
        model = self._models.get(item.name)
        return likeliest(model, text) if model else NONE


def _known(value: str, item: Sensitive) -> str:
    return value if value in item.names else NONE


def _value(row: Row, column: str | None) -> str:
    value = row.values.get(column) if column else None
    return NONE if value is None else str(value).strip()
