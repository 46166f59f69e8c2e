"""Config -> Plan. Names become classes, parameters are checked, prices and data are looked up.

No LM is called and nothing is written: what can fail fails here, all mistakes at once, before a
cent is spent. What is checked of a single candidate stands in ``members.py``, the classifiers in
``judges.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from synthlab.config.dotted import Path
from synthlab.config.feedback import FeedbackPrivacy
from synthlab.config.load import Loaded
from synthlab.config.models import ExperimentConfig
from synthlab.config.problems import Problems
from synthlab.config.uses import UseConfig
from synthlab.records import Brief
from synthlab.scoring.baselines import RealRows
from synthlab.scoring.score import Scorer
from synthlab.tasks.base import SplitSizes
from synthlab.tasks.splits import Splits, make_splits
from synthlab.workflow.balance import quota_of, rarest
from synthlab.workflow.groups import keeping, sensitive
from synthlab.workflow.journals import check_journal
from synthlab.workflow.judges import make_model, make_others
from synthlab.workflow.members import check_parts, check_reflection, check_weights, make_member
from synthlab.workflow.plan import Data, Plan, lm_settings, reflecting
from synthlab.workflow.rehearse import Rehearsals
from synthlab.workflow.released import check_privacy
from synthlab.workflow.uses import Used, caught, used


@dataclass(frozen=True)
class Bench:
    """What judges rows: the part of a plan that no LM is needed for.

    Attributes:
        config: as written.
        splits: the real rows.
        scorer: the main classifier.
        others: other kinds of classifier, by name.
    """

    config: ExperimentConfig
    splits: Splits
    scorer: Scorer
    others: dict[str, Scorer]


def compile_data(loaded: Loaded) -> Bench:
    """Resolve and check the data and the classifiers only: no LM, key or generator is looked at.

    Raises:
        ConfigError: with a line for each mistake in them, and for each that reading the file found.
    """
    bench = _bench(loaded)
    loaded.problems.raise_if_any()
    if bench is None:
        raise AssertionError("what is missing is a problem")
    return bench


def compile_panel(loaded: Loaded, splits: Splits) -> tuple[Brief, tuple[Used, ...]]:
    """What a panel needs: the task in words, and the parts that measure.

    Raises:
        ConfigError: with a line for each mistake in them.
    """
    config, problems = loaded.config, loaded.problems
    parts = [_quality(part, n, problems) for n, part in enumerate(config.quality.parts)]
    brief = _brief(config, splits, problems)
    problems.raise_if_any()
    return brief, tuple(part for part in parts if part is not None)


def compile_plan(loaded: Loaded) -> Plan:
    """Resolve and check everything.

    Raises:
        ConfigError: with a line for each mistake in the file, in the data that it names, and in
            what it needs of this machine.
    """
    config, problems = loaded.config, loaded.problems
    search = used("search", config.search, ("search",), problems, _as_written)
    caught(problems, ("tracking", "journal"), lambda: check_journal(config.tracking.journal))
    caught(problems, ("tracking", "uri"), lambda: check_uri(config.tracking.uri))
    critics = [
        used("feedback", part, ("feedback", "parts", n), problems, _as_written)
        for n, part in enumerate(config.feedback.parts)
    ]
    quality = [_quality(part, n, problems) for n, part in enumerate(config.quality.parts)]
    capped = config.budget.usd is not None
    reflection = check_reflection(config.reflection, capped, problems)
    engine = caught(problems, ("search",), lambda: search.made(search.params)) if search else None
    _check_needs(engine, config, problems)
    bench = _bench(loaded)
    parts = [check_parts(variant, capped, problems) for variant in loaded.variants]
    if bench is None or engine is None:
        problems.raise_if_any()
        raise AssertionError("what is missing is a problem")
    for n, critic in enumerate(critics):
        if critic is not None and hasattr(critic.made, "check_model"):
            check = partial(_check_model, critic, bench.scorer.model)
            caught(problems, ("feedback", "parts", n), check)
    for part in parts:
        if part is not None:
            check_weights(part, bench.scorer, problems)
    splits = bench.splits
    if config.feedback.privacy is not None:
        _check_private(config.feedback.privacy, critics, engine, splits, problems)
    brief = _brief(config, splits, problems)
    pool = RealRows(splits.seed, splits.labels, config.scoring.draws, config.seed)
    quota = caught(problems, ("balance",), lambda: quota_of(config, splits)) or {}
    data = Data.of(splits, brief, pool, config.task.real_rows, quota)
    stage = Rehearsals()
    members = [make_member(part, data, problems, stage) for part in parts if part is not None]
    problems.raise_if_any()
    return Plan(
        config,
        tuple(member for member in members if member is not None),
        splits,
        brief,
        bench.scorer,
        pool,
        engine,
        bench.others,
        data,
        tuple(critic for critic in critics if critic is not None),
        reflection or reflecting(lm_settings(config.lm.model_dump())),
        tuple(part for part in quality if part is not None),
    )


def check_uri(uri: str | None) -> None:
    """Whether the tracking address can be one; no server is asked.

    Raises:
        StorageError: it cannot.
    """
    if uri is not None:
        from synthlab.tracking.reach import check_address  # with MLflow: a second or two

        check_address(uri)


def _quality(part: UseConfig, n: int, problems: Problems) -> Used | None:
    """A part of the quality panel, which must be able to work on this machine."""
    path = ("quality", "parts", n)
    found = used("quality", part, path, problems, _as_written)
    if found is not None:
        caught(problems, path, lambda: found.made(found.params))
    return found


def _check_needs(search: Any, config: ExperimentConfig, problems: Problems) -> None:
    """A search that reads findings of a part that is switched off would propose nothing."""
    told = {part.use for part in config.feedback.parts}
    for name in getattr(search, "needs", ()):
        if name not in told:
            problems.add(
                ("search",),
                f"it needs the feedback part '{name}', which feedback.parts does not name",
                f"add {name} to feedback.parts",
            )


def _check_private(
    asked: FeedbackPrivacy,
    critics: Sequence[Used | None],
    engine: Any,
    splits: Splits,
    problems: Problems,
) -> None:
    """Nothing exact about dev rows may reach a prompt: what could bring it there is refused."""
    for n, critic in enumerate(critics):
        if critic is not None and not hasattr(critic.made, "tell"):
            problems.add(
                ("feedback", "parts", n),
                f"'{critic.ref}' tells exact counts of dev rows, which feedback.privacy forbids",
                "set feedback.parts: [lacking], which works from noisy counts, or leave parts out",
            )
    if not getattr(engine, "tells_findings_only", False):
        problems.add(
            ("search",),
            "this search may write exact dev scores into prompts, which feedback.privacy forbids",
            "take grid, random, racing, tpe, or gepa with the proposer hints",
        )
    caught(problems, ("feedback", "privacy"), lambda: check_privacy(asked, splits))


def _bench(loaded: Loaded) -> Bench | None:
    """The data and the classifiers; None without data. A model with a mistake is a problem too."""
    splits = _splits(loaded.config, loaded.problems)
    labels = splits.labels if splits else ("a", "b")
    model, families = make_model(loaded, labels), make_others(loaded, labels)
    if splits is None:
        return None
    few = rarest(splits)
    others = {name: Scorer(other, splits.field, labels, few) for name, other in families.items()}
    return Bench(loaded.config, splits, Scorer(model, splits.field, labels, few), others)


def _check_model(critic: Used, model: Any) -> None:
    if model is not None:  # or it has a mistake that is told already
        critic.made(critic.params).check_model(model)


def _as_written(path: Path) -> Path:
    return path


def _splits(config: ExperimentConfig, problems: Problems) -> Splits | None:
    if problems.at("task"):
        return None  # what stands in for the section names no data
    task = used("task", config.task, ("task",), problems, _as_written)
    if task is None:
        return None
    where = ("task", "with", "path") if "path" in config.task.params else ("task",)
    params = keeping(task.params, config.task)
    source: Any = caught(problems, where, lambda: task.made(params).load())
    if problems.at("task"):
        return None
    return caught(problems, ("task", "split"), lambda: make_splits(source, _sizes(config)))


def _sizes(config: ExperimentConfig) -> SplitSizes:
    sizes = config.task.split.model_dump()
    for key in ("dev", "test"):
        if sizes[key] >= 1:
            sizes[key] = int(sizes[key])
    return SplitSizes(**sizes)


def _brief(config: ExperimentConfig, splits: Splits, problems: Problems) -> Brief:
    for name in config.task.names:
        if name not in splits.labels:
            problems.add(
                ("task", "names", name), f"no such class; classes: {', '.join(splits.labels)}"
            )
    names = {label: config.task.names.get(label, label) for label in splits.labels}
    told = sensitive(config.task, splits, problems)
    return Brief(config.task.document, splits.labels, names, splits.field, told)
