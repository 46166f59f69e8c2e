"""A program run on the scripted LM: which prompts it would send, without sending any."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from synthlab.generators.base import Generator
from synthlab.lm.adapters import Unparsable
from synthlab.lm.base import LMSettings, engine_class
from synthlab.lm.session import Session

NO_LIMIT = 10**9


def rehearse(generator: Generator, settings: LMSettings) -> dict[str, tuple[str, ...]]:
    """The prompts of each class's first order, as the LM will read them: one for each call.

    A mixture has a first order for each part that writes rows of the class. A program that calls
    the LM more than once puts the scripted answers into its later prompts.

    Raises:
        ConfigError: a placeholder that no input fills.
    """
    adapter = settings.adapter
    if adapter == "auto":
        adapter = engine_class(settings).adapter
    dry = replace(
        settings,
        model="fake/words",
        adapter=adapter,
        price=None,
        context=NO_LIMIT,
        mode="live",
    )
    prompts = {}
    with Session(dry) as session:
        for label in generator.brief.labels:
            for order in generator.samples(label):
                # A scripted answer need not fit a JSON schema; the prompt is what counts.
                with suppress(Unparsable), session.scope("render", 0, len(order)) as scope:
                    generator.fulfil(order)
                prompts[generator.heading(order) or label] = tuple(scope.prompts)
    return prompts
