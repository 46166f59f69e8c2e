"""A config with ``sweep:`` -> one resolved config for each combination, each with its lines."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from synthlab.config.dotted import Path, set_dotted
from synthlab.config.models import ExperimentConfig
from synthlab.config.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Mapping

SWEPT = ("generator", "lm", "curation", "budget")
MOST = 1000


@dataclass(frozen=True)
class Variant:
    """One combination.

    Attributes:
        name: the generator's name and the swept values that differ, unique in the run.
        config: resolved, without a sweep.
        origin: where in the file a key of this variant was written, by the key it replaced.
    """

    name: str
    config: ExperimentConfig
    origin: Mapping[Path, Path]

    def place(self, path: Path) -> Path:
        """Where ``path`` of the resolved config was written."""
        return _place(self.origin, path)


def expand(data: dict[str, Any], problems: Problems) -> Iterator[Variant]:
    """Every combination, in the order written; the first key varies slowest.

    Mistakes (an empty list, a key that may not vary, a value that does not fit, too many
    combinations) are added to ``problems``; what has one is not yielded.
    """
    sweep = _checked(data.get("sweep") or {}, problems)
    taken: dict[str, int] = {}
    for picks in itertools.product(*(range(len(values)) for values in sweep.values())):
        chosen = {key: sweep[key][pick] for key, pick in zip(sweep, picks, strict=True)}
        origin: dict[Path, Path] = {
            tuple(key.split(".")): ("sweep", key, pick)
            for key, pick in zip(sweep, picks, strict=True)
        }
        resolved = _resolve(data, chosen, origin, problems)
        if resolved is not None:
            name = _name(resolved, chosen)
            taken[name] = taken.get(name, 0) + 1
            unique = name if taken[name] == 1 else f"{name} ({taken[name]})"
            yield Variant(unique, resolved, origin)


def _checked(sweep: Any, problems: Problems) -> dict[str, list[Any]]:
    if not isinstance(sweep, dict) or not all(isinstance(v, list) for v in sweep.values()):
        return {}  # the base's own validation says so
    combinations = 1
    for key, values in sweep.items():
        combinations *= max(1, len(values))
        if not values:
            problems.add(("sweep", key), "an empty list leaves nothing to run")
        if key.split(".")[0] not in SWEPT:
            problems.add(
                ("sweep", key),
                "cannot vary within a run: candidates share one holdout and one seed; "
                f"may vary: {', '.join(SWEPT)}",
            )
    if combinations > MOST:
        problems.add(("sweep",), f"{combinations} combinations, more than {MOST}")
        return {}
    return sweep


def _resolve(
    data: dict[str, Any],
    chosen: dict[str, Any],
    origin: dict[Path, Path],
    problems: Problems,
) -> ExperimentConfig | None:
    merged = copy.deepcopy({key: value for key, value in data.items() if key != "sweep"})
    for key, value in sorted(chosen.items(), key=lambda pair: pair[0].count(".")):
        set_dotted(merged, key, copy.deepcopy(value))
    try:
        return ExperimentConfig.model_validate(merged)
    except ValidationError as exc:
        problems.add_validation(exc, ExperimentConfig, lambda path: _place(origin, path))
        return None


def _place(origin: Mapping[Path, Path], path: Path) -> Path:
    for replaced, source in origin.items():
        if path[: len(replaced)] == replaced:
            return (*source, *path[len(replaced) :])
    return path


def _name(config: ExperimentConfig, chosen: dict[str, Any]) -> str:
    ref = config.generator.use
    parts = [config.generator.name or (ref.rpartition(":")[2] if ":" in ref else ref)]
    for key, value in chosen.items():
        if key != "generator":
            parts.append(f"{key.split('.')[-1]}={_short(value)}")
    return " ".join(parts)


def _short(value: Any) -> str:
    text = value.get("use", str(value)) if isinstance(value, dict) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
