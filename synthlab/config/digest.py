"""What makes two configs the same: a digest, and the written list of what it leaves out.

The list has a version, so that a digest of one version is never compared with another's.
"""

from __future__ import annotations

from typing import Any

from synthlab.config.models import ExperimentConfig
from synthlab.records import digest

DIGEST_VERSION = 1

LEFT_OUT: dict[str, str] = {
    "name": "a title",
    "tracking": "where results go does not change them",
    "sweep": "already expanded: each candidate has its own values",
    "search": "the order of trials does not change a candidate's rows",
    "scoring": "judges rows, does not make them",
    "lm.concurrency": "rows do not depend on how many calls are in flight",
    "lm.timeout_s": "how long to wait does not change an answer",
    "lm.retries": "how often to ask does not change an answer",
    "lm.price": "what rows cost does not change them",
    "lm.api_key_env": "who pays does not change an answer",
}


def config_digest(config: ExperimentConfig) -> str:
    """16 hex characters that stay the same as long as the rows would be the same."""
    data = config.model_dump(mode="json", by_alias=True)
    for key in LEFT_OUT:
        _drop(data, key.split("."))
    return digest({"version": DIGEST_VERSION, "config": data})


def _drop(data: dict[str, Any], path: list[str]) -> None:
    for part in path[:-1]:
        data = data[part]
    data.pop(path[-1], None)
