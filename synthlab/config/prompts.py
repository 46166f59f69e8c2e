"""Prompts as a user gives them, as a text or as the path of a ``.txt`` file -> their texts.

A config whose prompts were read holds all it needs: it gives the same candidates in any folder.
What a prompt may say is checked where it is rendered.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from synthlab.config.dotted import Path
from synthlab.config.models import ExperimentConfig
from synthlab.config.problems import Problems

PLACE = ("generator", "prompts")


def read_prompts(
    config: ExperimentConfig, problems: Problems, place: Callable[[Path], Path] = lambda path: path
) -> ExperimentConfig:
    """``config`` with texts in the place of paths, those in its sweep included.

    A file that cannot be read, or is empty, is a problem, and its path stays.
    """
    texts = {
        name: _text(given, problems, place((*PLACE, name)))
        for name, given in config.generator.prompts.items()
    }
    generator = config.generator.model_copy(update={"prompts": texts})
    sweep = {
        key: [_swept(key, value, problems, ("sweep", key, n)) for n, value in enumerate(values)]
        for key, values in config.sweep.items()
    }
    return config.model_copy(update={"generator": generator, "sweep": sweep})


def _swept(key: str, value: Any, problems: Problems, path: Path) -> Any:
    """A value of the sweep, in which prompts may stand at three depths."""
    if key == "generator" and isinstance(value, dict) and "prompts" in value:
        prompts = _swept("generator.prompts", value["prompts"], problems, (*path, "prompts"))
        return {**value, "prompts": prompts}
    if key == "generator.prompts" and isinstance(value, dict):
        return {
            name: _swept(f"{key}.{name}", v, problems, (*path, name)) for name, v in value.items()
        }
    if key.startswith("generator.prompts.") and isinstance(value, str):
        return _text(value, problems, path)
    return value


def _text(given: str, problems: Problems, path: Path) -> str:
    text = given
    if _is_path(given):
        try:
            text = FilePath(given).read_text(encoding="utf-8")
        except (OSError, ValueError) as exc:
            why = exc.strerror if isinstance(exc, OSError) else exc
            problems.add(path, f"cannot read {given}: {why}")
            return given
    text = text.strip()
    if not text:
        problems.add(path, "the prompt is empty")
    # Read again, a text that looks like a path must not be taken for one.
    return f"{text}\n" if _is_path(text) else text


def _is_path(text: str) -> bool:
    return text.endswith(".txt") and "\n" not in text
