"""A config with ``sweep:`` -> one resolved config for each combination, each with its lines."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synthlab.config.checked import checked
from synthlab.config.dotted import Path, set_dotted
from synthlab.config.models import CAPS, ExperimentConfig
from synthlab.config.problems import Problems
from synthlab.config.prompts import read_prompts
from synthlab.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

SWEPT = ("generator", "lm", "curation", "budget")
MOST = 1000


@dataclass(frozen=True)
class Variant:
    """One combination.

    Attributes:
        name: the generator's name and the swept values that differ, unique in the run.
        config: resolved, without a sweep; its prompts are texts.
        origin: where in the file a key of this variant was written, by the key it replaced.
        picks: place of its value in the list of each swept key.
    """

    name: str
    config: ExperimentConfig
    origin: Mapping[Path, Path]
    picks: Mapping[str, int] = field(default_factory=dict)

    def place(self, path: Path) -> Path:
        """Where ``path`` of the resolved config was written."""
        return _place(self.origin, path)


def expand(data: dict[str, Any], problems: Problems) -> Iterator[Variant]:
    """Every combination, in the order written; the first key varies slowest.

    Mistakes (an empty list, a key that may not vary, a value that does not fit, too many
    combinations) are added to ``problems``.
    """
    sweep = _checked(data.get("sweep") or {}, problems)
    taken: set[str] = set()
    for picks in itertools.product(*(range(len(values)) for values in sweep.values())):
        chosen = {key: sweep[key][pick] for key, pick in zip(sweep, picks, strict=True)}
        origin: dict[Path, Path] = {
            tuple(key.split(".")): ("sweep", key, pick)
            for key, pick in zip(sweep, picks, strict=True)
        }
        resolved = _resolve(data, chosen, origin, problems)
        name = _unique(_name(resolved, chosen), taken)
        taken.add(name)
        yield Variant(name, resolved, origin, dict(zip(sweep, picks, strict=True)))


def _checked(sweep: Any, problems: Problems) -> dict[str, list[Any]]:
    if not isinstance(sweep, dict):
        return {}  # the base's own validation says so
    lists = {k: v for k, v in sweep.items() if isinstance(k, str) and isinstance(v, list)}
    for key, values in lists.items():
        if not values:
            problems.add(("sweep", key), "an empty list leaves nothing to run")
        if key.split(".")[0] not in SWEPT:
            problems.add(
                ("sweep", key),
                "cannot vary within a run: candidates share one holdout and one seed; "
                f"may vary: {', '.join(SWEPT)}",
            )
        _refuse_caps(key, values, problems)
    filled = {key: values for key, values in lists.items() if values}
    combinations = math.prod(len(values) for values in filled.values())
    if combinations > MOST:
        problems.add(("sweep",), f"{combinations} combinations, more than {MOST}")
        return {}
    return filled


def _refuse_caps(key: str, values: list[Any], problems: Problems) -> None:
    paths: list[Path] = [("sweep", key) for cap in CAPS if key == f"budget.{cap}"]
    if key == "budget":
        paths = [("sweep", key, n, c) for n, v in enumerate(values) for c in CAPS if _holds(v, c)]
    for path in paths:
        problems.add(
            path,
            "a cap holds for the whole run, so it cannot vary between its candidates; "
            "write it under budget",
        )


def _holds(value: Any, key: str) -> bool:
    return isinstance(value, dict) and key in value


def _resolve(
    data: dict[str, Any],
    chosen: dict[str, Any],
    origin: dict[Path, Path],
    problems: Problems,
) -> ExperimentConfig:
    merged = copy.deepcopy({key: value for key, value in data.items() if key != "sweep"})
    for key, value in sorted(chosen.items(), key=lambda pair: pair[0].count(".")):
        try:
            set_dotted(merged, key, copy.deepcopy(value))
        except ConfigError as exc:
            problems.add(("sweep", key), exc.what)
    _keep_caps(data.get("budget"), merged.get("budget"))

    def place(path: Path) -> Path:
        return _place(origin, path)

    return read_prompts(checked(merged, problems, place), problems, place)


def _keep_caps(written: Any, merged: Any) -> None:
    """A swept ``budget`` replaces what one candidate may make, not the caps of the run."""
    if isinstance(written, dict) and isinstance(merged, dict):
        merged.update({key: value for key, value in written.items() if key in CAPS})


def _place(origin: Mapping[Path, Path], path: Path) -> Path:
    for replaced in sorted(origin, key=len, reverse=True):
        if path[: len(replaced)] == replaced:
            return (*origin[replaced], *path[len(replaced) :])
    return path


def _name(config: ExperimentConfig, chosen: dict[str, Any]) -> str:
    ref = config.generator.use
    parts = [config.generator.name or (ref.rpartition(":")[2] if ":" in ref else ref)]
    for key, value in chosen.items():
        if key != "generator":
            parts.append(f"{key.split('.')[-1]}={_short(value)}")
    return " ".join(parts)


def _unique(name: str, taken: set[str]) -> str:
    names = itertools.chain([name], (f"{name} ({n})" for n in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _short(value: Any) -> str:
    text = str(value.get("use", value) if isinstance(value, dict) else value)
    return text if len(text) <= 40 else text[:37] + "..."
