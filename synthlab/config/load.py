"""A YAML file and ``--set`` flags -> a checked ``ExperimentConfig`` and its place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml

from synthlab.config.checked import checked, without
from synthlab.config.dotted import Path, set_dotted
from synthlab.config.models import ExperimentConfig
from synthlab.config.problems import Problems, secrets
from synthlab.config.prompts import read_prompts
from synthlab.config.sweep import Variant, expand
from synthlab.config.yaml_lines import parse
from synthlab.errors import ConfigError

_KEY_HELP = (
    "looks like a credential; keys are read from the environment only. Remove it, export it "
    "(OPENAI_API_KEY, ANTHROPIC_API_KEY) and, for another name, give lm.api_key_env"
)
_ADDRESS_HELP: dict[Path, str] = {
    ("tracking", "journal"): "holds a password; remove it here and export SYNTHLAB_JOURNAL with "
    "the whole address",
    ("tracking", "uri"): "holds a password; remove it here: a server takes "
    "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD from the environment, PostgreSQL "
    "PGPASSWORD",
}


@dataclass(frozen=True)
class Loaded:
    """A config that was read, with the mistakes that it has.

    Attributes:
        config: the base, as written, but for prompts, which are texts.
        variants: one resolved config for each combination of the sweep, in order.
        problems: the mistakes found so far. Compiling adds those that are left and raises; until
            then sections with a mistake have a valid one in their place.
    """

    config: ExperimentConfig
    variants: tuple[Variant, ...]
    problems: Problems


def load(path: FilePath, overrides: Sequence[str] = ()) -> Loaded:
    """Read, override, check and expand a config; its mistakes are kept in ``problems``.

    Args:
        path: the YAML file.
        overrides: ``a.b=value`` texts; the value is read as YAML.

    Raises:
        ConfigError: the file cannot be read as a mapping, or an override cannot be applied.
    """
    data, problems = _read(path)
    for text in overrides:
        problems.flags.add(_override(data, text))
    found = list(secrets(data))
    for place in found:
        problems.add(place, _ADDRESS_HELP.get(place[:2], _KEY_HELP))
    # Taken out before anything else looks at it, and could repeat it in a message.
    data = without(data, {place[0] for place in found})
    config = read_prompts(checked(data, problems), problems)
    return Loaded(config, tuple(expand(data, problems)), problems)


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


def _override(data: dict[str, Any], text: str) -> Path:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {text}: expected a.b=value", "--set budget.rows_per_class=10")
    try:
        parsed = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError) as exc:
        raise ConfigError(f"--set {key}: the value is not YAML") from exc
    try:
        set_dotted(data, key.strip(), parsed)
    except ConfigError as exc:
        raise ConfigError(f"--set {key}: {exc.what}") from exc
    return tuple(key.strip().split("."))
