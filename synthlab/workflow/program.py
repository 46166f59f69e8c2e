"""A generator as one JSON text, and back: what is logged, promoted and called by a team.

The text holds everything that rows depend on (class name, the source of a user's file, parameters,
prompts, DSPy state, LM id and sampling, the real rows that prompts may show, what curation learnt
from real rows) and nothing else: no key, no pickle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from synthlab.curation.base import Known, Lasting, Step
from synthlab.errors import ConfigError
from synthlab.generators.base import Generator
from synthlab.groups import sensitive_of
from synthlab.lm.base import LMSettings
from synthlab.records import Brief, Row
from synthlab.registry import resolve
from synthlab.workflow.plan import Member, lm_settings
from synthlab.workflow.uses import Used, params_model

FORMAT = 4
READABLE = (1, 2, 3, 4)
"""Format 1 has no sources: the files of a user's classes must still be where they were. Up to
format 2, every call wrote one row; up to format 3, no curation step had a state."""


def dump_program(member: Member, generator: Generator, steps: Sequence[Step]) -> str:
    """The JSON text of a generator as it stands.

    Args:
        member: the candidate.
        generator: what it made.
        steps: its curation steps, which may have learnt from real rows.
    """
    shown = set(generator.shown)
    program = {
        "format": FORMAT,
        "name": member.config.name,
        "candidate": member.candidate.name,
        "digest": member.candidate.digest,
        "generator": member.candidate.generator,
        "source": _source(member.generator),
        "params": dict(member.candidate.params),
        "texts": dict(generator.texts),
        "rows_per_request": generator.rows,
        "seed": member.config.seed,
        "brief": asdict(member.brief),
        "shots": [
            {"id": row.id, "label": row.label, "values": dict(row.values)}
            for row in member.shots
            if row.id in shown
        ],
        "lm": asdict(member.lm),
        "curation": [_step(*pair) for pair in zip(member.steps, steps, strict=True)],
        "tries": member.config.budget.tries,
        "state": generator.dump_state(),
    }
    if member.quota:
        program["quota"] = dict(member.quota)
    return json.dumps(program, indent=2, ensure_ascii=False, default=str)


def load_generator(program: Mapping[str, Any], seed: int) -> Generator:
    """The generator of a program, drawing from another seed than the run did.

    A class that came from a user's file is built from the source text in the program, whatever the
    file holds now: this executes code that the user promoted, so load programs only from a store
    that you trust.

    Raises:
        ConfigError: a format of another version, a class that cannot be found any more, or a
            source that is not the one that was promoted.
    """
    if program.get("format") not in READABLE:
        raise ConfigError(
            f"the program has format {program.get('format')}, this version reads "
            f"{', '.join(map(str, READABLE))}",
            "promote the run again with this version of synthlab",
        )
    made = _class("generator", program["generator"], program.get("source"))
    shots = [Row(row["id"], row["values"], row["label"]) for row in program["shots"]]
    generator: Generator = made(
        made.Params(**program["params"]),
        load_brief(program),
        shots,
        seed,
        program["texts"],
        program.get("rows_per_request", 1),
    )
    generator.load_state(program["state"])
    return generator


def load_brief(program: Mapping[str, Any]) -> Brief:
    """What the generator of a program knows of its task."""
    brief = program["brief"]
    return Brief(
        brief["document"],
        tuple(brief["labels"]),
        brief["names"],
        brief["field"],
        sensitive_of(brief.get("sensitive", ())),
    )


def load_steps(program: Mapping[str, Any], real: Known) -> list[Step]:
    """Fresh curation steps of a program, in order; a user's are built from their source.

    Args:
        program: as ``dump_program`` wrote it.
        real: the real rows that they are told of.

    Raises:
        ConfigError: as ``load_generator``.
    """
    steps: list[Step] = []
    for step in program["curation"]:
        made = _class("curation", step["use"], step.get("source"))
        params, state = params_model(made)(**step["with"]), step.get("state")
        steps.append(made(params, real) if state is None else made.from_state(params, real, state))
    return steps


def weighs(program: Mapping[str, Any]) -> bool:
    """Whether a curation step of a program gives rows weights.

    Raises:
        ConfigError: as ``load_generator``.
    """
    for step in program["curation"]:
        made = _class("curation", step["use"], step.get("source"))
        if Used(step["use"], made, params_model(made)(**step["with"]), None).weighs:
            return True
    return False


def load_settings(program: Mapping[str, Any]) -> LMSettings:
    """The LM settings of a program."""
    return lm_settings(program["lm"])


def _step(used: Used, step: Step) -> dict[str, Any]:
    state = dict(cast(Lasting, step).dump_state()) if used.learns else None
    params = used.params.model_dump(mode="json")
    return {"use": used.ref, "with": params, "source": _source(used), "state": state}


def _source(used: Used) -> dict[str, str] | None:
    if used.source is None:
        return None
    return {"sha256": _sha256(used.source), "text": used.source}


def _class(kind: str, ref: str, source: Mapping[str, str] | None) -> Any:
    if source is None:
        return resolve(kind, ref)
    if _sha256(source["text"]) != source["sha256"]:
        raise ConfigError(
            f"the source of {kind} '{ref}' is not the one that was promoted: its SHA-256 is not "
            f"{source['sha256'][:16]}...",
            "promote the run again",
        )
    return resolve(kind, ref, source["text"])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
