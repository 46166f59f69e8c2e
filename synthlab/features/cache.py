"""The user's cache folder: what can be made again, and takes long enough to be kept."""

from __future__ import annotations

import os
from pathlib import Path

from synthlab.errors import StorageError


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/synthlab``, or ``~/.cache/synthlab``; made if it is not there.

    Raises:
        StorageError: it cannot be made.
    """
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(root).expanduser() / "synthlab"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StorageError(
            f"the cache folder {folder} cannot be made: {exc.strerror}",
            "set XDG_CACHE_HOME to a folder that can be written",
        ) from exc
    return folder
