"""The scripts of ``experiments/honest-comparison`` as modules, so that tests can run them small."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parents[2] / "experiments" / "honest-comparison"


def load(name: str) -> ModuleType:
    """The script ``name.py``."""
    known = f"study_{name}"
    spec = importlib.util.spec_from_file_location(known, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
