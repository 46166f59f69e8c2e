"""A program run on the scripted LM: which prompts it would send, without sending any."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from synthlab.generators.base import Generator
from synthlab.lm.adapters import Unparsable
from synthlab.lm.base import LMSettings, engine_class
from synthlab.lm.session import Session
from synthlab.records import digest

NO_LIMIT = 10**9


def rehearse(generator: Generator, settings: LMSettings) -> dict[str, tuple[str, ...]]:
    """The prompts of each class's first order, as the LM will read them: one for each call.

    A mixture has a first order for each part that writes rows of the class. A program that calls
    the LM more than once puts the scripted answers into its later prompts.

    Raises:
        ConfigError: a placeholder that no input fills.
    """
    prompts = {}
    with Session(_dry(settings)) as session:
        for label in generator.brief.labels:
            for order in generator.samples(label):
                # A scripted answer need not fit a JSON schema; the prompt is what counts.
                with suppress(Unparsable), session.scope("render", 0, len(order)) as scope:
                    generator.fulfil(order)
                prompts[generator.heading(order) or label] = tuple(scope.prompts)
    return prompts


class Rehearsals:
    """Those of one plan: many candidates of a sweep send the same prompts, and share one."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, tuple[str, ...]]] = {}

    def of(
        self, program: Any, generator: Generator, settings: LMSettings
    ) -> dict[str, tuple[str, ...]]:
        """What ``rehearse`` gives.

        Args:
            program: plain data that says, with the plan, which code and parameters it is.
            generator: made of them.
            settings: of its LM; how it samples changes no prompt.
        """
        dry = replace(_dry(settings), temperature=None, top_p=None)
        told = [generator.texts, generator.rows, generator.seed, asdict(generator.brief)]
        key = digest([program, *told, asdict(dry)])
        if key not in self._known:
            self._known[key] = rehearse(generator, settings)
        return self._known[key]


def _dry(settings: LMSettings) -> LMSettings:
    """The scripted LM in place of the real one, read by the same adapter."""
    adapter = settings.adapter
    if adapter == "auto":
        adapter = engine_class(settings).adapter
    return replace(
        settings,
        model="fake/words",
        adapter=adapter,
        price=None,
        context=NO_LIMIT,
        mode="live",
    )
