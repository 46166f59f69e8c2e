"""One variant of a config -> a candidate that is ready to run.

What needs no data (names, parameters, LM, prices) is checked even when the data cannot be read.
Prompts are rendered once for each class (``rehearse.py``), which also finds placeholders that no
input fills.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from pydantic import ValidationError

from synthlab.config.digest import candidate_digest
from synthlab.config.models import ExperimentConfig, LMConfig
from synthlab.config.problems import Problems
from synthlab.config.sweep import Variant
from synthlab.generators.base import Generator
from synthlab.lm.base import NO_LM, LMSettings, engine_class
from synthlab.lm.prices import price_of
from synthlab.outcomes import Candidate
from synthlab.records import Brief
from synthlab.scoring.score import Scorer
from synthlab.workflow.plan import Data, Member, lm_settings
from synthlab.workflow.rehearse import Rehearsals
from synthlab.workflow.uses import Used, caught, used
from synthlab.workflow.verifying import asks, own_lm


@dataclass(frozen=True)
class Parts:
    """A variant whose names are resolved and whose parameters are checked; no data yet.

    Attributes:
        identity: of the LM's backend; empty where a key or weights are missing.
        price: USD per million input and output tokens; None when not known.
        verifiers: identities of the backends that curation steps ask, where they name an LM.
    """

    variant: Variant
    generator: Used
    steps: tuple[Used, ...]
    settings: LMSettings
    identity: str
    price: tuple[float, float] | None
    verifiers: tuple[str, ...] = ()


def check_parts(variant: Variant, capped: bool, problems: Problems) -> Parts | None:
    """Resolve and check what needs no data; None where ``problems`` says why.

    Args:
        variant: of the config.
        capped: the run has a cap in USD, so that every price must be known.
        problems: gets what is wrong.
    """
    config, place = variant.config, variant.place
    generator = used("generator", config.generator, ("generator",), problems, place)
    steps = [
        used("curation", step, ("curation", n), problems, place)
        for n, step in enumerate(config.curation)
    ]
    if generator is not None and not getattr(generator.made, "asks", True):
        variant = replace(variant, config=_without_lm(config))
        config = variant.config
    sound = generator is not None and _has_prompts(variant, generator, problems)
    settings = lm_settings(config.lm.model_dump())
    path = place(("lm", "model"))
    engine = caught(problems, path, lambda: engine_class(settings))
    if engine is None:
        return None
    identity = caught(problems, path, lambda: engine.check(settings))
    price = caught(problems, path, lambda: _price(settings))
    if capped and price is None:
        problems.add(
            place(("lm", "price")),
            f"unknown price for {settings.model} with a cap in USD",
            "give lm.price: {input: ..., output: ...}, in USD per million tokens",
        )
    if generator is None or not sound:
        return None
    known = tuple(step for step in steps if step is not None)
    named = [
        _verifier(step, variant, n, capped, problems)
        for n, step in enumerate(steps)
        if step is not None and asks(step)
    ]
    others = tuple(name for name in named if name)
    return Parts(variant, generator, known, settings, identity or "", price, others)


def check_weights(parts: Parts, scorer: Scorer, problems: Problems) -> None:
    """A step that gives rows weights needs a classifier that takes them."""
    if scorer.model is None or scorer.takes_weights:
        return  # None: the model has a mistake, which is told already
    classifier = parts.variant.config.scoring.use
    for n, step in enumerate(parts.steps):
        if step.weighs:
            problems.add(
                parts.variant.place(("curation", n)),
                f"{step.ref} gives rows weights, and the classifier {classifier} takes none",
                "score with a model that takes weights, such as tfidf-logreg; or drop such rows "
                "with confirm",
            )


def check_reflection(
    section: LMConfig | None, capped: bool, problems: Problems
) -> LMSettings | None:
    """Settings of an LM of its own that rewrites prompts; None where there is none.

    Args:
        section: as the config has it.
        capped: the run has a cap in USD, so that its price must be known.
        problems: gets what is wrong.
    """
    if section is None:
        return None
    settings = lm_settings(section.model_dump())
    caught(problems, ("reflection", "model"), lambda: engine_class(settings).check(settings))
    if capped and caught(problems, ("reflection", "model"), lambda: price_of(settings)) is None:
        problems.add(
            ("reflection", "price"),
            f"unknown price for {settings.model} with a cap in USD",
            "give reflection.price: {input: ..., output: ...}, in USD per million tokens",
        )
    return settings


def make_member(
    parts: Parts, data: Data, problems: Problems, rehearsals: Rehearsals | None = None
) -> Member | None:
    """The candidate, with the prompts of each class; None where ``problems`` says why.

    Args:
        parts: the variant.
        data: what candidates are told of the real rows.
        problems: gets what is wrong.
        rehearsals: those of the same plan so far.
    """
    if data.quota:
        parts = _topping_up(parts, data.quota)
    config = parts.variant.config
    candidate = Candidate(
        parts.variant.name,
        config.generator.use,
        parts.generator.params.model_dump(mode="json"),
        config.generator.prompts,
        parts.settings.model,
        "",
        config.budget.rows_per_class,
        choices=parts.variant.picks,
        demos=len(config.generator.demos),
    )
    member = Member(
        candidate,
        config,
        parts.generator,
        parts.steps,
        parts.settings,
        data.brief if config.generator.quotas else replace(data.brief, sensitive=()),
        data.shots,
        {},
        parts.price,
        data.quota,
    )
    path = parts.variant.place(("generator",))
    generator = caught(problems, path, member.make)
    if generator is None:
        return None
    stage, program = rehearsals or Rehearsals(), parts.generator.identity
    prompts = caught(problems, path, lambda: stage.of(program, generator, member.lm))
    made = caught(problems, path, lambda: _digest(parts, data, generator))
    if prompts is None or made is None or not _can_learn(parts, data, problems):
        return None
    return replace(member, candidate=replace(candidate, digest=made), prompts=prompts)


def _topping_up(parts: Parts, quota: Mapping[str, int]) -> Parts:
    """With the rows of the class that lacks most as ``budget.rows_per_class``."""
    config = parts.variant.config
    budget = config.budget.model_copy(update={"rows_per_class": max(quota.values())})
    config = config.model_copy(update={"budget": budget})
    return replace(parts, variant=replace(parts.variant, config=config))


def _without_lm(config: ExperimentConfig) -> ExperimentConfig:
    """The config of a candidate that asks no LM: no key, weights or price is looked for."""
    return config.model_copy(update={"lm": LMConfig(model=NO_LM)})


def _verifier(step: Used, variant: Variant, n: int, capped: bool, problems: Problems) -> str:
    """Check the LM that a curation step asks; the identity of its backend if it names one."""
    path = variant.place(("curation", n, "with", "lm"))
    try:
        settings = own_lm(step.params)
    except ValidationError as exc:
        problems.add_validation(exc, LMConfig, lambda loc: variant.place((*path, *loc)))
        return ""
    if settings is None:
        if variant.config.lm.model == NO_LM:
            problems.add(
                variant.place(("curation", n)),
                f"{step.ref} asks an LM, and this candidate has none",
                f"name one: {{use: {step.ref}, with: {{lm: {{model: ...}}}}}}",
            )
        return ""
    if capped and caught(problems, path, lambda: price_of(settings)) is None:
        problems.add(
            path,
            f"unknown price for {settings.model} with a cap in USD",
            "give price: {input: ..., output: ...}, in USD per million tokens",
        )
    return caught(problems, path, lambda: engine_class(settings).check(settings)) or ""


def _price(settings: LMSettings) -> tuple[float, float] | None:
    price = price_of(settings)
    return (price.input, price.output) if price else None


def _has_prompts(variant: Variant, generator: Used, problems: Problems) -> bool:
    known = getattr(generator.made, "known_prompts", None)
    own = sorted(known(generator.params)) if known else []
    unknown = [name for name in variant.config.generator.prompts if name not in own]
    for name in unknown:
        problems.add(
            variant.place(("generator", "prompts", name)),
            f"{generator.ref} has no prompt '{name}'; it has: {', '.join(own) or 'none'}",
        )
    return not unknown


def _can_learn(parts: Parts, data: Data, problems: Problems) -> bool:
    """Whether the steps that learn from real rows find those that they need.

    The others are not built here: they work with any rows, and may take long.
    """
    if len(parts.steps) < len(parts.variant.config.curation):
        return False  # a step with a mistake, which is told already
    return all(
        caught(problems, parts.variant.place(("curation", n)), partial(_build, step, data))
        for n, step in enumerate(parts.steps)
        if step.learns
    )


def _build(step: Used, data: Data) -> bool:
    step.made(step.params, data.known)
    return True


def _told(brief: Brief) -> dict[str, Any]:
    """What a generator was told; without quotas it is what it was before there could be some."""
    told = asdict(brief)
    return told if brief.sensitive else {k: v for k, v in told.items() if k != "sensitive"}


def _digest(parts: Parts, data: Data, generator: Generator) -> str:
    shown = set(generator.shown)
    came_to: dict[str, Any] = {
        "backend": parts.identity,
        "generator": parts.generator.identity,
        "texts": dict(generator.texts),
        "brief": _told(generator.brief),
        "shown": [[row.id, row.label, dict(row.values)] for row in data.shots if row.id in shown],
        "curation": [step.identity for step in parts.steps],
        "compared_with": data.seen if parts.steps else None,
    }
    if any(step.learns for step in parts.steps):
        came_to["learnt_from"] = data.learnt
    if parts.verifiers:
        came_to["verifiers"] = list(parts.verifiers)
    if data.quota:
        came_to["quota"] = dict(data.quota)
    if demos := parts.variant.config.generator.demos:
        # Without any it is the digest that it was before there could be some.
        came_to["demos"] = [demo.model_dump(mode="json") for demo in demos]
    return candidate_digest(parts.variant.config, came_to)
