"""Sweeps as a search sees them: combinations with the places of their values, and their scores."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.search.scripted import Curve, Scripted

TEMPERATURES = (0.2, 0.5, 0.8, 1.1, 1.4)
ROWS = (1, 4, 8)
GENERATORS = ("direct", "few_shot", "attributes")


def rising(accuracy: float) -> Curve:
    """A curve that rises alike for all, at the default rungs of a race to 40 rows."""
    return {10: accuracy - 0.1, 20: accuracy - 0.05, 40: accuracy}


def sweep(
    accuracy: Callable[..., float | None],
    values: Mapping[str, Sequence[Any]] | None = None,
    seed: int = 0,
) -> Scripted:
    """Every combination of the swept values, scored by them in the order of the keys."""
    values = values or {
        "generator": GENERATORS,
        "lm.temperature": TEMPERATURES,
        "generator.rows_per_request": ROWS,
    }
    curves: dict[str, Curve] = {}
    configs, choices = {}, {}
    for picks in itertools.product(*(range(len(listed)) for listed in values.values())):
        chosen = {key: values[key][pick] for key, pick in zip(values, picks, strict=True)}
        name = "-".join(str(value) for value in chosen.values())
        found = accuracy(*chosen.values())
        curves[name] = {10: None, 20: None, 40: None} if found is None else rising(found)
        choices[name] = dict(zip(values, picks, strict=True))
        configs[name] = _config(chosen)
    return Scripted(curves, configs=configs, choices=choices, seed=seed)


def _config(chosen: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {"generator": {"prompts": {}}, "lm": {}}
    for key, value in sorted(chosen.items(), key=lambda pair: pair[0].count(".")):
        *path, last = key.split(".")
        section = config
        for part in path:
            section = section.setdefault(part, {})
        section[last] = {"use": value, "prompts": {}} if key == "generator" else value
    return config
