"""Dotted keys (``lm.temperature``): how messages write them and how a value is set by one."""

from __future__ import annotations

from typing import Any

from synthlab.errors import ConfigError

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """``("sweep", "generator", 1)`` as ``sweep.generator[1]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def set_dotted(data: dict[str, Any], key: str, value: Any) -> None:
    """Set ``data["a"]["b"]`` for the key ``a.b``; a short ``x: name`` grows to ``{use: name}``.

    Raises:
        ConfigError: the path leads through something that is not a mapping.
    """
    parts = key.split(".")
    for depth, part in enumerate(parts[:-1]):
        inner = data.setdefault(part, {})
        if isinstance(inner, str):
            inner = data[part] = {"use": inner}
        if not isinstance(inner, dict):
            raise ConfigError(f"{dotted(tuple(parts[: depth + 1]))} is not a mapping")
        data = inner
    data[parts[-1]] = value
