"""Keeps what DSPy prints away from the terminal: stdout belongs to results, stderr to progress.

COPRO prints its prompts, MIPROv2 its sets, and tqdm bars would be drawn through the run's own.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any


class _Nowhere(io.TextIOBase):
    """Takes any text and keeps none; ``rich``, which looks for what it draws on, finds it."""

    def __init__(self, beneath: Any) -> None:
        self.rich_proxied_file = getattr(beneath, "rich_proxied_file", beneath)

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def muted() -> Iterator[None]:
    """Nothing that is printed inside is seen, but for what ``rich`` draws."""
    with redirect_stdout(_Nowhere(sys.stdout)), redirect_stderr(_Nowhere(sys.stderr)):
        yield


@contextmanager
def heard() -> Iterator[None]:
    """Inside ``muted``: what is printed in here is seen again."""
    out = getattr(sys.stdout, "rich_proxied_file", sys.stdout)
    err = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        yield
