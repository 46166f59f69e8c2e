"""YAML with the line of every key, so that an error can say where it is.

Only plain YAML is read (``SafeLoader``'s types). A key that stands twice in one mapping is an
error: plain YAML would silently keep the last.
"""

from __future__ import annotations

from typing import Any

import yaml

from synthlab.config.dotted import Path, dotted
from synthlab.errors import ConfigError

Lines = dict[Path, int]


def parse(text: str, place: str) -> tuple[dict[str, Any], Lines]:
    """The mapping in ``text`` and the 1-based line of each path in it.

    Args:
        text: the YAML document.
        place: what messages call it, usually the file's name.

    Raises:
        ConfigError: not YAML, not a mapping, or a key that stands twice.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise ConfigError(f"{place}:{line}: not valid YAML: {exc.problem}") from exc
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise ConfigError(f"{place}: not valid YAML: {exc}") from exc
    if node is None or not isinstance(data, dict):
        raise ConfigError(f"{place}: expected a mapping of settings at the top level")
    lines: Lines = {}
    twice: list[str] = []
    _walk(node, (), lines, twice)
    if twice:
        raise ConfigError("\n".join(f"{place}:{entry}" for entry in twice))
    return data, lines


def _walk(node: yaml.Node, path: Path, lines: Lines, twice: list[str]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            line = key.start_mark.line + 1
            if here in lines:
                twice.append(f"{line}: {dotted(here)}: stands twice, first in line {lines[here]}")
            lines[here] = line
            _walk(value, here, lines, twice)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines, twice)
