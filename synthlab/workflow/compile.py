"""Config -> Plan. Names become classes, parameters are checked, prices and data are looked up.

No LM is called and nothing is written: what can fail fails here, all mistakes at once, before a
cent is spent. Prompts are rendered once for each class by running the program on the scripted
engine, which also finds placeholders that no input fills.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from synthlab.config.digest import config_digest
from synthlab.config.dotted import Path
from synthlab.config.load import Loaded
from synthlab.config.models import ExperimentConfig, UseConfig
from synthlab.config.problems import Problems
from synthlab.config.sweep import Variant
from synthlab.errors import SynthlabError
from synthlab.lm.adapters import Unparsable
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.prices import price_of
from synthlab.lm.session import Session
from synthlab.records import Brief, Candidate, digest
from synthlab.registry import resolve
from synthlab.scoring.baselines import RealRows
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer
from synthlab.tasks.base import SplitSizes
from synthlab.tasks.splits import Splits, make_splits
from synthlab.workflow.plan import Member, Plan

NO_LIMIT = 10**9


class _NoParams(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def compile_plan(loaded: Loaded) -> Plan:
    """Resolve and check everything.

    Raises:
        ConfigError: with a line for each mistake in the file.
        DataError: the real rows cannot be read or split.
        EngineError: weights, runtime or key are missing.
    """
    config, problems = loaded.config, loaded.problems
    make_task = _used("task", config.task, ("task",), problems)
    search = _used("search", config.search, ("search",), problems)
    model = _caught(
        problems, ("scoring",), lambda: build(config.scoring.use, config.scoring.params)
    )
    problems.raise_if_any()
    splits = _splits(config, make_task[0](make_task[1]))
    brief = _brief(config, splits, problems)
    pool = RealRows(splits.seed, splits.labels, config.scoring.draws, config.seed)
    shots = tuple(pool.draw(0, len(pool.rows)))
    members = tuple(
        member
        for variant in loaded.variants
        if (member := _member(variant, brief, shots, problems)) is not None
    )
    problems.raise_if_any()
    scorer = Scorer(model, splits.field, splits.labels)
    return Plan(config, members, splits, brief, scorer, pool, search[0](search[1]))


def lm_settings(config: ExperimentConfig) -> LMSettings:
    """The LM section as the LM layer takes it."""
    data = config.lm.model_dump()
    price = data.pop("price")
    return LMSettings(**data, price=Price(**price) if price else None)


def _splits(config: ExperimentConfig, task: Any) -> Splits:
    sizes = config.task.split.model_dump()
    for key in ("dev", "test"):
        if sizes[key] >= 1:
            sizes[key] = int(sizes[key])
    return make_splits(task.load(), SplitSizes(**sizes))


def _brief(config: ExperimentConfig, splits: Splits, problems: Problems) -> Brief:
    for name in config.task.names:
        if name not in splits.labels:
            problems.add(
                ("task", "names", name), f"no such class; classes: {', '.join(splits.labels)}"
            )
    names = {label: config.task.names.get(label, label) for label in splits.labels}
    return Brief(config.task.document, splits.labels, names, splits.field)


def _member(
    variant: Variant, brief: Brief, shots: tuple[Any, ...], problems: Problems
) -> Member | None:
    config = variant.config
    before = len(problems.found)
    made = _used("generator", config.generator, ("generator",), problems, variant)
    steps = [
        _used("curation", step, ("curation", place), problems, variant)
        for place, step in enumerate(config.curation)
    ]
    settings = lm_settings(config)
    engine = _caught(problems, variant.place(("lm", "model")), lambda: _engine(settings))
    texts = _texts(config, variant, problems)
    if len(problems.found) > before or engine is None:
        return None
    identity, price = engine
    candidate = Candidate(
        variant.name,
        config.generator.use,
        made[1].model_dump(mode="json"),
        texts,
        settings.model,
        digest([config_digest(config), identity, texts]),
    )
    member = Member(
        candidate, config, made[0], made[1], tuple(steps), settings, brief, shots, {}, price
    )
    prompts = _caught(problems, variant.place(("generator",)), lambda: _rendered(member))
    return None if prompts is None else replace(member, prompts=prompts)


def _engine(settings: LMSettings) -> tuple[str, tuple[float, float] | None]:
    identity = resolve("engine", settings.engine).check(settings)
    price = price_of(settings)
    return identity, (price.input, price.output) if price else None


def _texts(config: ExperimentConfig, variant: Variant, problems: Problems) -> dict[str, str]:
    texts = {}
    for name, text in config.generator.prompts.items():
        if text.endswith(".txt") and "\n" not in text:
            path = FilePath(text)
            try:
                text = path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as exc:
                problems.add(
                    variant.place(("generator", "prompts", name)), f"cannot read {path}: {exc}"
                )
        texts[name] = text
    return texts


def _rendered(member: Member) -> dict[str, str]:
    generator = member.make()
    dry = replace(
        member.lm, model="fake/words", adapter=_adapter(member.lm), price=None, context=NO_LIMIT
    )
    prompts = {}
    with Session(dry) as session:
        for label in member.brief.labels:
            # A scripted answer need not fit a JSON schema; the prompt is what counts.
            with suppress(Unparsable), session.scope(purpose="render", seed=0) as scope:
                generator(request=generator.plan(label, 0, 1)[0])
            prompts[label] = "\n\n---\n\n".join(scope.prompts)
    return prompts


def _adapter(settings: LMSettings) -> str:
    if settings.adapter != "auto":
        return settings.adapter
    return str(resolve("engine", settings.engine).adapter)


def _used(
    kind: str, used: UseConfig, path: Path, problems: Problems, variant: Variant | None = None
) -> tuple[Any, Any]:
    """The class that ``used`` names and its checked parameters; problems go to the list."""
    place = variant.place if variant else lambda p: p
    try:
        made = resolve(kind, used.use)
        model = getattr(made, "Params", _NoParams)
        return made, model(**used.params)
    except ValidationError as exc:
        problems.add_validation(exc, model, lambda loc: place((*path, "with", *loc)))
    except SynthlabError as exc:
        problems.add(place((*path, "use")), str(exc))
    except TypeError as exc:
        problems.add(place((*path, "with")), str(exc))
    return None, None


def _caught(problems: Problems, path: Path, call: Any) -> Any:
    try:
        return call()
    except SynthlabError as exc:
        problems.add(path, str(exc))
    except Exception as exc:
        problems.add(path, f"{type(exc).__name__}: {exc}")
    return None
