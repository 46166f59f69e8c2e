"""synthlab: prompt sweeps for synthetic training rows, scored by a classifier on a real holdout.

Public names are resolved when they are first used, so that importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    # what a notebook does
    "compare": "synthlab.api.entry",
    "load": "synthlab.api.entry",
    "open_run": "synthlab.api.entry",
    "promote": "synthlab.api.entry",
    "run": "synthlab.api.entry",
    "runs": "synthlab.api.entry",
    # what a plug-in is written with
    "Brief": "synthlab.records",
    "Candidate": "synthlab.outcomes",
    "Generator": "synthlab.generators.base",
    "Request": "synthlab.records",
    "Row": "synthlab.records",
    "Score": "synthlab.outcomes",
    "SynthlabError": "synthlab.errors",
    "Trial": "synthlab.outcomes",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'synthlab' has no attribute '{name}'")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return __all__
