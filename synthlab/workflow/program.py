"""A generator as one JSON text, and back: what is logged, promoted and called by a team.

The text holds everything that rows depend on (class name, parameters, prompts, DSPy state, LM id
and sampling, the real rows that prompts may show) and nothing else: no key, no pickle.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from synthlab.errors import ConfigError
from synthlab.generators.base import Generator
from synthlab.lm.base import LMSettings, Price
from synthlab.records import Brief, Row
from synthlab.registry import resolve
from synthlab.workflow.plan import Member

FORMAT = 1


def dump_program(member: Member, generator: Generator) -> str:
    """The JSON text of a generator as it stands."""
    shown = set(generator.shown)
    program = {
        "format": FORMAT,
        "name": member.config.name,
        "candidate": member.candidate.name,
        "digest": member.candidate.digest,
        "generator": member.candidate.generator,
        "params": dict(member.candidate.params),
        "texts": dict(generator.texts),
        "seed": member.config.seed,
        "brief": asdict(member.brief),
        "shots": [
            {"id": row.id, "label": row.label, "values": dict(row.values)}
            for row in member.shots
            if row.id in shown
        ],
        "lm": asdict(member.lm),
        "curation": [
            step.model_dump(mode="json", by_alias=True) for step in member.config.curation
        ],
        "tries": member.config.budget.tries,
        "state": generator.dump_state(),
    }
    return json.dumps(program, indent=2, ensure_ascii=False, default=str)


def load_generator(program: Mapping[str, Any], seed: int) -> Generator:
    """The generator of a program, drawing from another seed than the run did.

    Raises:
        ConfigError: a format of another version, or a class that cannot be found any more.
    """
    if program.get("format") != FORMAT:
        raise ConfigError(
            f"the program has format {program.get('format')}, this version reads {FORMAT}",
            "promote the run again with this version of synthlab",
        )
    made = resolve("generator", program["generator"])
    brief = program["brief"]
    shots = [Row(row["id"], row["values"], row["label"]) for row in program["shots"]]
    generator: Generator = made(
        made.Params(**program["params"]),
        Brief(brief["document"], tuple(brief["labels"]), brief["names"], brief["field"]),
        shots,
        seed,
        program["texts"],
    )
    generator.load_state(program["state"])
    return generator


def load_settings(program: Mapping[str, Any]) -> LMSettings:
    """The LM settings of a program."""
    data = dict(program["lm"])
    price = data.pop("price")
    return LMSettings(**data, price=Price(**price) if price else None)
