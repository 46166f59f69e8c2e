"""What makes two candidates the same: a digest, and the written list of what it leaves out.

The list has a version, so that a digest of one version is never compared with another's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlab.config.models import CAPS, ExperimentConfig
from synthlab.records import digest

DIGEST_VERSION = 2

LEFT_OUT: dict[str, str] = {
    "name": "a title",
    "generator.name": "a title",
    "tracking": "where results go does not change them",
    "sweep": "already expanded: each candidate has its own values",
    "search": "the order of trials does not change a candidate's rows",
    "scoring": "judges rows, does not make them",
    "reflection": "writes prompts, and these count by their texts",
    "feedback": "finds out about rows, does not make them",
    "quality": "measures rows, does not make them",
    "balance": "by what it came to: the rows of each class, where there is one",
    "finals": "compares candidates, does not change their rows",
    "promotion": "decides on rows that are there",
    "lm.concurrency": "rows do not depend on how many calls are in flight",
    "lm.mode": "the batch API asks the same model for the same",
    "lm.timeout_s": "how long to wait does not change an answer",
    "lm.deadline_s": "how long to wait does not change an answer",
    "lm.retries": "how often to ask does not change an answer",
    "lm.price": "what rows cost does not change them",
    "lm.api_key_env": "who pays does not change an answer",
    **{f"budget.{cap}": "a cap ends a run, it does not change a row" for cap in CAPS},
    "task": "by what it came to: the brief and the real rows",
    "generator.use": "by what it came to: the class, and the source text of a file",
    "generator.with": "by what it came to: every parameter, defaults included",
    "generator.quotas": "by what it came to, where a sensitive attribute is declared",
    "generator.demos": "by what it came to, where there are any",
    "generator.prompts": "by what it came to: every prompt's text, those of files included",
    "curation": "by what it came to: classes, sources and parameters",
}


def candidate_digest(config: ExperimentConfig, came_to: Mapping[str, Any]) -> str:
    """16 hex characters that change when, and only when, the candidate's rows may change.

    Args:
        config: resolved.
        came_to: what stands for the parts that are left out as they were written; plain data.
    """
    data = config.model_dump(mode="json", by_alias=True)
    for key in LEFT_OUT:
        _drop(data, key.split("."))
    return digest({"version": DIGEST_VERSION, "config": data, "came_to": dict(came_to)})


def _drop(data: dict[str, Any], path: list[str]) -> None:
    for part in path[:-1]:
        data = data[part]
    del data[path[-1]]
