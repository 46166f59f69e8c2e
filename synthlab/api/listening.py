"""Who shows progress: a live table in a terminal, plain lines in a notebook, else nobody."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console

from synthlab.report.progress import Lines, Live
from synthlab.workflow.progress import Progress, Quiet


def listener(progress: bool | None) -> AbstractContextManager[Progress]:
    """Who is told of progress: see ``synthlab.run``."""
    if progress is False or (progress is None and not notebook() and not sys.stderr.isatty()):
        return nullcontext(Quiet())
    if notebook():
        # Plain text on stdout: what goes to stderr looks like an error there.
        plain = Console(file=sys.stdout, force_jupyter=False, no_color=True, width=100)
        return Lines(plain, quiet=True)
    return Live()


def notebook() -> bool:
    """Whether this is a notebook's kernel."""
    return "ipykernel" in sys.modules
