"""The files of a user's own classes, as the run read them: kept, so that it stays understood.

A file changes after a run; its rows do not. ``program.json`` holds what a promoted generator needs;
here is all code that a config names by ``path/to/file.py:Name``, whatever it is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from synthlab.config.models import ExperimentConfig
from synthlab.registry import source_of

CLASS = re.compile(r"[^\n]+\.py:[^\W\d]\w*")
FOLDER = "code"


def sources(config: ExperimentConfig) -> dict[str, str]:
    """Source texts by artifact path: ``code/FILE.py``; of equal names, with the folders above.

    Every text of the config that names a class in a file counts, those of the sweep and of nested
    parameters included; a file that is not there is no class's.
    """
    named = dict.fromkeys(ref for ref in _texts(config.model_dump()) if CLASS.fullmatch(ref))
    files = {Path(ref.rpartition(":")[0]).resolve(): ref for ref in named}
    files = {path: ref for path, ref in files.items() if path.is_file()}
    return {
        f"{FOLDER}/{'/'.join(_told_apart(path, list(files)))}": source_of("code", ref) or ""
        for path, ref in files.items()
    }


def _told_apart(path: Path, files: Sequence[Path]) -> tuple[str, ...]:
    """The fewest last parts of a path that no other file shares."""
    others = [other.parts for other in files if other != path]
    lengths = range(1, len(path.parts))
    count = next(n for n in lengths if all(o[-n:] != path.parts[-n:] for o in others))
    return path.parts[-count:]


def _texts(value: Any) -> Iterator[str]:
    """Every text in plain data, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
