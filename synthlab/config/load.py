"""A YAML file and ``--set`` flags -> a checked ``ExperimentConfig`` and its place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml
from pydantic import ValidationError

from synthlab.config.dotted import set_dotted
from synthlab.config.models import ExperimentConfig
from synthlab.config.problems import Problems, secrets
from synthlab.config.sweep import Variant, expand
from synthlab.config.yaml_lines import parse
from synthlab.errors import ConfigError

_KEY_HELP = (
    "looks like a credential; keys are read from the environment only. Remove it, export it "
    "(OPENAI_API_KEY, ANTHROPIC_API_KEY) and, for another name, give lm.api_key_env"
)


@dataclass(frozen=True)
class Loaded:
    """A config that parsed.

    Attributes:
        config: the base, as written.
        variants: one resolved config for each combination of the sweep, in order.
        problems: still open, so that compiling can add to it with lines.
    """

    config: ExperimentConfig
    variants: tuple[Variant, ...]
    problems: Problems


def load(path: FilePath, overrides: Sequence[str] = ()) -> Loaded:
    """Read, override, check and expand a config.

    Args:
        path: the YAML file.
        overrides: ``a.b=value`` texts; the value is read as YAML.

    Raises:
        ConfigError: with a line for every mistake.
    """
    data, problems = _read(path)
    for text in overrides:
        _override(data, text)
    for place in secrets(data):
        problems.add(place, _KEY_HELP)
    problems.raise_if_any()
    config = _validate(data, problems)
    variants = tuple(expand(data, problems))
    problems.raise_if_any()
    if config is None:
        raise AssertionError("a config without problems is valid")
    return Loaded(config, variants, problems)


def _validate(data: dict[str, Any], problems: Problems) -> ExperimentConfig | None:
    try:
        return ExperimentConfig.model_validate(data)
    except ValidationError as exc:
        problems.add_validation(exc, ExperimentConfig, lambda path: path)
        return None


def to_yaml(config: ExperimentConfig) -> str:
    """The resolved config as YAML; it can be given back to ``load`` as it is."""
    data = config.model_dump(mode="json", by_alias=True)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _read(path: FilePath) -> tuple[dict[str, Any], Problems]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        near = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        hint = f"{path.parent} holds {', '.join(near[:8])}" if near else "give the path of a YAML"
        raise ConfigError(f"no such config: {path}", hint) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: not UTF-8 at byte {exc.start}", "save it as UTF-8") from exc
    except OSError as exc:
        raise ConfigError(f"cannot read {path}: {exc.strerror}") from exc
    data, lines = parse(text, str(path))
    return data, Problems(str(path), lines)


def _override(data: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {text}: expected a.b=value", "--set budget.rows_per_class=10")
    try:
        parsed = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError) as exc:
        raise ConfigError(f"--set {key}: the value is not YAML") from exc
    set_dotted(data, key.strip(), parsed)
