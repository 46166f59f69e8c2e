"""Metrics, parameters and tags to a run, in requests as large as MLflow takes them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager

from synthlab.tracking.backend import Metric, Param, RunTag, guarded, shown
from synthlab.tracking.store import Store

BATCH = 100  # MLflow's limit of params and tags in one request
# The runs table is narrow and shows every digit; leaderboard.json keeps them all.
DIGITS = {"seconds": 1, "cost_usd": 6, "paid_usd": 6, "usd_per_1k": 6}

Point = tuple[str, float, int]
"""A metric's name, its value and its step."""


def logging(store: Store, name: str) -> AbstractContextManager[None]:
    """Inside, what MLflow raises is told as a failure to log ``name``."""
    return guarded(f"cannot log '{name}' to {shown(store.uri)}")


def log(
    store: Store,
    run_id: str,
    metrics: Mapping[str, float] | None = None,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    step: int = 0,
    points: tuple[Point, ...] = (),
    model_id: str | None = None,
) -> None:
    """Write to a run; ``points`` are metrics whose step is not ``step``.

    With ``model_id`` the metrics also stand on the page of that logged model.
    """
    now = int(time.time() * 1000)
    wanted = [*((key, value, step) for key, value in (metrics or {}).items()), *points]
    numbers = [
        Metric(key, round(value, DIGITS.get(key, 4)), now, at, model_id=model_id)
        for key, value, at in wanted
    ]
    texts = [Param(key, value) for key, value in (params or {}).items()]
    labels = [RunTag(key, value) for key, value in (tags or {}).items()]
    for start in range(0, max(len(numbers), len(texts), len(labels)), BATCH):
        part = slice(start, start + BATCH)
        store.client.log_batch(run_id, numbers[part], texts[part], labels[part])
